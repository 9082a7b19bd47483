"""A shop finds an order by whatever somebody knows of it, and what it may not know any more finds nothing."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from quanshi.accounts.types import SYSTEM, Actor
from quanshi.fulfilment import services as fulfilment
from quanshi.kernel import clock, ids
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.orders import selectors, services
from quanshi.orders.errors import FilterNameTaken, TooManyFilters
from quanshi.orders.models import Order, SavedFilter
from quanshi.orders.rules import finding as rules
from quanshi.orders.types import OrderFilter, ShopWish, Way
from quanshi.shops.models import StaffActionRow
from quanshi.shops.types import Role, ShopView
from tests.support import trade
from tests.support.database import run_together
from tests.support.factories import (
    make_actor,
    make_address,
    make_guest,
    make_member,
    make_order,
    make_shop,
    make_variant,
)


@pytest.fixture
def shop(db: None) -> ShopView:
    return make_shop()


def order_of(
    shop: ShopView, variant_id: UUID, *, buyer: Actor | None = None, point_id: UUID | None = None, **address: str
) -> Order:
    _quote, token = services.make_quote(
        actor=buyer or make_actor(),
        wishes=[ShopWish(shop_id=shop.id, lines=[(variant_id, 1)], pickup_point_id=point_id)],
        address=make_address(**address),
        locale="en",
    )
    return Order.objects.get(id=services.place(token=token).placed[0].order_id)


def found(shop: ShopView, **filters: object) -> list[UUID]:
    page = selectors.shop_orders(
        actor=SYSTEM,
        shop_id=shop.id,
        locale="en",
        filters=OrderFilter(**filters),  # type: ignore[arg-type]
    )
    return [card.id for card in page.orders]


def test_one_field_takes_a_number_a_telephone_a_name_or_an_article(shop: ShopView) -> None:
    other = make_shop()
    variant = make_variant(shop=shop, sku="TEA-7")
    order = order_of(shop, variant, recipient="Anna  Müller", phone="+86 138-1234-5678")
    make_order(shop=shop, lines=[(make_variant(shop=shop, sku="TEA-70"), 1)])
    order_of(other, make_variant(shop=other, sku="TEA-7"), recipient="Anna Müller", phone="13812345678")
    for query in (
        order.number,
        f" {order.number[:6]} {order.number[6:]} ",
        "5678",
        "13812345678",
        "138 1234 5678",
        "+8613812345678",
        "anna",
        "ANNA MÜ",
        "TEA-7",
    ):
        assert found(shop, query=query) == [order.id], query
    for query in ("567", "15812345678", "Müller", "nna", "tea", "Annab", "100%", "An_a", "'", "\\", "9" * 200):
        assert found(shop, query=query) == [], query
    assert order.id in found(shop, query=order.number[:9])
    assert len(found(shop, query="\x00")) == 2  # nothing is asked


@pytest.fixture
def ids_of_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids are made by the machine's own clock; here by ours, a thousandth of a second later each time."""
    steps = itertools.count()
    monkeypatch.setattr(
        "quanshi.kernel.ids.uuid7",
        lambda: ids.first_id_at(clock.now() + timedelta(milliseconds=next(steps))),
    )


@pytest.mark.usefixtures("ids_of_the_clock")
def test_every_field_narrows(shop: ShopView) -> None:
    cheap, dear = make_variant(shop=shop, price_minor=100, sku="A-1"), make_variant(shop=shop, price_minor=900)
    point = fulfilment.save_pickup_point(actor=SYSTEM, shop_id=shop.id, name="Counter", address="1 Street")
    day = datetime(2026, 5, 1, 18, tzinfo=UTC)  # already the second of May in the shop's calendar
    with clock.fixed(day):
        first = order_of(shop, cheap, recipient="Wang", phone="13800001111")
    with clock.fixed(day + timedelta(days=1)):
        second = order_of(shop, dear, recipient="Wang", phone="13900001111")
        third = order_of(shop, cheap, recipient="Li", phone="13800002222", point_id=point.id)
        trade.pay(second)
    assert found(shop) == [third.id, second.id, first.id]
    for filters, wanted in (
        ({"first_day": date(2026, 5, 2), "last_day": date(2026, 5, 2)}, [first]),
        ({"first_day": date(2026, 5, 3)}, [third, second]),
        ({"last_day": date(2026, 5, 1)}, []),
        ({"phone": "1111"}, [second, first]),
        ({"phone": "13900001111"}, [second]),
        ({"phone": "not one"}, []),
        ({"recipient": "wa"}, [second, first]),
        ({"number": first.number}, [first]),
        ({"number": "12"}, []),
        ({"goods": "a-1"}, [third, first]),
        ({"goods": "no such goods"}, []),
        ({"way": Way.PICKUP}, [third]),
        ({"way": Way.DELIVERY}, [second, first]),
        ({"least_minor": 101}, [second]),
        ({"least_minor": 100, "most_minor": 100}, [third, first]),
        ({"state": "to_ship"}, [second]),
        ({"state": "placed", "goods": "a-1", "way": Way.DELIVERY, "phone": "1111", "most_minor": 500}, [first]),
        ({"query": "Wang", "way": Way.PICKUP}, []),
        ({"query": "A-1", "goods": "a-1", "first_day": date(2026, 5, 3)}, [third]),
        ({"number": first.number, "goods": "a-1", "recipient": "Wang"}, [first]),
        ({"number": first.number, "recipient": "Li"}, []),
    ):
        assert found(shop, **filters) == [order.id for order in wanted], filters
    with pytest.raises(InvalidInput):
        found(shop, state="eaten")


