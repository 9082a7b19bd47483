"""Orders, cases and books as files: the shop's own, whole, and on record."""

from __future__ import annotations

import csv
import io

import pytest

from quanshi.ledger import selectors as ledger
from quanshi.orders.models import Order
from quanshi.shops.models import StaffActionRow
from quanshi.shops.types import Role, ShopView, StaffAction
from quanshi.tokens.types import SHOP_SCOPES, Scope
from tests.api.conftest import Program, with_token
from tests.console.conftest import make_case
from tests.support import trade
from tests.support.factories import make_member, make_order, make_shop, make_variant

pytestmark = pytest.mark.django_db

TAKINGS = {
    "orders.csv": StaffAction.ORDER_EXPORTED,
    "after-sales.csv": StaffAction.AFTER_SALE_EXPORTED,
    "books.csv": StaffAction.MONEY_EXPORTED,
}


def fetch(program: Program, shop: ShopView, name: str) -> tuple[int, list[dict[str, str]]]:
    answer = program.client.get(
        f"/api/v1/shops/{shop.id}/files/{name}", headers={"authorization": f"Bearer {program.token}"}
    )
    streamed: object = getattr(answer, "streaming_content", ())
    text = b"".join(streamed).decode("utf-8-sig")  # type: ignore[arg-type] # bytes
    return answer.status_code, list(csv.DictReader(io.StringIO(text)))


def paid(shop: ShopView, *, note: str = "") -> Order:
    lines = [(make_variant(shop=shop, price_minor=1000), 1), (make_variant(shop=shop, price_minor=500), 2)]
    order = make_order(shop=shop, lines=lines, note=note)
    trade.pay(order)
    return order


def test_orders_are_written_line_by_line_as_the_filters_let_them_through(seller: Program, shop: ShopView) -> None:
    order, unpaid = paid(shop, note="=HYPERLINK(1)"), make_order(shop=shop, lines=[(make_variant(shop=shop), 1)])
    paid(make_shop())
    _status, rows = fetch(seller, shop, "orders.csv")
    assert [row["number"] for row in rows] == [unpaid.number, order.number, order.number]
    assert sum(int(row["line_total_minor"]) for row in rows[1:]) == order.total_minor - order.freight_minor
    assert not rows[1]["note"].startswith("=")  # no formula of a buyer's runs in a spreadsheet
    assert (rows[1]["recipient"], rows[1]["state"], rows[1]["currency"]) == ("周一", "to_ship", "CNY")
    _status, rows = fetch(seller, shop, "orders.csv?state=placed")
    assert {row["number"] for row in rows} == {unpaid.number}
    assert fetch(seller, shop, "orders.csv?way=drone")[0] == 422


def test_cases_are_the_shops_own(seller: Program, shop: ShopView) -> None:
    case = make_case(shop=shop, variant_id=make_variant(shop=shop))
    _status, (row,) = fetch(seller, shop, "after-sales.csv")
    assert (row["number"], row["order_number"], row["state"]) == (case.number, case.order.number, "requested")
    assert fetch(with_token(*SHOP_SCOPES, shop=(other := make_shop())), other, "after-sales.csv") == (200, [])


def test_the_books_add_up_to_the_balances(seller: Program, shop: ShopView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "FILE_PAGE", 2)  # several pages an account
    orders = {paid(shop).number for _ in range(3)}
    _status, rows = fetch(seller, shop, "books.csv")
    assert len({row["posting_id"] for row in rows}) == len(rows) > 6
    sums: dict[str, int] = {}
    for row in rows:
        sums[row["account"]] = sums.get(row["account"], 0) + int(row["amount_minor"])
    assert sums == {kept.account.value: kept.balance.minor for kept in ledger.balances(shop_id=shop.id)}
    assert {row["order_number"] for row in rows} == orders


@pytest.mark.parametrize("name", TAKINGS)
def test_whoever_takes_a_file_is_on_record_and_whoever_may_not_leaves_none(
    seller: Program, shop: ShopView, name: str
) -> None:
    paid(shop)
    for program in (
        with_token(*SHOP_SCOPES, shop=make_shop()),
        with_token(Scope.READ_GOODS, shop=shop),
        with_token(*SHOP_SCOPES, actor=make_member(shop=shop, role=Role.GOODS)),
    ):
        assert fetch(program, shop, name) == (403, [])
    assert not StaffActionRow.objects.filter(shop_id=shop.id, action=TAKINGS[name]).exists()
    assert fetch(seller, shop, name)[0] == 200
    (deed,) = StaffActionRow.objects.filter(shop_id=shop.id, action=TAKINGS[name])
    assert deed.subject == name
