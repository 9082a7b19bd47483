from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from pytest_django import DjangoAssertNumQueries

from quanshi.accounts.types import SYSTEM
from quanshi.catalog.models import Variant
from quanshi.fulfilment import selectors, services
from quanshi.fulfilment.errors import NoDelivery, TemplateIsDefault, TemplateNotFound
from quanshi.fulfilment.models import FreightProduct, FreightTemplate
from quanshi.fulfilment.types import FreightGoods, Measure, TemplateView, Zone
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.orders import services as orders
from quanshi.orders.models import Order
from quanshi.orders.types import Quote, ShopWish
from quanshi.shops.types import ShopView, StaffAction
from tests.support.database import run_together
from tests.support.factories import make_actor, make_address, make_guest, make_shop, make_template, make_variant
from tests.support.record import deeds_of


def product_of(variant_id: UUID) -> UUID:
    product_id: UUID = Variant.objects.get(id=variant_id).product_id
    return product_id


def quote(shop: ShopView, lines: list[tuple[UUID, int]], **address: str) -> Quote:
    found, _token = orders.make_quote(
        actor=make_guest(),
        wishes=[ShopWish(shop_id=shop.id, lines=lines)],
        address=make_address(**address),
        locale="en",
    )
    return found


def use(shop: ShopView, variant_id: UUID, template: TemplateView) -> None:
    services.set_product_template(
        actor=SYSTEM, shop_id=shop.id, product_id=product_of(variant_id), template_id=template.id
    )


@pytest.mark.django_db
def test_goods_pay_by_their_own_template_and_the_others_by_the_default() -> None:
    shop = make_shop()
    make_template(shop=shop, name="Post", zones=[Zone(first_minor=600)])
    cold = make_template(
        shop=shop,
        name="Cold",
        measure=Measure.WEIGHT,
        zones=[Zone(first_units=1000, first_minor=1500, next_units=500, next_minor=400)],
    )
    cup = make_variant(shop=shop)
    ice = make_variant(shop=shop, weight_grams=700)
    use(shop, ice, cold)
    (alone,) = quote(shop, [(cup, 5)]).orders
    assert (alone.freight_minor, [step.note for step in alone.steps]) == (600, ["", ""])
    (both,) = quote(shop, [(cup, 5), (ice, 2)]).orders
    assert both.freight_minor == 600 + 1500 + 400
    assert [(step.word, step.note, step.amount_minor) for step in both.steps] == [
        ("goods_at_list_price", "", 7000),
        ("freight", "Post", 600),
        ("freight", "Cold", 1900),
    ]


@pytest.mark.django_db
def test_the_region_of_the_address_chooses_the_zone() -> None:
    shop = make_shop()
    make_template(
        shop=shop, zones=[Zone(first_minor=900), Zone(regions=("江苏", "330000"), first_minor=500)], refused=("新疆",)
    )
    cup = make_variant(shop=shop)
    assert quote(shop, [(cup, 1)], region="浙江省 宁波市").orders[0].freight_minor == 500
    assert quote(shop, [(cup, 1)], region="四川 成都").orders[0].freight_minor == 900
    with pytest.raises(NoDelivery) as refusal:
        quote(shop, [(cup, 1)], region="新疆维吾尔自治区 喀什地区")
    assert refusal.value.details["region"] == "Xinjiang"
    assert "Product" in str(refusal.value.details["title"])
    assert not Order.objects.exists()


@pytest.mark.django_db
def test_a_shop_without_a_template_delivers_free_of_charge() -> None:
    shop = make_shop()
    (order,) = quote(shop, [(make_variant(shop=shop), 1)]).orders
    assert (order.freight_minor, [step.word for step in order.steps]) == (0, ["goods_at_list_price"])


