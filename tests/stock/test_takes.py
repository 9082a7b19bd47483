"""Counting a place: a count is a difference against the books of its moment, and is applied once."""

from __future__ import annotations

import io
from uuid import UUID

import pytest

from quanshi.accounts.types import SYSTEM
from quanshi.catalog.models import Variant
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.kernel.tables import write_sheet
from quanshi.shops.types import ShopView
from quanshi.stock import selectors, services
from quanshi.stock.errors import LocationNotFound, PlaceTooLarge, TakeEnded, TakeNotFound
from quanshi.stock.models import Level, Location, Movement
from quanshi.stock.services import takes
from quanshi.stock.services.takes import COUNTED_ELSEWHERE
from quanshi.stock.types import MovementKind, OwnerKind, TakeState, TakeView
from tests.support import trade
from tests.support.audit import assert_sound
from tests.support.database import run_together
from tests.support.factories import make_actor, make_order, make_shop, make_variant


def begin(shop: ShopView) -> UUID:
    location_id = Location.objects.get(shop_id=shop.id).id
    return services.begin_take(actor=SYSTEM, shop_id=shop.id, location_id=location_id, reason="year's end")


def view_of(shop: ShopView, take_id: UUID) -> TakeView:
    return selectors.take(actor=SYSTEM, shop_id=shop.id, take_id=take_id, locale="en")


def line_of(shop: ShopView, take_id: UUID, variant_id: UUID) -> int:
    return next(row.line for row in view_of(shop, take_id).rows if row.variant.id == variant_id)


def write(shop: ShopView, take_id: UUID, **lines: int) -> None:
    counts = {int(name[1:]): counted for name, counted in lines.items()}
    services.type_counts(actor=SYSTEM, shop_id=shop.id, take_id=take_id, counts=counts)


def on_hand(variant_id: UUID) -> int:
    return int(Level.objects.get(variant_id=variant_id).on_hand)


@pytest.mark.django_db
def test_differences_are_seen_first_and_booked_with_their_reason() -> None:
    shop = make_shop()
    cup, mug = make_variant(shop=shop, on_hand=10), make_variant(shop=shop, on_hand=5)
    take_id = begin(shop)
    write(shop, take_id, **{f"l{line_of(shop, take_id, cup)}": 8, f"l{line_of(shop, take_id, mug)}": 5})
    view = view_of(shop, take_id)
    assert (view.lines, view.counted, view.differing) == (2, 2, 1)
    assert (on_hand(cup), on_hand(mug)) == (10, 5)
    assert services.apply_take(actor=SYSTEM, shop_id=shop.id, take_id=take_id) == 1
    assert (on_hand(cup), on_hand(mug)) == (8, 5)
    booked = Movement.objects.get(kind=MovementKind.COUNTED)
    assert (booked.quantity, booked.note, booked.reference_id) == (-2, "year's end", take_id)
    with pytest.raises(TakeEnded):
        services.apply_take(actor=SYSTEM, shop_id=shop.id, take_id=take_id)
    assert on_hand(cup) == 8
    assert_sound()


@pytest.mark.django_db
def test_what_is_shipped_after_the_count_stays_shipped() -> None:
    shop = make_shop()
    cup = make_variant(shop=shop, on_hand=10)
    take_id = begin(shop)
    write(shop, take_id, l1=9)  # one is missing
    trade.deliver(make_order(shop=shop, lines=[(cup, 3)]))
    services.apply_take(actor=SYSTEM, shop_id=shop.id, take_id=take_id)
    assert on_hand(cup) == 10 - 1 - 3
    assert_sound()


