"""Sub-totals shorten every sum and change none."""

from __future__ import annotations

import random
import threading
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, connections, transaction

from quanshi.kernel.audit import BrokenRow
from quanshi.kernel.money import Money
from quanshi.ledger import selectors, services
from quanshi.ledger.errors import BalanceTooLow
from quanshi.ledger.models import Subtotal
from quanshi.ledger.types import AccountBalance, AccountKind, StatementLine, TransferKind
from tests.support.audit import broken_rows
from tests.support.chains import move
from tests.support.factories import make_shop

pytestmark = pytest.mark.usefixtures("committed_db")


def sum_up(*, step: int = 4, least: int = 1) -> int:
    """Twice: what one pass notes is final in the next."""
    return services.add_subtotals(step=step, least=least) + services.add_subtotals(step=step, least=least)


def wrong() -> list[BrokenRow]:
    return [row for row in broken_rows() if row.table == "ledger_subtotal"]


def books(shop_id: UUID) -> tuple[tuple[AccountBalance, ...], list[StatementLine]]:
    """All balances, and every line of one account, page by page."""
    lines: list[StatementLine] = []
    cursor = ""
    while True:
        page = selectors.statement(
            shop_id=shop_id, account=AccountKind.ORDER_ESCROW, currency="CNY", cursor=cursor, limit=3
        )
        lines += page.lines
        cursor = page.next_cursor
        if not cursor:
            return selectors.balances(shop_id=shop_id), lines


def test_they_change_no_figure() -> None:
    dice = random.Random(5)  # noqa: S311 - amounts
    shops = [make_shop().id for _ in range(3)]
    for number in range(60):
        move(shops[number % 7 % 3], minor=dice.randint(1, 9000), currency=dice.choice(["CNY", "CNY", "JPY"]))
    before = [books(shop_id) for shop_id in shops]
    assert sum_up(step=10, least=2) > 10
    assert [books(shop_id) for shop_id in shops] == before
    assert sum_up(step=10, least=2) == 0  # nothing new
    for shop_id in shops:
        move(shop_id)
    for shop_id, (balances, lines) in zip(shops, before, strict=True):
        after = books(shop_id)
        assert after[1][1:] == lines
        old = next(each.balance.minor for each in balances if each.account is AccountKind.BUYER_DUE)
        assert next(each.balance.minor for each in after[0] if each.account is AccountKind.BUYER_DUE) == old + 500
    assert wrong() == []


def test_what_is_numbered_but_not_committed_is_waited_for() -> None:
    shop_id = make_shop().id
    move(shop_id)  # the accounts are there, so nobody waits for anybody
    is_numbered, may_end = threading.Event(), threading.Event()

    def write() -> None:
        try:
            with transaction.atomic():
                move(shop_id, minor=70_000)
                is_numbered.set()
                may_end.wait(timeout=30)
        finally:
            connections.close_all()

    slow = threading.Thread(target=write)
    slow.start()
    try:
        assert is_numbered.wait(timeout=30)
        for _ in range(5):
            move(shop_id)
        assert sum_up() == sum_up() == 0
    finally:
        may_end.set()
        slow.join(timeout=30)
    assert sum_up() > 0
    (due,) = [each for each in selectors.balances(shop_id=shop_id) if each.account is AccountKind.BUYER_DUE]
    assert due.balance == Money(73_000, "CNY")
    assert wrong() == []


def test_what_may_be_taken_is_what_the_postings_say() -> None:
    shop_id = make_shop().id
    for _ in range(6):
        move(shop_id, minor=100)
    assert sum_up() > 0
    move(shop_id, minor=50)

    def take(minor: int, key: str) -> None:
        services.take_from_balance(
            shop_id=shop_id,
            kind=TransferKind.ORDER_SETTLED,
            subject_id=UUID(int=1),
            key=key,
            source=AccountKind.ORDER_ESCROW,
            target=AccountKind.SHOP_PAYABLE,
            amount=Money(minor, "CNY"),
        )

    with pytest.raises(BalanceTooLow):
        take(651, "too much")
    take(650, "all")


@pytest.mark.parametrize("change", ["UPDATE ledger_subtotal SET debits_minor = 0", "DELETE FROM ledger_subtotal"])
def test_nobody_changes_one(change: str) -> None:
    shop_id = make_shop().id
    for _ in range(3):
        move(shop_id)
    assert sum_up() > 0
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_the_audit_names_a_false_one() -> None:
    shop_id = make_shop().id
    for _ in range(3):
        move(shop_id)
    assert sum_up() > 0
    last = Subtotal.objects.order_by("-posting_id")[0]
    Subtotal.objects.create(
        shop_id=shop_id,
        account_id=last.account_id,
        posting_id=last.posting_id + 1,
        debits_minor=last.debits_minor + 1,
        credits_minor=last.credits_minor,
    )
    assert len(wrong()) == 1
