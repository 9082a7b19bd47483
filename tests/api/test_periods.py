"""A period of the books by program: it adds up, it is the shop's own, and who takes its lines is on record."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import pytest

from quanshi.kernel import clock
from quanshi.ledger import selectors as ledger
from quanshi.shops.models import StaffActionRow
from quanshi.shops.types import SHOP_TIME_ZONE, Role, ShopView, StaffAction
from quanshi.tokens.types import SHOP_SCOPES, Scope
from tests.api.conftest import Program, with_token
from tests.support import trade
from tests.support.factories import make_member, make_order, make_shop, make_variant

pytestmark = pytest.mark.django_db


def today() -> date:
    return clock.now().astimezone(SHOP_TIME_ZONE).date()


def ask(program: Program, shop: ShopView, first: date, last: date) -> tuple[int, Any]:
    answer = program.call("GET", f"shops/{shop.id}/period?first_day={first}&last_day={last}")
    return answer.status, answer.body


def take(program: Program, shop: ShopView, first: date, last: date) -> tuple[int, list[dict[str, str]]]:
    answer = program.client.get(
        f"/api/v1/shops/{shop.id}/files/period.csv?first_day={first}&last_day={last}",
        headers={"authorization": f"Bearer {program.token}"},
    )
    text = b"".join(getattr(answer, "streaming_content", ())).decode("utf-8-sig")
    return answer.status_code, list(csv.DictReader(io.StringIO(text)))


def trade_something(shop: ShopView) -> str:
    order = make_order(shop=shop, lines=[(make_variant(shop=shop, price_minor=1250, on_hand=9), 2)])
    trade.pay(order)
    return order.number


def test_openings_and_lines_lead_to_the_closings_and_the_balances(seller: Program, shop: ShopView) -> None:
    number = trade_something(shop)
    trade_something(make_shop())
    status, told = ask(seller, shop, today(), today())
    assert status == 200
    assert (told["first_day"], told["last_day"]) == (str(today()), str(today()))
    _status, lines = take(seller, shop, today(), today())
    sums: dict[str, int] = defaultdict(int)
    for line in lines:
        sums[line["account"]] += int(line["amount_minor"])
    accounts = {each["account"]: each for each in told["accounts"]}
    assert {line["order_number"] for line in lines} == {number}
    assert sums == {name: each["closing"]["minor"] - each["opening"]["minor"] for name, each in accounts.items()}
    assert {name: each["closing"]["minor"] for name, each in accounts.items()} == {
        kept.account.value: kept.balance.minor for kept in ledger.balances(shop_id=shop.id)
    }


def test_the_next_day_opens_with_this_days_closing(seller: Program, shop: ShopView) -> None:
    trade_something(shop)
    tomorrow = today() + timedelta(days=1)
    _status, this = ask(seller, shop, today(), today())
    _status, after = ask(seller, shop, tomorrow, tomorrow + timedelta(days=30))
    assert {each["account"]: each["closing"] for each in this["accounts"]} == {
        each["account"]: each["opening"] for each in after["accounts"]
    }
    assert all(each["debits"]["minor"] == each["credits"]["minor"] == 0 for each in after["accounts"])


@pytest.mark.parametrize(("first", "last"), [(0, -1), (0, 366)])
def test_days_that_are_no_period_are_refused_by_name(seller: Program, shop: ShopView, first: int, last: int) -> None:
    begin = date(2026, 3, 1)
    status, refusal = ask(seller, shop, begin + timedelta(days=first), begin + timedelta(days=last))
    assert (status, refusal["field"]) == (422, "last_day")
    assert ask(seller, shop, begin, begin + timedelta(days=365))[0] == 200


def test_whoever_takes_the_lines_is_on_record_and_whoever_may_not_leaves_none(seller: Program, shop: ShopView) -> None:
    trade_something(shop)
    for program in (
        with_token(*SHOP_SCOPES, shop=make_shop()),
        with_token(Scope.READ_ORDERS, shop=shop),
        with_token(*SHOP_SCOPES, actor=make_member(shop=shop, role=Role.GOODS)),
    ):
        assert take(program, shop, today(), today()) == (403, [])
        assert ask(program, shop, today(), today())[0] == 403
    taken = StaffActionRow.objects.filter(shop_id=shop.id, action=StaffAction.MONEY_EXPORTED)
    assert not taken.exists()
    assert take(seller, shop, today(), today())[0] == 200
    assert taken.get().subject == f"{shop.slug}-{today()}-{today()}.csv"
