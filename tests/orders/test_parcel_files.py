"""Many parcels by one file: looked through first, sent once, and the same file again changes nothing."""

from __future__ import annotations

import io

import pytest

from quanshi.accounts.types import SYSTEM
from quanshi.fulfilment.models import Shipment
from quanshi.kernel.errors import NotAllowed
from quanshi.kernel.models import OutboxEvent
from quanshi.kernel.tables import TableRefused, write_sheet
from quanshi.orders import selectors, services
from quanshi.orders.errors import ParcelFileMoved, ParcelFileNotFound
from quanshi.orders.models import Order, ParcelFile
from quanshi.orders.types import OrderState, ParcelFileState, ParcelFileView
from quanshi.shops import services as shops
from quanshi.shops.models import StaffActionRow
from quanshi.shops.types import Role, ShopView, StaffAction
from tests.orders.test_pickup import make_pickup
from tests.support import trade
from tests.support.audit import assert_sound
from tests.support.factories import make_actor, make_member, make_order, make_shop, make_variant

pytestmark = pytest.mark.django_db
HEAD = "订单号,承运商,运单号,货号,数量\n"
SF = "SF1234567890123"
OTHER = "SF1234567890124"


@pytest.fixture
def shop() -> ShopView:
    return make_shop()


def paid(shop: ShopView, *skus: str, quantity: int = 2) -> Order:
    lines = [(make_variant(shop=shop, sku=sku), quantity) for sku in skus or ("A",)]
    order = make_order(shop=shop, lines=lines)
    trade.pay(order)
    return order


def read(shop: ShopView, text: str | bytes) -> ParcelFileView:
    data = text if isinstance(text, bytes) else text.encode()
    file_id = services.read_parcel_file(actor=SYSTEM, shop_id=shop.id, file=io.BytesIO(data), filename="parcels.csv")
    return selectors.parcel_file(actor=SYSTEM, shop_id=shop.id, file_id=file_id)


def send(shop: ShopView, view: ParcelFileView) -> ParcelFileView:
    services.queue_parcel_file(actor=SYSTEM, shop_id=shop.id, file_id=view.id)
    services.ship_parcel_file(actor=SYSTEM, shop_id=shop.id, file_id=view.id)
    return selectors.parcel_file(actor=SYSTEM, shop_id=shop.id, file_id=view.id)


def reasons(view: ParcelFileView) -> list[tuple[int, str]]:
    return [(row.line, row.reason) for row in view.rows if row.reason]


def test_a_file_is_looked_through_and_sends_nothing_yet(shop: ShopView) -> None:
    order = paid(shop)
    before = OutboxEvent.objects.count()
    view = read(shop, f"{HEAD}{order.number},顺丰,{SF},,\n")
    assert (view.ready, view.refused, view.state) == (1, 0, ParcelFileState.READ)
    assert (Shipment.objects.count(), OutboxEvent.objects.count()) == (0, before)
    with pytest.raises(ParcelFileNotFound):  # nobody has said so
        services.ship_parcel_file(actor=SYSTEM, shop_id=shop.id, file_id=view.id)


def test_it_ships_once_and_the_same_file_again_changes_nothing(shop: ShopView) -> None:
    order = paid(shop)
    text = f"{HEAD}{order.number},顺丰速运,{SF},,\n"
    done = send(shop, read(shop, text))
    assert (done.shipped, done.state) == (1, ParcelFileState.DONE)
    assert Order.objects.get(id=order.id).state == OrderState.SHIPPED
    before = (Shipment.objects.count(), OutboxEvent.objects.count())
    services.ship_parcel_file(actor=SYSTEM, shop_id=shop.id, file_id=done.id)  # a job that comes twice
    again = read(shop, text)
    assert (again.ready, again.unchanged) == (0, 1)
    assert send(shop, again).shipped == 0
    assert (Shipment.objects.count(), OutboxEvent.objects.count()) == before
    with pytest.raises(ParcelFileMoved):
        services.queue_parcel_file(actor=SYSTEM, shop_id=shop.id, file_id=done.id)
    assert_sound()


