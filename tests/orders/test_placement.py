"""The placement function seen from the database's side: numbers, books, events, and odd batches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgspec
import pytest
from django.db import connection

from quanshi.accounts.types import SYSTEM
from quanshi.kernel import clock, ids, logs
from quanshi.kernel.models import OutboxEvent
from quanshi.kernel.outbox import read_event
from quanshi.ledger import selectors as ledger
from quanshi.ledger.types import AccountKind
from quanshi.orders import selectors as orders_views
from quanshi.orders import services as orders
from quanshi.orders.errors import QuoteExpired
from quanshi.orders.events import OrderPlaced
from quanshi.orders.models import Order
from quanshi.orders.quote_token import sign_quote
from quanshi.orders.services import adopt_guest, cancel, place
from quanshi.orders.services.placement import PLACE_SQL, PlacementRequest, decode_answers, encode_batch, prepare
from quanshi.orders.types import Placement, PlacementOutcome, Quote
from quanshi.shops.types import ShopView
from quanshi.stock import selectors as stock_reads
from quanshi.stock import services as stock
from tests.support.factories import make_guest, make_order, make_shop, make_variant, make_variants
from tests.support.rush import make_quote

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 1, 23, 59, 30, 123456, tzinfo=UTC)
PLACED, SOLD_OUT = PlacementOutcome.PLACED, PlacementOutcome.SOLD_OUT
TOO_MANY = PlacementOutcome.TOO_MANY_UNPAID
QUOTE_USED, KEY_REUSED = PlacementOutcome.QUOTE_USED, PlacementOutcome.KEY_REUSED


@pytest.fixture
def shop() -> ShopView:
    return make_shop()


def stocked(shop: ShopView, quantity: int) -> UUID:
    (variant_id,) = make_variants(shop=shop)
    stock.place_opening_stock(actor=SYSTEM, shop_id=shop.id, quantities=[(variant_id, quantity)])
    return variant_id


def request(quote: Quote, key: str = "") -> PlacementRequest:
    return prepare(token=sign_quote(quote), key=key)


def place_together(*requests: PlacementRequest) -> list[Placement]:
    with connection.cursor() as cursor:
        cursor.execute(PLACE_SQL, (encode_batch(requests=requests),))
        return decode_answers(rows=cursor.fetchall())


def fact(answer: Placement, name: str) -> Any:
    (order,) = answer.orders
    return order.facts.get(name)


def outcomes(answers: list[Placement]) -> list[tuple[PlacementOutcome, bool]]:
    return [(answer.outcome, answer.is_replay) for answer in answers]


def test_a_refused_request_leaves_the_units_to_later_ones(shop: ShopView) -> None:
    variant_id = stocked(shop, 2)
    wanted = [request(make_quote(shop, [(variant_id, units)])) for units in (1, 2, 1, 1)]

    answers = place_together(*wanted)

    assert [answer.outcome for answer in answers] == [PLACED, SOLD_OUT, PLACED, SOLD_OUT]
    assert [fact(answer, "available") for answer in answers] == [None, 1, None, 0]


def test_nothing_that_needs_two_variants_takes_one(shop: ShopView) -> None:
    plenty, scarce = stocked(shop, 5), stocked(shop, 1)
    both = [request(make_quote(shop, [(plenty, 1), (scarce, 1)])) for _ in range(3)]

    answers = place_together(*both, request(make_quote(shop, [(plenty, 4)])))

    assert [answer.outcome for answer in answers] == [PLACED, SOLD_OUT, SOLD_OUT, PLACED]
    assert [fact(answer, "variant_id") for answer in answers] == [None, str(scarce), str(scarce), None]
    assert stock_reads.available(variant_ids=[plenty, scarce]) == {plenty: 0, scarce: 0}


def test_five_unpaid_orders_of_a_shop_are_the_most_that_one_buyer_holds(shop: ShopView) -> None:
    elsewhere = make_shop()
    here, there = stocked(shop, 70), stocked(elsewhere, 70)
    buyer_id = ids.new_id()

    def wish(key: str) -> PlacementRequest:
        return request(make_quote(shop, [(here, 5)], buyer_id=buyer_id), key)

    taken = [wish(f"key-{n}") for n in range(5)]
    for one in taken:
        assert place_together(one)[0].outcome is PLACED
    sixth = wish("sixth")
    assert outcomes(place_together(sixth)) == [(TOO_MANY, False)]
    others = place_together(
        request(make_quote(elsewhere, [(there, 1)], buyer_id=buyer_id)), request(make_quote(shop, [(here, 1)]))
    )
    assert outcomes(others) == [(PLACED, False), (PLACED, False)]
    assert stock_reads.available(variant_ids=[here]) == {here: 44}

    cancel(actor=SYSTEM, order_id=taken[0].quote.quote_id)

    assert outcomes(place_together(sixth, taken[1])) == [
        (TOO_MANY, True),
        (PLACED, True),
    ]  # a refused key stays refused
    assert outcomes(place_together(wish("seventh"))) == [(PLACED, False)]


def test_the_orders_of_one_buyer_in_one_batch_count_one_after_another(shop: ShopView) -> None:
    variant_id = stocked(shop, 50)
    buyer_id = ids.new_id()
    quotes = [make_quote(shop, [(variant_id, n)], buyer_id=buyer_id) for n in (1, 1, 99, 1, 1, 99, 1, 1, 1)]
    wanted = [request(quote) for quote in quotes]
    wanted.insert(2, request(make_quote(shop, [(variant_id, 1)])))
    wanted.append(request(quotes[-1], "again"))

    answers = place_together(*wanted)

    mine = [answer.outcome for answer in answers]
    assert mine.pop(2) is PLACED
    assert mine == [PLACED, PLACED, SOLD_OUT, PLACED, PLACED, SOLD_OUT, PLACED, TOO_MANY, TOO_MANY, TOO_MANY]
    assert Order.objects.filter(buyer_id=buyer_id).count() == 5


def test_doubles_inside_one_batch(shop: ShopView) -> None:
    variant_id = stocked(shop, 3)
    buyer_id = ids.new_id()
    one, two, large = (make_quote(shop, [(variant_id, n)], buyer_id=buyer_id) for n in (1, 2, 9))

    answers = place_together(
        request(one, "a"),
        request(one, "a"),  # a double click
        request(one, "b"),  # the same quote under another key
        request(two, "a"),  # another quote under a known key
        request(large, "c"),
        request(large, "d"),
        request(large, "c"),
        request(two, "e"),
    )

    expected = [
        (PLACED, False),
        (PLACED, True),
        (QUOTE_USED, False),
        (KEY_REUSED, False),
        (SOLD_OUT, False),
        (SOLD_OUT, False),
        (SOLD_OUT, True),
        (PLACED, False),
    ]
    assert outcomes(answers) == expected
    again = place_together(
        request(one, "a"), request(one, "b"), request(two, "a"), request(large, "d"), request(two, "e")
    )
    assert outcomes(again) == [
        (PLACED, True),
        (QUOTE_USED, True),
        (KEY_REUSED, False),
        (SOLD_OUT, True),
        (PLACED, True),
    ]
    assert Order.objects.count() == 2


@pytest.mark.parametrize("is_placed_before", [False, True])
def test_a_double_of_a_key_that_came_second_hears_what_its_first_one_does(
    shop: ShopView, *, is_placed_before: bool
) -> None:
    quote = make_quote(shop, [(stocked(shop, 3), 1)])
    first, second = request(quote, "first"), request(quote, "second")
    if is_placed_before:
        place_together(first)
    assert outcomes(place_together(first, second, second)) == [
        (PLACED, is_placed_before),
        (QUOTE_USED, False),
        (QUOTE_USED, True),
    ]
    assert outcomes(place_together(second)) == [(QUOTE_USED, True)]


def test_the_event_is_what_the_outbox_would_have_written(shop: ShopView) -> None:
    quote = make_quote(shop, [(stocked(shop, 5), 2)])
    with clock.fixed(NOW):
        quote = make_quote(shop, [(quote.orders[0].lines[0].variant_id, 2)])
        place(token=sign_quote(quote))

    (row,) = OutboxEvent.objects.filter(aggregate_id=quote.quote_id)
    assert read_event(row) == OrderPlaced(
        aggregate_id=quote.quote_id,
        shop_id=shop.id,
        buyer_id=quote.buyer_id,
        at=NOW,
        total_minor=quote.total_minor,
        currency="CNY",
    )
    assert row.payload["at"] == NOW.isoformat()
    order = Order.objects.get()
    assert (order.placed_at, order.pay_by) == (NOW, NOW + timedelta(minutes=15))


def test_the_books_know_what_the_buyer_owes(shop: ShopView) -> None:
    variant_id = stocked(shop, 50)
    quotes = [make_quote(shop, [(variant_id, n)]) for n in (1, 2)]
    gift = make_quote(shop, [(variant_id, 1)])
    (order,) = gift.orders
    lines = tuple(msgspec.structs.replace(line, discount_minor=line.unit_minor) for line in order.lines)
    free = msgspec.structs.replace(gift, orders=(msgspec.structs.replace(order, lines=lines, total_minor=0),))

    place_together(*(request(quote) for quote in quotes), request(free))

    balances = {balance.account: balance.balance.minor for balance in ledger.balances(shop_id=shop.id)}
    assert balances[AccountKind.BUYER_DUE] == sum(quote.total_minor for quote in quotes)
    assert balances[AccountKind.ORDER_ESCROW] == -balances[AccountKind.BUYER_DUE]
    assert Order.objects.count() == 3
    assert not ledger.story(subject_id=free.quote_id)


def test_an_order_is_quoted_by_its_date_and_ten_digits_that_tell_nothing(shop: ShopView) -> None:
    variant_id = stocked(shop, 50)
    with clock.fixed(NOW):
        answers = place_together(*(request(make_quote(shop, [(variant_id, 1)])) for _ in range(20)))
    numbers = [answer.orders[0].number for answer in answers]
    assert len(set(numbers)) == 20
    assert all(number.isdecimal() and len(number) == 16 and number.startswith("260501") for number in numbers)
    assert numbers != sorted(numbers)
    steps = {int(b) - int(a) for a, b in pairwise(numbers)}
    assert len(steps) == 19  # no fixed stride to count by


def test_no_two_counters_make_one_number() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT orders_number(n, now())) FROM ("
            "SELECT generate_series(0, 20000) UNION SELECT generate_series(4294957296, 4294967295)) AS c (n)"
        )
        rows, distinct = cursor.fetchone()
    assert rows == distinct == 30001


def test_an_expired_quote_is_refused_unless_it_was_placed_by_the_same_request(shop: ShopView) -> None:
    quote = make_quote(shop, [(stocked(shop, 5), 1)])
    token = sign_quote(quote)
    late = quote.expires_at + timedelta(seconds=1)

    with clock.fixed(late), pytest.raises(QuoteExpired):
        place(token=token)
    first = place(token=token, key="mine")
    with clock.fixed(late):
        again = place(token=token, key="mine")
        with pytest.raises(QuoteExpired):
            place(token=token, key="other")

    assert (again.orders, again.is_replay) == (first.orders, True)
    assert [order.order_id for order in first.placed] == [quote.quote_id]


def test_an_empty_batch_is_no_work() -> None:
    assert place_together() == []


@pytest.mark.parametrize("fields", [{"total_minor": 5}, {"freight_minor": -1, "total_minor": 1998}])
def test_an_order_that_does_not_add_up_is_never_written(shop: ShopView, fields: dict[str, Any]) -> None:
    quote = make_quote(shop, [(stocked(shop, 5), 1)], **fields)
    with pytest.raises(Exception, match="orders_order_adds_up"):
        place(token=sign_quote(quote))


def test_what_was_ordered_as_it_stood_leaves_the_cart() -> None:
    shop = make_shop()
    ordered, more, unselected = (make_variant(shop=shop) for _ in range(3))
    buyer = make_guest()
    for variant_id, quantity in ((ordered, 2), (more, 3), (unselected, 1)):
        orders.put_in_cart(actor=buyer, variant_id=variant_id, quantity=quantity)
    orders.select_in_cart(actor=buyer, variant_id=unselected, is_selected=False)
    make_order(shop=shop, lines=[(ordered, 2), (more, 1), (unselected, 1)], buyer=buyer)
    (group,) = orders_views.cart(actor=buyer, locale="en")
    assert {line.variant.id: line.quantity for line in group.lines} == {more: 3, unselected: 1}


def test_a_late_replay_hears_of_the_order_after_its_buyer_has_signed_in(shop: ShopView) -> None:
    quote = make_quote(shop, [(stocked(shop, 1), 1)])
    first = place(token=sign_quote(quote), key="mine")
    adopt_guest(guest_id=quote.buyer_id, person_id=ids.new_id())

    with clock.fixed(quote.expires_at + timedelta(minutes=1)):
        late = place(token=sign_quote(quote), key="mine")
        with pytest.raises(QuoteExpired):
            place(token=sign_quote(quote), key="other")
    assert (late.orders, late.is_replay) == (first.orders, True)


def test_each_order_s_event_keeps_the_request_that_brought_it(shop: ShopView) -> None:
    few, many = stocked(shop, 1), stocked(shop, 9)
    asked = []
    for name, variant_id, quantity in (("first", many, 1), ("sold-out", few, 2), ("", many, 2), ("last", few, 1)):
        with logs.working_for(name):
            asked.append(request(make_quote(shop, [(variant_id, quantity)])))
    answers = place_together(*asked)

    placed = {
        order.order_id: one.request_id for answer, one in zip(answers, asked, strict=True) for order in answer.placed
    }
    assert sorted(placed.values()) == ["", "first", "last"]
    assert dict(OutboxEvent.objects.values_list("aggregate_id", "request_id")) == placed
