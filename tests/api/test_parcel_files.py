"""Parcels from a file, packing and picking, and the list of orders narrowed, all by program."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from quanshi.fulfilment.models import Shipment
from quanshi.kernel import clock, ids
from quanshi.orders.models import Order, ParcelFile
from quanshi.shops.models import StaffActionRow
from quanshi.shops.types import SHOP_TIME_ZONE, Role, ShopView, StaffAction
from quanshi.tokens.types import SHOP_SCOPES, Scope
from tests.api.conftest import Program, with_token
from tests.orders.test_pickup import make_pickup
from tests.support import trade
from tests.support.factories import make_member, make_order, make_shop, make_variant
from tests.support.jobs import run_due_jobs

pytestmark = pytest.mark.django_db

HEAD = "order number,carrier,tracking number\n"


def paid(shop: ShopView, *, price_minor: int = 1000) -> Order:
    order = make_order(shop=shop, lines=[(make_variant(shop=shop, price_minor=price_minor), 2)])
    trade.pay(order)
    return order


def send(program: Program, shop: ShopView, rows: str, **headers: str) -> Any:
    given = {"authorization": f"Bearer {program.token}"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return program.client.post(
        f"/api/v1/shops/{shop.id}/parcel-files",
        {"file": SimpleUploadedFile("parcels.csv", (HEAD + rows).encode(), "text/csv")},
        headers=given,
    )


def test_good_rows_go_and_bad_ones_stay_with_their_reason(seller: Program, shop: ShopView) -> None:
    first, second = paid(shop), paid(shop)
    rows = f"{first.number},sf,SF1234567890123\n{second.number},sf,?\n{'9' * 16},sf,SF1234567890124\n"
    sent = send(seller, shop, rows, idempotency_key="k")
    read = sent.json()
    assert (sent.status_code, read["state"], read["ready"], read["refused"]) == (201, "read", 1, 2)
    assert [(row["line"], row["outcome"]) for row in read["rows"]] == [(3, "refused"), (4, "refused"), (2, "ready")]
    assert all(row["reason"] for row in read["rows"][:2])
    assert not Shipment.objects.exists()  # only looked through
    assert send(seller, shop, rows, idempotency_key="k").json() == read
    assert ParcelFile.objects.count() == 1

    path = f"shops/{shop.id}/parcel-files/{read['file_id']}"
    queued = [seller.call("POST", f"{path}/shipping", idempotency_key="go") for _ in range(2)]
    assert [(answer.status, answer.body["state"]) for answer in queued] == [(202, "waiting")] * 2
    run_due_jobs()
    done = seller.call("GET", path).body
    assert (done["state"], done["shipped"], done["refused"]) == ("done", 1, 2)
    assert Shipment.objects.get().order_id == first.id
    again = seller.call("POST", f"{path}/shipping")
    assert (again.status, again.body["code"]) == (409, "parcel_file_moved")
    deeds = StaffActionRow.objects.filter(action__startswith="order.file").order_by("id")
    assert [row.action for row in deeds] == [StaffAction.ORDER_FILE_SENT, StaffAction.ORDER_FILE_CONFIRMED]


def test_a_file_that_is_no_list_is_refused_as_a_whole(seller: Program, shop: ShopView) -> None:
    answer = send(seller, shop, "")
    assert (answer.status_code, answer.json()["code"]) == (422, "table_refused")
    assert not ParcelFile.objects.exists()


def test_files_come_by_pages_and_only_the_shops_own(seller: Program, shop: ShopView) -> None:
    rows = f"{paid(shop).number},sf,SF1234567890123\n"
    sent = [send(seller, shop, rows).json()["file_id"] for _ in range(3)]
    other = make_shop()
    foreign = send(with_token(*SHOP_SCOPES, shop=other), other, f"{paid(other).number},sf,SF1\n").json()["file_id"]
    path, found = f"shops/{shop.id}/parcel-files?limit=2", list[str]()
    while path:
        page = seller.call("GET", path).body
        found += [file["file_id"] for file in page["data"]]
        path = (page["next"] or "").removeprefix("/api/v1/")
    assert found == sent[::-1]
    for method, rest in (("GET", foreign), ("POST", f"{foreign}/shipping"), ("GET", str(ids.new_id()))):
        answer = seller.call(method, f"shops/{shop.id}/parcel-files/{rest}")
        assert (answer.status, answer.body["code"]) == (404, "parcel_file_not_found")
    assert not ParcelFile.objects.exclude(state="read").exists()


@pytest.mark.parametrize("scopes", [(Scope.READ_ORDERS,), (Scope.WRITE_STOCK,)])
def test_a_token_without_the_scope_ships_nothing(shop: ShopView, scopes: Sequence[Scope]) -> None:
    answer = send(with_token(*scopes, shop=shop), shop, f"{paid(shop).number},sf,SF1234567890123\n")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert not ParcelFile.objects.exists()


def test_somebody_who_may_not_ship_sees_no_file(shop: ShopView) -> None:
    finance = with_token(*SHOP_SCOPES, actor=make_member(shop=shop, role=Role.FINANCE))
    for path in ("parcel-files", "packing-slips", "pick-list"):
        answer = finance.call("GET", f"shops/{shop.id}/{path}")
        assert (answer.status, answer.body["code"]) == (403, "not_allowed")
    assert not StaffActionRow.objects.filter(action=StaffAction.ORDER_SLIPS_PRINTED).exists()


def test_slips_and_picks_tell_what_is_left_of_the_same_orders(seller: Program, shop: ShopView) -> None:
    variant = make_variant(shop=shop, sku="TEA")
    orders = [make_order(shop=shop, lines=[(variant, quantity)]) for quantity in (2, 3, 4)]
    for order in orders:
        trade.pay(order)
    seller.call(
        "POST",
        f"shops/{shop.id}/orders/{orders[0].id}/shipments",
        {
            "carrier": "sf",
            "tracking_number": "SF1234567890123",
            "lines": [{"line_id": str(orders[0].lines.get().id), "quantity": 1}],
        },
    )
    chosen = f"order_id={orders[0].id}&order_id={orders[1].id}"
    slips = seller.call("GET", f"shops/{shop.id}/packing-slips?{chosen}").body["data"]
    assert [(slip["number"], slip["lines"][0]["quantity"]) for slip in slips] == [
        (orders[0].number, 1),
        (orders[1].number, 3),
    ]
    assert slips[0]["address"]["recipient"] == "周一"
    (pick,) = seller.call("GET", f"shops/{shop.id}/pick-list?{chosen}").body["data"]
    assert (pick["sku"], pick["quantity"], pick["numbers"]) == ("TEA", 4, [orders[0].number, orders[1].number])
    assert len(seller.call("GET", f"shops/{shop.id}/packing-slips").body["data"]) == 3
    assert StaffActionRow.objects.filter(action=StaffAction.ORDER_SLIPS_PRINTED).count() == 2


def test_orders_are_narrowed_by_day_way_and_amount(seller: Program, shop: ShopView) -> None:
    small, large = paid(shop, price_minor=1000), paid(shop, price_minor=9000)
    fetched = make_pickup(shop=shop)
    before, after = (clock.now().astimezone(SHOP_TIME_ZONE).date() + timedelta(days=days) for days in (-2, 2))

    def found(query: str) -> set[str]:
        answer = seller.call("GET", f"shops/{shop.id}/orders?{query}")
        assert answer.status == 200, answer
        return {order["number"] for order in answer.body["data"]}

    every = {small.number, large.number, fetched.number}
    assert found(f"first_day={before}&last_day={after}") == every
    assert found(f"first_day={after}") == found(f"last_day={before}") == set()
    assert found("way=pickup") == {fetched.number}
    assert found("way=delivery&least_minor=5000") == {large.number}
    assert found(f"most_minor={small.total_minor}&way=delivery") == {small.number}
    assert found("first_day=0001-01-01&last_day=9999-12-31") == every
    assert found("last_day=0001-01-01") == found("first_day=9999-12-31") == set()
    for query in ("way=drone", "first_day=yesterday", "least_minor=-1"):
        assert seller.call("GET", f"shops/{shop.id}/orders?{query}").status == 422