def test_bad_rows_are_named_and_good_ones_ship(shop: ShopView) -> None:
    order, unpaid, theirs = paid(shop), make_order(shop=shop, lines=[(make_variant(shop=shop), 1)]), paid(make_shop())
    view = read(
        shop,
        f"{HEAD}{order.number},顺丰,{SF},,\n"
        f"{unpaid.number},顺丰,{SF},,\n"
        f"{theirs.number},顺丰,{SF},,\n"
        f"{order.number},信鸽,{SF},,\n"
        f"{order.number},顺丰,12,,\n"
        f"{order.number},顺丰,{OTHER},NOPE,1\n"
        f"{order.number},顺丰,{OTHER}5,A,9\n",
    )
    assert reasons(view) == [
        (3, "this order cannot be shipped now"),
        (4, "the shop has no order of this number"),
        (5, "not a carrier we know"),
        (6, "not in this carrier's form"),
        (7, "this order has no such goods"),
        (8, "fewer units than these are left to ship"),
    ]
    assert (view.ready, view.refused) == (1, 6)
    assert send(shop, view).shipped == 1
    assert Shipment.objects.count() == 1


def test_a_part_goes_by_sku_and_two_rows_are_one_parcel(shop: ShopView) -> None:
    order = paid(shop, "A", "B", quantity=3)
    view = read(shop, f"{HEAD}{order.number},sf,{SF},A,1\n{order.number},sf,{SF},B,3\n")
    send(shop, view)
    (parcel,) = Shipment.objects.all()
    assert sorted(parcel.lines.values_list("quantity", flat=True)) == [1, 3]
    assert Order.objects.get(id=order.id).state == OrderState.PARTLY_SHIPPED
    assert reasons(read(shop, f"{HEAD}{order.number},sf,{OTHER},A,3\n")) == [
        (2, "fewer units than these are left to ship")
    ]
    send(shop, read(shop, f"{HEAD}{order.number},sf,{OTHER},,\n"))
    assert Order.objects.get(id=order.id).state == OrderState.SHIPPED
    assert_sound()


def test_what_changed_between_look_and_word_is_refused_then(shop: ShopView) -> None:
    order = paid(shop)
    view = read(shop, f"{HEAD}{order.number},sf,{SF},,\n")
    services.cancel(actor=SYSTEM, order_id=order.id)
    done = send(shop, view)
    assert (done.shipped, done.refused) == (0, 1)
    assert not Shipment.objects.exists()


def test_the_template_comes_back_filled_in(shop: ShopView) -> None:
    first, second = paid(shop), paid(shop)
    waiting = selectors.open_orders(actor=SYSTEM, shop_id=shop.id)
    assert [order.number for order in waiting] == [first.number, second.number]
    rows = [[order.number, "", "", "", ""] for order in waiting]
    rows[1][1:3] = ["顺丰", SF]
    view = read(shop, write_sheet(heading=HEAD.strip().split(","), rows=rows, title="发货"))
    assert [(row.number, row.outcome) for row in view.rows] == [(second.number, "ready")]


def test_long_numbers_that_a_spreadsheet_has_cut_are_refused(shop: ShopView) -> None:
    order = paid(shop)
    sheet = write_sheet(
        heading=HEAD.strip().split(","), rows=[[order.number, "圆通", 1234567890123456789, "", ""]], title="x"
    )
    assert "lost its last digits" in reasons(read(shop, sheet))[0][1]


def test_strangers_read_send_and_see_nothing(shop: ShopView) -> None:
    order = paid(shop)
    view = read(shop, f"{HEAD}{order.number},sf,{SF},,\n")
    owner = make_actor()
    theirs = make_shop(actor=owner)
    with pytest.raises(NotAllowed):
        selectors.parcel_file(actor=owner, shop_id=shop.id, file_id=view.id)
    with pytest.raises(NotAllowed):
        services.queue_parcel_file(actor=owner, shop_id=shop.id, file_id=view.id)
    for refused in (
        lambda: selectors.parcel_file(actor=owner, shop_id=theirs.id, file_id=view.id),
        lambda: services.queue_parcel_file(actor=owner, shop_id=theirs.id, file_id=view.id),
    ):
        with pytest.raises(ParcelFileNotFound):
            refused()
    with pytest.raises(TableRefused):
        services.read_parcel_file(actor=owner, shop_id=theirs.id, file=io.BytesIO(HEAD.encode()), filename="x")
    assert ParcelFile.objects.get().state == ParcelFileState.READ


