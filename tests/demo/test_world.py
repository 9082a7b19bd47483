"""The loaded world: complete, true to its books, and not made twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from quanshi.accounts import selectors as people
from quanshi.accounts.types import SYSTEM, Actor, ActorKind
from quanshi.catalog import selectors as catalog
from quanshi.config import wiring
from quanshi.config.commands import audit
from quanshi.demo import services as demo
from quanshi.demo.catalogue import read_shops
from quanshi.demo.scripts import SCRIPTS, VISITOR
from quanshi.demo.types import DEMO_SIGN_INS, OWNERS, DemoReport
from quanshi.demo.types import VISITOR as VISITOR_SIGN_IN
from quanshi.fulfilment import selectors as fulfilment
from quanshi.kernel import clock
from quanshi.orders import selectors as orders
from quanshi.orders.types import AfterSaleState, OrderState, OrderView, RefundStatus
from quanshi.shops import selectors as shops
from quanshi.stock import selectors as stock
from quanshi.storefront import selectors as storefront
from quanshi.storefront.types import PolicyKind, SectionKind

CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Killed(Exception):
    """Stands for the process that ends here."""


def kill_at(step: int) -> demo.OnProgress:
    def tell(done: int, total: int) -> None:
        assert done <= total
        if done == step:
            raise Killed

    return tell


def count_rows() -> dict[str, int]:
    with connection.cursor() as cursor:
        counts = {}
        for table in connection.introspection.table_names(cursor):
            if not table.startswith(("django_", "auth_")):
                cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - names from the database itself
                counts[table] = cursor.fetchone()[0]
        return counts


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[DemoReport]:
    """The demo world, loaded in three pieces: killed among the goods, killed among the orders, then to its end."""
    wiring.wire()
    with django_db_blocker.unblock(), transaction.atomic():
        goods = sum(len(shop.products) for shop in read_shops())
        for step in (goods // 2, goods + len(SCRIPTS) // 2):
            with pytest.raises(Killed):
                demo.load_demo(on_progress=kill_at(step))
        yield demo.load_demo()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def told(world: DemoReport) -> list[OrderView]:
    """Every order, as its shop sees it."""
    views = []
    for shop in shops.list_shops(locale="en"):
        page = orders.shop_orders(actor=SYSTEM, shop_id=shop.id, locale="en", limit=100)
        views += [orders.order_page(actor=SYSTEM, order_id=card.id, locale="en") for card in page.orders]
    return views


def test_the_report_counts_what_is_there(world: DemoReport, told: list[OrderView]) -> None:
    assert world == DemoReport(shops=3, products=81, orders=len(SCRIPTS), was_loaded=True)
    assert len(told) == len(SCRIPTS)


def test_a_second_load_writes_nothing(world: DemoReport) -> None:
    before = count_rows()
    again = demo.load_demo()
    assert not again.was_loaded
    assert (again.shops, again.products, again.orders) == (world.shops, world.products, world.orders)
    assert count_rows() == before


def test_shops_say_that_they_are_made_up(world: DemoReport) -> None:
    opened = shops.list_shops(locale="en")
    assert {shop.slug for shop in opened} == {"xiuxi", "nuanpo", "tarnlea"}
    assert all(shop.is_demo and shop.logo_url for shop in opened)
    assert {shop.name for shop in opened} == {shop.name_en for shop in read_shops()}


def test_every_product_can_be_read_in_both_languages_with_its_pictures(world: DemoReport) -> None:
    for shop in read_shops():
        shop_id = shops.shop_by_slug(slug=shop.slug, locale="en").id
        for product in shop.products:
            chinese = catalog.product_page(shop_id=shop_id, handle=product.handle, locale="zh-hans")
            english = catalog.product_page(shop_id=shop_id, handle=product.handle, locale="en")
            assert (chinese.title, english.title) == (product.title, product.title_en)
            assert chinese.body_html != english.body_html
            assert len(chinese.media) == len(product.pictures)
            assert len(chinese.variants) == len(product.variants)


def test_a_colour_shows_its_own_picture(world: DemoReport) -> None:
    shop_id = shops.shop_by_slug(slug="tarnlea", locale="en").id
    mug = catalog.product_page(shop_id=shop_id, handle="peak-mug", locale="en")
    shown = [variant.media.id for variant in mug.variants if variant.media]
    assert len(set(shown)) == 4
    assert [variant.options for variant in mug.variants] == [("Tarn",), ("Cream",), ("Coral",), ("Night",)]


@pytest.mark.parametrize("locale", ["zh-hans", "en"])
def test_each_shop_has_a_page_policies_and_ways_to_the_buyer(world: DemoReport, locale: str) -> None:
    for shop in shops.list_shops(locale=locale):
        sections = storefront.home_sections(shop_id=shop.id, locale=locale)
        assert [section.kind for section in sections] == [SectionKind.FEATURED, SectionKind.TEXT, SectionKind.SHELF]
        words = " ".join(f"{section.title} {section.body}" for section in sections)
        assert bool(CHINESE.search(words)) == (locale == "zh-hans")
        kinds = {link.kind for link in storefront.policies(shop_ids=[shop.id])[shop.id]}
        assert kinds >= {PolicyKind.SHIPPING, PolicyKind.RETURNS, PolicyKind.ABOUT}
        about = storefront.policy(shop_id=shop.id, kind=PolicyKind.ABOUT, locale=locale)
        said = " ".join(line for block in about.blocks for line in block.lines)
        assert ("演示" if locale == "zh-hans" else "demonstration") in said
        assert fulfilment.templates(shop_id=shop.id)[0].is_default
        assert fulfilment.pickup_points(shop_ids=[shop.id])[shop.id]


def test_stock_lies_in_two_places(world: DemoReport) -> None:
    for shop in shops.list_shops(locale="en"):
        places = stock.locations(shop_id=shop.id)
        assert len(places) == 2
        page = catalog.goods(shop_id=shop.id, limit=100)
        variant_ids = [variant.id for row in page.rows for variant in row.variants]
        lying = {level.location_id for level in stock.levels(shop_id=shop.id, variant_ids=variant_ids) if level.on_hand}
        assert lying == {place.id for place in places}


def test_orders_stand_in_every_state(told: list[OrderView]) -> None:
    # paid is a moment, not a state that lasts: the payment's handler moves on to to_ship at once
    assert {order.state for order in told} == set(OrderState) - {OrderState.PAID}
    assert {order.refund_status for order in told} == set(RefundStatus)
    cases = {case.state for order in told for case in order.after_sales}
    lasting = {AfterSaleState.REQUESTED, AfterSaleState.APPROVED, AfterSaleState.RETURNING, AfterSaleState.DONE}
    assert cases == lasting | {AfterSaleState.DECLINED}


def test_orders_were_placed_over_weeks_and_happen_in_order(told: list[OrderView]) -> None:
    now = clock.now()
    assert min(order.placed_at for order in told) < now - timedelta(days=30)
    for order in told:
        moments = [entry.at for entry in order.timeline]
        assert moments == sorted(moments)
        assert moments[-1] <= now + timedelta(minutes=5)
    by_id = sorted(told, key=lambda order: order.id)
    assert [order.placed_at for order in by_id] == sorted(order.placed_at for order in told)


def test_the_visitor_has_orders_in_all_shops(told: list[OrderView]) -> None:
    visitor_id = people.person_by_email(email=VISITOR_SIGN_IN.email)
    assert visitor_id is not None
    page = orders.orders_of(actor=Actor(kind=ActorKind.PERSON, id=visitor_id), locale="en", limit=100)
    assert len(page.orders) == sum(script.buyer == VISITOR for script in SCRIPTS)
    assert {card.shop.slug for card in page.orders} == set(OWNERS)


def test_parcels_go_to_places_that_do_not_exist(told: list[OrderView]) -> None:
    for order in told:
        assert any(word in order.address.recipient for word in ("演示", "模拟", "Simulated"))
        assert any(word in order.address.street for word in ("演示", "Demo"))


def test_everybody_can_sign_in_and_owners_own(world: DemoReport) -> None:
    for sign_in in DEMO_SIGN_INS:
        person_id = people.person_by_email(email=sign_in.email)
        assert person_id is not None
        owned = {shop.slug for shop in shops.shops_of(person_id=person_id, locale="en")}
        assert owned == {slug for slug, owner in OWNERS.items() if owner is sign_in}


def test_the_books_balance_and_money_is_where_the_orders_say(told: list[OrderView]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT currency, sum(amount_minor) FROM ledger_posting GROUP BY currency ORDER BY currency")
        assert cursor.fetchall() == [("CNY", 0), ("EUR", 0)]
        cursor.execute(
            "SELECT coalesce(sum(amount_minor), 0) FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id"
            " WHERE a.kind = 'buyer_due'"
        )
        owed = sum(order.total.minor for order in told if order.state is OrderState.PLACED)
        assert cursor.fetchone()[0] == owed


def test_the_audit_finds_nothing(world: DemoReport) -> None:
    assert list(audit.find_broken(audit.all_checks())) == []
