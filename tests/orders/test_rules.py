"""Prices, deadlines and refunds as pure arithmetic."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quanshi.accounts.types import ADDRESS_LENGTHS
from quanshi.fulfilment.types import FreightCharge
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.orders.rules import after_sale, life, price
from quanshi.orders.rules.after_sale import LineMoney
from quanshi.orders.rules.life import LineProgress
from quanshi.orders.types import Address, AfterSaleState, OrderState, PriceWord, RefundStatus
from tests.support.factories import make_address


def yuan(minor: int) -> Money:
    return Money(minor, "CNY")


def test_every_order_state_has_its_ways_and_only_the_last_two_have_none() -> None:
    assert set(life.TRANSITIONS) == set(OrderState)
    ended = {state for state, ways in life.TRANSITIONS.items() if not ways}
    assert ended == {OrderState.CLOSED, OrderState.CANCELLED}


def test_every_case_state_has_its_ways_and_the_waiting_ones_a_time() -> None:
    assert set(after_sale.TRANSITIONS) == set(AfterSaleState)
    assert {state for state, ways in after_sale.TRANSITIONS.items() if not ways} == after_sale.ENDED
    assert set(after_sale.WAITS) < after_sale.OPEN


def test_price_explains_each_step_from_list_price_to_total() -> None:
    found = price.price(
        [
            price.PricedLine(quantity=2, unit=yuan(800), list_price=yuan(1000)),
            price.PricedLine(quantity=1, unit=yuan(500), list_price=None),
        ],
        currency="CNY",
        freight=[FreightCharge(name="Post", minor=600)],
    )
    assert found.total == yuan(2700)
    assert [(step.word, step.amount_minor) for step in found.steps] == [
        (PriceWord.GOODS_AT_LIST_PRICE, 2500),
        (PriceWord.MARKDOWN, -400),
        (PriceWord.FREIGHT, 600),
    ]


def test_each_of_several_freight_charges_is_a_step_that_says_which() -> None:
    line = price.PricedLine(quantity=1, unit=yuan(900), list_price=None)
    charges = [
        FreightCharge(name="Post", minor=600, waived_minor=600),
        FreightCharge(name="Cold", minor=1500),
        FreightCharge(name="Free", minor=0),
    ]
    found = price.price([line], currency="CNY", freight=charges)
    assert [(step.word, step.note, step.amount_minor) for step in found.steps] == [
        (PriceWord.GOODS_AT_LIST_PRICE, "", 900),
        (PriceWord.FREIGHT, "Post", 600),
        (PriceWord.FREE_FREIGHT, "Post", -600),
        (PriceWord.FREIGHT, "Cold", 1500),
    ]
    assert (found.freight, found.total) == (yuan(1500), yuan(2400))


def test_a_list_price_below_the_price_is_no_discount() -> None:
    line = price.PricedLine(quantity=3, unit=yuan(900), list_price=yuan(100))
    found = price.price([line], currency="CNY", freight=[])
    assert [(step.word, step.amount_minor) for step in found.steps] == [(PriceWord.GOODS_AT_LIST_PRICE, 2700)]


lines = st.builds(
    price.PricedLine,
    quantity=st.integers(1, 999),
    unit=st.integers(0, 10**9).map(yuan),
    list_price=st.none() | st.integers(0, 10**9).map(yuan),
)


charges = st.integers(0, 10**6).flatmap(
    lambda minor: st.sampled_from([0, minor]).map(lambda waived: FreightCharge("Post", minor, waived))
)


@given(st.lists(lines, min_size=1, max_size=20), st.lists(charges, max_size=4))
def test_the_steps_of_a_price_add_up_to_its_total(wanted: list[price.PricedLine], freight: list[FreightCharge]) -> None:
    found = price.price(wanted, currency="CNY", freight=freight)
    assert sum(step.amount_minor for step in found.steps) == found.total.minor
    assert found.total == found.goods + found.freight
    assert found.total.minor >= 0


@pytest.mark.parametrize(
    ("received", "until"),
    [
        # 23:59 and 00:01 of Shanghai stand on two days, so their seven days end a day apart
        (datetime(2026, 3, 1, 15, 59, tzinfo=UTC), datetime(2026, 3, 8, 16, 0, tzinfo=UTC)),
        (datetime(2026, 3, 1, 16, 1, tzinfo=UTC), datetime(2026, 3, 9, 16, 0, tzinfo=UTC)),
        (datetime(2026, 12, 28, 3, 0, tzinfo=UTC), datetime(2027, 1, 4, 16, 0, tzinfo=UTC)),
    ],
)
def test_after_sale_counts_seven_days_from_the_day_after_receipt(received: datetime, until: datetime) -> None:
    assert life.after_sale_until(received) == until


@pytest.mark.parametrize(
    ("refunded", "status"), [(0, RefundStatus.NONE), (1, RefundStatus.PART), (100, RefundStatus.WHOLE)]
)
def test_refund_status_stands_beside_the_state(refunded: int, status: RefundStatus) -> None:
    assert life.refund_status(total_minor=100, refunded_minor=refunded) is status


def test_an_order_without_a_price_is_never_refunded() -> None:
    assert life.refund_status(total_minor=0, refunded_minor=0) is RefundStatus.NONE


# A series of cases for one line: each takes units, and may be withdrawn later. The numbers say which one.
steps = st.lists(st.one_of(st.integers(1, 5), st.integers(-8, -1)), max_size=30)


@given(st.integers(0, 10_000), st.integers(1, 12), steps)
def test_refunds_by_unit_add_up_whatever_is_withdrawn_between(total: int, quantity: int, series: list[int]) -> None:
    standing: list[tuple[int, int, int]] = []  # units, amount, value

    def money() -> LineMoney:
        return LineMoney(
            quantity=quantity,
            total_minor=total,
            taken_quantity=sum(units for units, _, _ in standing),
            taken_minor=sum(amount for _, amount, _ in standing),
            taken_value_minor=sum(value for _, _, value in standing),
        )

    def take(units: int) -> None:
        now = money()
        standing.append((units, now.most_for(units), now.value_of(units)))

    for step in series:
        if step < 0 and standing:
            standing.pop(step % len(standing))
        elif step > 0 and money().taken_quantity + step <= quantity:
            take(step)
        assert 0 <= money().taken_minor <= total
    while money().taken_quantity < quantity:
        take(1)
    assert money().taken_minor == total


def test_an_agreed_deduction_stays_deducted() -> None:
    first = LineMoney(quantity=3, total_minor=100, taken_quantity=0, taken_minor=0, taken_value_minor=0)
    assert first.most_for(1) == 33
    # 20 of the 33 went back; the last two units bring their own 67 and not the 13 that the buyer gave up
    rest = LineMoney(quantity=3, total_minor=100, taken_quantity=1, taken_minor=20, taken_value_minor=33)
    assert (rest.most_for(2), rest.most_for(0)) == (67, 80)


def test_an_amount_already_paid_back_is_not_paid_again_with_the_units() -> None:
    money = LineMoney(quantity=2, total_minor=100, taken_quantity=0, taken_minor=30, taken_value_minor=0)
    assert (money.most_for(1), money.most_for(2)) == (50, 70)


@st.composite
def progress(draw: st.DrawFn) -> LineProgress:
    quantity = draw(st.integers(1, 9))
    shipped = draw(st.integers(0, quantity))
    returned = draw(st.integers(0, shipped))
    done = draw(st.integers(0, quantity - returned))
    line = LineProgress(
        quantity=quantity,
        shipped=shipped,
        refund_only_done=done,
        refund_only_open=draw(st.integers(0, quantity - returned - done)),
        returned=returned,
    )
    assume(line.returnable >= 0)
    return line


@given(progress(), st.data())
def test_shipping_and_refunding_never_take_the_same_unit(line: LineProgress, data: st.DataObject) -> None:
    assert 0 <= line.to_ship <= line.unshipped
    assert line.refundable == line.to_ship + line.returnable
    parcel = data.draw(st.integers(0, line.to_ship))
    later = LineProgress(
        quantity=line.quantity,
        shipped=line.shipped + parcel,
        refund_only_done=line.refund_only_done,
        refund_only_open=line.refund_only_open,
        returned=line.returned,
    )
    assert later.dropped == line.dropped
    assert later.to_ship == line.to_ship - parcel


def test_undecided_cases_keep_an_order_partly_shipped() -> None:
    held = LineProgress(quantity=2, shipped=1, refund_only_done=0, refund_only_open=1, returned=0)
    done = LineProgress(quantity=2, shipped=1, refund_only_done=1, refund_only_open=0, returned=0)
    nothing = LineProgress(quantity=2, shipped=0, refund_only_done=2, refund_only_open=0, returned=0)
    assert life.state_after_parcels([held]) is OrderState.PARTLY_SHIPPED
    assert life.state_after_parcels([done, nothing]) is OrderState.SHIPPED
    assert life.state_after_parcels([nothing]) is OrderState.CANCELLED


def test_an_address_is_put_in_order() -> None:
    address = price.checked_address(make_address(recipient="  Ada\t Lovelace ", street="1　Mill\nLane"))
    assert (address.recipient, address.street) == ("Ada Lovelace", "1 Mill Lane")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recipient", " "),
        ("recipient", "a" * 61),
        ("recipient", "a\x00b"),
        ("recipient", "a\u009bb"),
        ("phone", "call me"),
        ("phone", "12"),
        ("region", ""),
        ("street", "x"),
        ("street", "x" * 201),
        ("postcode", "1" * 17),
        ("country", "cn"),
        ("country", "CHN"),
    ],
)
def test_an_address_is_refused_by_the_name_of_its_field(field: str, value: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        price.checked_address(make_address(**{field: value}))
    assert refusal.value.details["field"] == field


def test_address_fields_are_those_that_are_checked() -> None:
    assert set(ADDRESS_LENGTHS) == set(Address.__struct_fields__)