def test_what_is_fetched_is_not_sent_by_file_and_its_slip_says_so(shop: ShopView) -> None:
    order = make_pickup(shop)
    assert selectors.open_orders(actor=SYSTEM, shop_id=shop.id) == ()
    view = read(shop, f"{HEAD}{order.number},sf,{SF},,\n{order.number},pickup,12345678,,\n")
    assert reasons(view) == [(2, "the buyer picks this order up"), (3, "not a carrier we know")]
    assert reasons(send(shop, view)) == reasons(view)
    assert not Shipment.objects.exists()
    (slip,) = selectors.packing_slips(actor=SYSTEM, shop_id=shop.id)
    assert slip.pickup_point == "Corner"


def test_the_record_names_who_sent_the_file_and_each_parcel(shop: ShopView) -> None:
    clerk = make_member(shop=shop, role=Role.ORDERS)
    first, second = paid(shop, "A"), paid(shop, "B")
    text = f"{HEAD}{first.number},sf,{SF},,\n{second.number},sf,{OTHER},,\n"
    file_id = services.read_parcel_file(actor=clerk, shop_id=shop.id, file=io.BytesIO(text.encode()), filename="p.csv")
    services.queue_parcel_file(actor=clerk, shop_id=shop.id, file_id=file_id)
    services.ship_parcel_file(actor=clerk, shop_id=shop.id, file_id=file_id)
    services.ship_parcel_file(actor=clerk, shop_id=shop.id, file_id=file_id)  # the worker begins once more
    lines = StaffActionRow.objects.filter(shop_id=shop.id, person_id=clerk.id).order_by("id")
    assert [(line.action, line.subject) for line in lines] == [
        (StaffAction.ORDER_FILE_SENT, "p.csv"),
        (StaffAction.ORDER_FILE_CONFIRMED, "p.csv"),
        (StaffAction.ORDER_SHIPPED, first.number),
        (StaffAction.ORDER_SHIPPED, second.number),
    ]


def test_who_may_not_ship_any_more_when_the_worker_comes_ships_nothing(shop: ShopView) -> None:
    clerk = make_member(shop=shop, role=Role.ORDERS)
    order = paid(shop)
    view = read(shop, f"{HEAD}{order.number},sf,{SF},,\n")
    services.queue_parcel_file(actor=clerk, shop_id=shop.id, file_id=view.id)
    owner = make_member(shop=shop, role=Role.OWNER)
    shops.change_role(actor=owner, shop_id=shop.id, person_id=clerk.id, role=Role.SUPPORT)
    services.ship_parcel_file(actor=clerk, shop_id=shop.id, file_id=view.id)
    told = selectors.parcel_file(actor=SYSTEM, shop_id=shop.id, file_id=view.id)
    assert reasons(told) == [(2, "whoever sent the file may not ship any more")]
    assert told.state is ParcelFileState.DONE
    assert not Shipment.objects.exists()


def test_slips_and_pick_list_hold_what_is_left(shop: ShopView) -> None:
    order = paid(shop, "A", "B", quantity=3)
    send(shop, read(shop, f"{HEAD}{order.number},sf,{SF},A,1\n"))
    other = paid(shop, "C")
    theirs = paid(make_shop())
    slips = selectors.packing_slips(actor=SYSTEM, shop_id=shop.id)
    assert [[(line.sku, line.quantity) for line in slip.lines] for slip in slips] == [[("A", 2), ("B", 3)], [("C", 2)]]
    assert [pick.quantity for pick in selectors.pick_list(slips=slips)] == [2, 3, 2]
    chosen = selectors.packing_slips(actor=SYSTEM, shop_id=shop.id, order_ids=[other.id, theirs.id])
    assert [slip.number for slip in chosen] == [other.number]
    with pytest.raises(NotAllowed):
        selectors.packing_slips(actor=make_actor(), shop_id=shop.id)