@pytest.mark.parametrize(
    "filters",
    [
        OrderFilter(query="zhou"),
        OrderFilter(phone="0000"),
        OrderFilter(goods="Product"),
        OrderFilter(way=Way.DELIVERY),
        OrderFilter(least_minor=1, recipient="Zhou"),
    ],
)
def test_pages_of_any_search_follow_each_other_and_cost_the_same(shop: ShopView, filters: OrderFilter) -> None:
    variants = [make_variant(shop=shop) for _ in range(2)]
    orders = [order_of(shop, variants[n % 2], recipient="Zhou") for n in range(7)]

    def page(cursor: str, limit: int) -> tuple[list[UUID], str, int]:
        with CaptureQueriesContext(connection) as asked:
            shown = selectors.shop_orders(
                actor=SYSTEM, shop_id=shop.id, locale="en", filters=filters, cursor=cursor, limit=limit
            )
        return [card.id for card in shown.orders], shown.next_cursor, len(asked)

    seen, cursor, costs = list[UUID](), "", set[int]()
    while not costs or cursor:
        ids, cursor, cost = page(cursor, 3)
        seen += ids
        costs.add(cost)
    assert seen == [order.id for order in reversed(orders)]
    assert costs | {page("", 7)[2]} == {max(costs)}


def test_a_forgotten_buyer_is_found_by_nothing_that_names_them(shop: ShopView) -> None:
    buyer = make_actor()
    order = order_of(shop, make_variant(shop=shop), buyer=buyer, recipient="Anna", phone="13812345678")
    services.cancel(actor=buyer, order_id=order.id, reason="")
    services.forget_buyer(person_id=buyer.id)
    for query in ("Anna", "5678", "13812345678"):
        assert found(shop, query=query) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone_tail, recipient FROM orders_lookup WHERE order_id = %s", [order.id])
        assert cursor.fetchall() == [("", "")]
    assert found(shop, query=order.number) == [order.id]


def test_what_somebody_wrote_as_a_guest_is_forgotten_with_them(shop: ShopView) -> None:
    guest, buyer, other = make_guest(), make_actor(), make_guest()
    reasons = {}
    for who in (guest, other):
        order = order_of(shop, make_variant(shop=shop), buyer=who, phone="13812345678")
        services.cancel(actor=who, order_id=order.id, reason="Zhou 13812345678")
        reasons[who.id] = order.transitions.filter(state="cancelled")
    claimed = reasons[guest.id].get().order
    services.claim_order(actor=buyer, number=claimed.number, phone="13812345678", client="10.0.0.1")
    services.forget_buyer(person_id=buyer.id)
    assert {who: rows.get().reason for who, rows in reasons.items()} == {
        guest.id: "by_buyer",
        other.id: "Zhou 13812345678",
    }


def test_nobody_else_searches_or_takes_the_file(shop: ShopView) -> None:
    order_of(shop, make_variant(shop=shop))
    for actor in (make_actor(), make_member(shop=shop, role=Role.GOODS)):
        with pytest.raises(NotAllowed):
            selectors.shop_orders(actor=actor, shop_id=shop.id, locale="en")
        with pytest.raises(NotAllowed):
            selectors.order_rows(actor=actor, shop_id=shop.id, filters=OrderFilter())
        with pytest.raises(NotAllowed):
            services.save_filter(actor=actor, shop_id=shop.id, name="mine", filters=OrderFilter(state="placed"))
    assert not SavedFilter.objects.exists()


