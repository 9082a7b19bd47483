"""Differences with a provider's bill: listed, narrowed, answered for, by the shop's own people."""

from __future__ import annotations

from datetime import date

import pytest

from quanshi.payments.models import BillDifference, BillDifferenceNote
from quanshi.payments.types import DifferenceKind, NotificationKind
from quanshi.shops.models import StaffActionRow
from quanshi.shops.types import Role, ShopView, StaffAction
from quanshi.tokens.types import SHOP_SCOPES, Scope
from tests.api.conftest import Program, with_token
from tests.support.factories import make_member, make_shop

pytestmark = pytest.mark.django_db


def differ(shop: ShopView | None, *, day: int = 1, kind: DifferenceKind = DifferenceKind.NOT_BOOKED) -> int:
    row = BillDifference.objects.create(
        account="wechat",
        day=date(2026, 5, day),
        kind=kind,
        about=NotificationKind.PAYMENT,
        shop_id=shop.id if shop else None,
        gateway_reference=f"4200{BillDifference.objects.count()}",
        ours_minor=100,
        theirs_minor=120,
        currency="CNY",
    )
    found: int = row.id
    return found


def ids_of(program: Program, path: str) -> list[int]:
    found: list[int] = []
    while path:
        answer = program.call("GET", path)
        assert answer.status == 200, answer
        found += [row["difference_id"] for row in answer.body["data"]]
        path = (answer.body["next"] or "").removeprefix("/api/v1/")
    return found


def test_they_are_listed_by_pages_and_narrowed(seller: Program, shop: ShopView) -> None:
    mine = [differ(shop, day=day) for day in (1, 2, 3)]
    other = differ(shop, kind=DifferenceKind.OTHER_AMOUNT)
    differ(make_shop())
    differ(None)
    path = f"shops/{shop.id}/bill-differences"
    assert ids_of(seller, f"{path}?limit=2") == [other, *mine[::-1]]
    assert ids_of(seller, f"{path}?day=2026-05-02") == [mine[1]]
    assert ids_of(seller, f"{path}?kind=other_amount") == [other]
    assert ids_of(seller, f"{path}?account=stripe") == []
    row = seller.call("GET", path).body["data"][0]
    assert (row["ours"]["minor"], row["theirs"]["minor"], row["booked"]) == (100, 120, None)
    for query in ("kind=odd", "cursor=-1", "cursor=" + "9" * 19, "day=today"):
        assert seller.call("GET", f"{path}?{query}").status == 422


def test_an_answer_stays_beside_it_and_comes_once(seller: Program, shop: ShopView) -> None:
    difference_id = differ(shop)
    path = f"shops/{shop.id}/bill-differences"
    for _ in range(2):
        answer = seller.call("POST", f"{path}/{difference_id}/notes", {"text": "asked the bank"}, idempotency_key="n")
        assert answer.status == 204
    (row,) = seller.call("GET", path).body["data"]
    assert [note["text"] for note in row["notes"]] == ["asked the bank"]
    assert ids_of(seller, f"{path}?is_seen=false") == []
    assert StaffActionRow.objects.filter(action=StaffAction.MONEY_DIFFERENCE_NOTED).count() == 1


def test_others_answer_for_nothing(seller: Program, shop: ShopView) -> None:
    own, foreign, nobodys = differ(shop), differ(make_shop()), differ(None)
    path = f"shops/{shop.id}/bill-differences"
    for difference_id in (foreign, nobodys, 2**62):
        answer = seller.call("POST", f"{path}/{difference_id}/notes", {})
        assert (answer.status, answer.body["code"]) == (404, "difference_not_found")
    assert seller.call("POST", f"{path}/{2**64}/notes", {}).status == 422
    for program, code in (
        (with_token(*(set(SHOP_SCOPES) - {Scope.WRITE_MONEY}), shop=shop), "scope_missing"),
        (with_token(*SHOP_SCOPES, actor=make_member(shop=shop, role=Role.ORDERS)), "not_allowed"),
    ):
        answer = program.call("POST", f"{path}/{own}/notes", {})
        assert (answer.status, answer.body["code"]) == (403, code)
    assert not BillDifferenceNote.objects.exists()