@pytest.mark.django_db
def test_a_sheet_whose_goods_have_moved_is_counted_again() -> None:
    shop = make_shop()
    cup, mug = make_variant(shop=shop, on_hand=10), make_variant(shop=shop, on_hand=5)
    take_id = begin(shop)
    lines = {line_of(shop, take_id, cup): 7, line_of(shop, take_id, mug): 4}
    trade.deliver(make_order(shop=shop, lines=[(cup, 3)]))  # before or after that line was counted? Nobody knows
    sheet = write_sheet(
        heading=["编号", "实盘数"], rows=[*lines.items(), (99, 1), (line_of(shop, take_id, mug), "many")], title="x"
    )
    refused = services.read_counts(actor=SYSTEM, shop_id=shop.id, take_id=take_id, file=io.BytesIO(sheet))
    assert [(row.line, row.reason) for row in refused] == [
        (4, "not a line of this count"),
        (5, "is no whole non-negative number"),
    ]
    found = {row.variant.id: (row.counted, bool(row.problem)) for row in view_of(shop, take_id).rows}
    assert found == {cup: (None, True), mug: (4, False)}
    write(shop, take_id, **{f"l{line_of(shop, take_id, cup)}": 7})
    services.apply_take(actor=SYSTEM, shop_id=shop.id, take_id=take_id)
    assert (on_hand(cup), on_hand(mug)) == (7, 4)
    assert_sound()


@pytest.mark.django_db
def test_promised_units_are_not_counted_away() -> None:
    shop = make_shop()
    cup = make_variant(shop=shop, on_hand=5)
    make_order(shop=shop, lines=[(cup, 4)])
    take_id = begin(shop)
    write(shop, take_id, l1=3)
    assert services.apply_take(actor=SYSTEM, shop_id=shop.id, take_id=take_id) == 0
    assert on_hand(cup) == 5
    assert "promised" in view_of(shop, take_id).rows[0].problem
    assert_sound()


@pytest.mark.django_db
def test_goods_that_are_withdrawn_meanwhile_stay_as_many() -> None:
    shop = make_shop()
    cup, mug = make_variant(shop=shop, on_hand=10), make_variant(shop=shop, on_hand=4)
    take_id = begin(shop)
    Variant.objects.filter(id__in=[cup, mug]).update(is_withdrawn=True)
    write(shop, take_id, **{f"l{line_of(shop, take_id, cup)}": 10})
    sheet = write_sheet(heading=["编号", "实盘数"], rows=[(line_of(shop, take_id, mug), 3)], title="x")
    services.read_counts(actor=SYSTEM, shop_id=shop.id, take_id=take_id, file=io.BytesIO(sheet))
    services.apply_take(actor=SYSTEM, shop_id=shop.id, take_id=take_id)
    assert (on_hand(cup), on_hand(mug)) == (10, 3)


@pytest.mark.django_db
def test_a_sheet_leaves_nothing_out_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takes, "MOST_LINES", 1)
    shop = make_shop()
    make_variant(shop=shop, on_hand=1)
    begin(shop)
    make_variant(shop=shop, on_hand=1)
    with pytest.raises(PlaceTooLarge):
        begin(shop)


@pytest.mark.django_db
def test_strangers_count_nothing() -> None:
    shop, owner = make_shop(), make_actor()
    make_variant(shop=shop, on_hand=5)
    theirs = make_shop(actor=owner)
    take_id = begin(shop)
    location_id = Location.objects.get(shop_id=shop.id).id
    with pytest.raises(NotAllowed):
        services.apply_take(actor=owner, shop_id=shop.id, take_id=take_id)
    with pytest.raises(TakeNotFound):
        services.type_counts(actor=owner, shop_id=theirs.id, take_id=take_id, counts={1: 0})
    with pytest.raises(LocationNotFound):
        services.begin_take(actor=owner, shop_id=theirs.id, location_id=location_id, reason="mine")
    with pytest.raises(InvalidInput):
        write(shop, take_id, l9=1)
    services.drop_take(actor=SYSTEM, shop_id=shop.id, take_id=take_id)
    with pytest.raises(TakeEnded):
        write(shop, take_id, l1=1)
    assert view_of(shop, take_id).state is TakeState.DROPPED
    assert not Movement.objects.filter(kind=MovementKind.COUNTED).exists()