@pytest.mark.django_db
def test_freight_of_any_number_of_goods_takes_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    shops = [make_shop(freight_minor=500) for _ in range(3)]
    goods = [
        FreightGoods(shop_id=shop.id, product_id=shop.id, title="", units=1, grams=0, amount_minor=1)
        for shop in shops
        for _ in range(4)
    ]
    with django_assert_num_queries(1):
        found = selectors.charges(goods=goods, region="浙江", country="CN", locale="en")
    assert [sum(charge.minor for charge in found[shop.id]) for shop in shops] == [500, 500, 500]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"name": " "}, "name", "required"),
        ({"name": "x" * 41}, "name", "too_long"),
        ({"zones": []}, "zones", "use 1 to 40"),
        ({"zones": [Zone(first_minor=-1)]}, "first_minor", "out_of_range"),
        ({"zones": [Zone(first_minor=1, next_units=0)]}, "next_units", "out_of_range"),
        ({"zones": [Zone(first_minor=1, regions=("杭洲",))]}, "regions", "not_a_region"),
        ({"refused": ("Atlantis",)}, "refused", "not_a_region"),
        ({"zones": [Zone(first_minor=1), Zone(first_minor=2)]}, "regions", "name_the_regions"),
        ({"zones": [Zone(first_minor=1, regions=("新疆",))], "refused": ("650000",)}, "regions", "region_twice"),
        (
            {"zones": [Zone(first_minor=1, regions=("浙江",)), Zone(first_minor=2, regions=("浙江省",))]},
            "regions",
            "region_twice",
        ),
    ],
)
def test_a_wrong_template_is_refused_by_field(changes: dict[str, Any], field: str, reason: str) -> None:
    actor = make_actor()
    shop = make_shop(actor=actor)
    given = {"name": "Post", "measure": Measure.COUNT, "zones": [Zone(first_minor=1)], **changes}
    with pytest.raises(InvalidInput) as refusal:
        services.save_template(actor=actor, shop_id=shop.id, **given)
    assert (refusal.value.details["field"], refusal.value.details["reason"]) == (field, reason)
    assert not FreightTemplate.objects.exists()


@pytest.mark.django_db
def test_there_is_one_default_and_it_goes_last() -> None:
    actor = make_actor()
    shop = make_shop(actor=actor)
    first = make_template(shop=shop, zones=[Zone(first_minor=1)])
    second = make_template(shop=shop, zones=[Zone(first_minor=2)])
    assert (first.is_default, second.is_default) == (True, False)
    with pytest.raises(TemplateIsDefault):
        services.delete_template(actor=actor, shop_id=shop.id, template_id=first.id)
    services.save_template(
        actor=actor,
        shop_id=shop.id,
        template_id=second.id,
        name=second.name,
        measure=second.measure,
        zones=second.zones,
        is_default=True,
    )
    assert [one.id for one in selectors.templates(shop_id=shop.id) if one.is_default] == [second.id]
    cup = make_variant(shop=shop)
    use(shop, cup, first)
    services.delete_template(actor=actor, shop_id=shop.id, template_id=first.id)
    assert quote(shop, [(cup, 1)]).orders[0].freight_minor == 2
    saved, deleted = StaffAction.DELIVERY_FREIGHT_SAVED, StaffAction.DELIVERY_FREIGHT_DELETED
    assert deeds_of(actor, kind="delivery") == [saved, deleted]  # the system made the two


def test_two_first_templates_at_once_make_one_default(committed_db: None) -> None:
    shop = make_shop()
    answers = run_together(*[lambda: make_template(shop=shop, zones=[Zone(first_minor=1)]) for _ in range(2)])
    assert FreightTemplate.objects.filter(shop_id=shop.id, is_default=True).count() == 1
    assert all(isinstance(answer, TemplateView | InvalidInput) for answer in answers)


@pytest.mark.django_db
def test_another_shops_template_is_neither_seen_nor_used_nor_changed() -> None:
    owner, stranger = make_actor(), make_actor()
    mine, theirs = make_shop(actor=owner), make_shop(actor=stranger)
    template = make_template(shop=mine, zones=[Zone(first_minor=600)])
    cup = make_variant(shop=theirs)
    before = list(FreightTemplate.objects.values()), list(FreightProduct.objects.values())
    given: Any = {"name": "x", "measure": Measure.ORDER, "zones": [Zone(first_minor=0)], "template_id": template.id}
    with pytest.raises(NotAllowed):
        services.save_template(actor=stranger, shop_id=mine.id, **given)
    with pytest.raises(TemplateNotFound):
        services.save_template(actor=stranger, shop_id=theirs.id, **given)
    with pytest.raises(TemplateNotFound):
        services.delete_template(actor=stranger, shop_id=theirs.id, template_id=template.id)
    with pytest.raises(TemplateNotFound):
        services.set_product_template(
            actor=stranger, shop_id=theirs.id, product_id=product_of(cup), template_id=template.id
        )
    with pytest.raises(TemplateNotFound):
        selectors.template(shop_id=theirs.id, template_id=template.id)
    assert (list(FreightTemplate.objects.values()), list(FreightProduct.objects.values())) == before


@pytest.mark.django_db
def test_a_page_says_what_delivery_costs_before_an_address_is_known() -> None:
    shop = make_shop()
    assert selectors.freight_promise(shop_id=shop.id, locale="en") is None
    make_template(
        shop=shop,
        zones=[Zone(regions=("浙江",), first_minor=500), Zone(regions=("江苏",), first_minor=700)],
        refused=("新疆",),
    )
    promise = selectors.freight_promise(shop_id=shop.id, locale="en")
    assert promise is not None
    assert (promise.minor, promise.only, promise.refused) == (500, ("Zhejiang", "Jiangsu"), ("Xinjiang",))