def test_the_file_has_every_line_of_what_the_list_shows(shop: ShopView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quanshi.orders.selectors.exporting.CHUNK", 2)
    variants = [make_variant(shop=shop, sku=f"S-{n}") for n in range(2)]
    orders = [make_order(shop=shop, lines=[(variant, 1) for variant in variants]) for _ in range(5)]
    rows = list(selectors.order_rows(actor=SYSTEM, shop_id=shop.id, filters=OrderFilter(goods="S-1")))
    assert [row.number for row in rows] == [order.number for order in reversed(orders) for _ in variants]
    assert sum(row.line_total.minor for row in rows) == sum(order.goods_minor for order in orders)


def test_a_member_keeps_filters_of_their_own(shop: ShopView) -> None:
    one, two = (make_member(shop=shop, role=Role.ORDERS) for _ in range(2))
    late = OrderFilter(state="placed", first_day=date(2026, 5, 1), way=Way.PICKUP, least_minor=500)
    actions = StaffActionRow.objects.count()
    saved = services.save_filter(actor=one, shop_id=shop.id, name="  Late   ones ", filters=late)
    assert [(each.name, each.filters) for each in selectors.saved_filters(actor=one, shop_id=shop.id)] == [
        ("Late ones", late)
    ]
    assert selectors.saved_filters(actor=two, shop_id=shop.id) == ()
    with pytest.raises(FilterNameTaken):
        services.save_filter(actor=one, shop_id=shop.id, name="LATE ONES", filters=OrderFilter(state="closed"))
    services.save_filter(actor=two, shop_id=shop.id, name="Late ones", filters=OrderFilter(state="closed"))
    services.delete_filter(actor=two, shop_id=shop.id, filter_id=saved)  # of another: nothing happens
    assert len(selectors.saved_filters(actor=one, shop_id=shop.id)) == 1
    services.delete_filter(actor=one, shop_id=shop.id, filter_id=saved)
    assert selectors.saved_filters(actor=one, shop_id=shop.id) == ()
    assert StaffActionRow.objects.count() == actions
    assert selectors.data_of_buyer(person_id=two.id)["filters"][0]["name"] == "Late ones"
    services.forget_buyer(person_id=two.id)
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize(
    ("name", "filters"),
    [
        ("", OrderFilter(state="placed")),
        ("x" * 41, OrderFilter(state="placed")),
        ("everything", OrderFilter()),
        ("unknown", OrderFilter(state="eaten")),
        ("a buyer", OrderFilter(phone="13812345678")),
        ("a buyer", OrderFilter(recipient="Anna")),
        ("a buyer", OrderFilter(query="Anna", state="placed")),
    ],
)
def test_a_filter_that_names_a_buyer_or_nothing_is_not_kept(shop: ShopView, name: str, filters: OrderFilter) -> None:
    member = make_member(shop=shop, role=Role.ORDERS)
    with pytest.raises(InvalidInput):
        services.save_filter(actor=member, shop_id=shop.id, name=name, filters=filters)
    assert not SavedFilter.objects.exists()


def test_twenty_filters_are_kept_and_no_more_at_whatever_speed(committed_db: None) -> None:
    shop = make_shop()
    member = make_member(shop=shop, role=Role.ORDERS)

    def save(n: int) -> Callable[[], UUID]:
        return lambda: services.save_filter(
            actor=member, shop_id=shop.id, name=f"filter {n}", filters=OrderFilter(state="placed")
        )

    for n in range(18):
        save(n)()
    answers = run_together(*[save(n) for n in range(18, 23)])
    assert sorted(type(answer).__name__ for answer in answers) == ["TooManyFilters"] * 3 + ["UUID"] * 2
    assert TooManyFilters.code == "too_many_filters"
    assert SavedFilter.objects.count() == 20


@given(st.text(max_size=40))
def test_whatever_is_typed_is_read_as_something_or_as_nothing(text: str) -> None:
    phone = rules.telephone(text)
    assert phone is None or (len(phone.tail) == 4 and phone.tail.isascii() and phone.digits[-4:] in {"", phone.tail})
    between = rules.numbers_between(text)
    assert between is None or (between[0] <= between[1] and len(between[0]) == len(between[1]) == 16)


@given(st.integers(min_value=10**10, max_value=2 * 10**10 - 1), st.sampled_from(["", "+86 ", "0086", "86"]))
def test_a_mobile_number_is_the_same_however_its_country_is_written(number: int, code: str) -> None:
    phone = rules.telephone(f"{code}{number}")
    assert phone is not None
    assert {str(number), f"86{number}"} <= set(rules.spellings(phone.digits))