@pytest.mark.django_db
def test_what_two_people_found_missing_is_missing_once() -> None:
    shop = make_shop()
    cup, mug = make_variant(shop=shop, on_hand=10), make_variant(shop=shop, on_hand=5)
    first, second = begin(shop), begin(shop)
    for take_id in (first, second):
        write(shop, take_id, **{f"l{line_of(shop, take_id, cup)}": 8})
    write(shop, second, **{f"l{line_of(shop, second, mug)}": 4})
    assert services.apply_take(actor=SYSTEM, shop_id=shop.id, take_id=first) == 1
    assert services.apply_take(actor=SYSTEM, shop_id=shop.id, take_id=second) == 1
    assert (on_hand(cup), on_hand(mug)) == (8, 4)
    assert [row.problem for row in view_of(shop, second).rows if row.variant.id == cup] == [COUNTED_ELSEWHERE]
    third = begin(shop)
    write(shop, third, **{f"l{line_of(shop, third, cup)}": 7})
    services.count_level(  # and a single level that is set meanwhile is not set twice
        actor=SYSTEM, shop_id=shop.id, variant_id=cup, location_id=Location.objects.get(shop_id=shop.id).id, on_hand=7
    )
    assert services.apply_take(actor=SYSTEM, shop_id=shop.id, take_id=third) == 0
    assert on_hand(cup) == 7
    assert_sound()


@pytest.mark.django_db
def test_what_was_counted_again_after_another_count_is_corrected() -> None:
    shop = make_shop()
    cup = make_variant(shop=shop, on_hand=10)
    place = Location.objects.get(shop_id=shop.id).id
    take_id = begin(shop)
    services.count_level(actor=SYSTEM, shop_id=shop.id, variant_id=cup, location_id=place, on_hand=8)
    write(shop, take_id, **{f"l{line_of(shop, take_id, cup)}": 7})
    assert services.apply_take(actor=SYSTEM, shop_id=shop.id, take_id=take_id) == 1
    assert on_hand(cup) == 7
    assert_sound()


def test_counts_of_one_place_that_are_applied_at_once_correct_it_once(committed_db: None) -> None:
    shop = make_shop()
    cup = make_variant(shop=shop, on_hand=10)
    takes = [begin(shop) for _ in range(3)]
    for take_id in takes:
        write(shop, take_id, l1=7)
    answers = run_together(
        *[
            lambda take_id=take_id: services.apply_take(actor=SYSTEM, shop_id=shop.id, take_id=take_id)
            for take_id in takes
        ]
    )
    assert sorted(answer for answer in answers if isinstance(answer, int)) == [0, 0, 1]
    assert on_hand(cup) == 7


def test_a_count_applied_twice_at_once_moves_once(committed_db: None) -> None:
    shop = make_shop()
    cup = make_variant(shop=shop, on_hand=10)
    take_id = begin(shop)
    write(shop, take_id, l1=7)
    answers = run_together(*[lambda: services.apply_take(actor=SYSTEM, shop_id=shop.id, take_id=take_id)] * 3)
    assert sorted(str(type(answer).__name__) for answer in answers) == ["TakeEnded", "TakeEnded", "int"]
    assert on_hand(cup) == 7


def test_sales_and_a_count_do_not_undo_each_other(committed_db: None) -> None:
    shop = make_shop()
    cup = make_variant(shop=shop, on_hand=20)
    orders = [make_order(shop=shop, lines=[(cup, 2)]) for _ in range(3)]
    for order in orders:
        trade.pay(order)
    take_id = begin(shop)
    write(shop, take_id, l1=18)
    held = [(order.id, order.lines.get().id) for order in orders]
    run_together(
        lambda: services.apply_take(actor=SYSTEM, shop_id=shop.id, take_id=take_id),
        *[
            lambda order_id=order_id, line_id=line_id: services.consume(
                owner_kind=OwnerKind.ORDER, owner_id=order_id, line_id=line_id, quantity=2
            )
            for order_id, line_id in held
        ],
    )
    assert on_hand(cup) == 20 - 2 - 6
