from __future__ import annotations

import pytest

from quanshi.fulfilment import selectors, services
from quanshi.fulfilment.errors import BadTrackingNumber
from quanshi.fulfilment.models import Shipment
from quanshi.fulfilment.rules import tracking as rules
from quanshi.fulfilment.types import CARRIERS, ParcelLine
from quanshi.kernel import clock, ids
from quanshi.kernel.errors import InvalidInput
from tests.support.factories import make_shop


def test_every_carrier_has_a_form() -> None:
    assert set(rules.PATTERNS) == set(CARRIERS)


@pytest.mark.parametrize(
    ("carrier", "number"),
    [
        ("sf", "SF1234567890123"),
        ("sf", " sf 1234 5678 90 "),
        ("yto", "YT1234567890123"),
        ("zto", "75312345678901"),
        ("sto", "773012345678901"),
        ("yunda", "4312345678901"),
        ("jd", "JDVB01234567890-1-1-"),
        ("ems", "EA123456789CN"),
        ("dhl", "1234567890"),
        ("ups", "1Z999AA10123456784"),
        ("fedex", "123456789012"),
        ("other", "PIGEON-7"),
    ],
)
def test_numbers_as_carriers_print_them_are_taken(carrier: str, number: str) -> None:
    known, printed = services.check_tracking_number(carrier=carrier, tracking_number=number)
    assert (known, printed) == (carrier, "".join(number.split()).upper())


@pytest.mark.parametrize(
    ("carrier", "number"),
    [
        ("sf", ""),
        ("sf", "SF123"),
        ("sf", "call 13800000000 for it"),
        ("ups", "1Z999AA1012345678"),
        ("ems", "EA123456789C"),
        ("other", "-"),
        ("other", "X" * 41),
        ("other", "<script>"),
    ],
)
def test_what_no_label_bears_is_refused(carrier: str, number: str) -> None:
    with pytest.raises(BadTrackingNumber) as refusal:
        services.check_tracking_number(carrier=carrier, tracking_number=number)
    assert refusal.value.details["field"] == "tracking_number"


def test_an_unknown_carrier_is_named() -> None:
    with pytest.raises(InvalidInput) as refusal:
        services.check_tracking_number(carrier="pigeon", tracking_number="1")
    assert refusal.value.details["field"] == "carrier"


@pytest.mark.django_db
def test_parcels_read_back_by_order() -> None:
    shop, order_id, other_id = make_shop(), ids.new_id(), ids.new_id()
    cups, pot = ids.new_id(), ids.new_id()
    made = [
        services.create_shipment(
            shop_id=shop.id,
            order_id=order_id,
            carrier="sf",
            tracking_number="SF1234567890",
            lines=[ParcelLine(order_line_id=line, quantity=quantity) for line, quantity in lines],
            at=clock.now(),
        )
        for lines in ([(cups, 2), (pot, 1)], [(cups, 1)])
    ]
    assert selectors.shipments_of(order_ids=[order_id, other_id]) == {order_id: tuple(made)}
    assert selectors.shipped_quantities(order_ids=[order_id]) == {cups: 3, pot: 1}
    assert selectors.shipped_quantities(order_ids=[other_id]) == {}


@pytest.mark.django_db
def test_a_refused_parcel_leaves_nothing() -> None:
    with pytest.raises(BadTrackingNumber):
        services.create_shipment(
            shop_id=make_shop().id,
            order_id=ids.new_id(),
            carrier="sf",
            tracking_number="soon",
            lines=[ParcelLine(order_line_id=ids.new_id(), quantity=1)],
            at=clock.now(),
        )
    assert not Shipment.objects.exists()
