"""A period's openings and movements are those of all postings, added up one by one, however many were summed before."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from quanshi.kernel import ids
from quanshi.ledger import periods, selectors, services
from quanshi.ledger.models import Account, Posting, Subtotal
from quanshi.ledger.types import AccountKind
from tests.support.chains import move
from tests.support.factories import make_shop

pytestmark = pytest.mark.usefixtures("committed_db")

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 60
INSERT = """
    WITH made AS (
        INSERT INTO ledger_transfer (id, shop_id, kind, subject_id, key, created_at)
        VALUES (%(id)s, %(shop)s, 'order_placed', %(id)s, %(key)s, %(at)s) RETURNING id)
    INSERT INTO ledger_posting (shop_id, transfer_id, account_id, amount_minor, currency)
    SELECT %(shop)s, made.id, leg.account, leg.minor, 'CNY'
    FROM made, (VALUES (%(debit)s::uuid, %(minor)s), (%(credit)s::uuid, -%(minor)s)) AS leg (account, minor)
"""
KINDS = (AccountKind.BUYER_DUE, AccountKind.ORDER_ESCROW)


def write_history(dice: random.Random, shop_ids: list[UUID]) -> dict[UUID, list[tuple[datetime, AccountKind, int]]]:
    """Transfers of two months. A transaction that takes hours writes after others that began when it was under way."""
    rows = [Account(shop_id=shop_id, kind=kind, currency="CNY") for shop_id in shop_ids for kind in KINDS]
    accounts = {(row.shop_id, row.kind): row.id for row in Account.objects.bulk_create(rows)}
    begun = [BEGIN + timedelta(hours=dice.uniform(0, 24 * DAYS)) for _ in range(240)]
    told = defaultdict[UUID, list[tuple[datetime, AccountKind, int]]](list)
    for number, at in enumerate(sorted(begun, key=lambda at: at + timedelta(hours=dice.uniform(0, 20)))):
        shop_id, minor = dice.choice(shop_ids), dice.randint(1, 900)
        debit, credit = dice.sample(KINDS, 2)
        with connection.cursor() as cursor:
            if dice.random() < 0.2:  # a number that is given to a transaction that comes to nothing
                cursor.execute("SELECT nextval(pg_get_serial_sequence('ledger_posting', 'id'))")
            cursor.execute(
                INSERT,
                {
                    "id": UUID(int=ids.first_id_at(at).int + number),
                    "shop": shop_id,
                    "key": f"of {number}",
                    "at": at,
                    "debit": accounts[shop_id, debit],
                    "credit": accounts[shop_id, credit],
                    "minor": minor,
                },
            )
        told[shop_id] += [(at, debit, minor), (at, credit, -minor)]
    return told


@pytest.mark.parametrize("seed", range(4))
def test_a_period_says_what_all_postings_say(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - amounts and moments
    shop_ids = [make_shop().id for _ in range(3)]
    told = write_history(dice, shop_ids)
    for shop_id in shop_ids:
        move(shop_id)  # long after all periods
    for _ in range(2):
        services.add_subtotals(step=dice.choice([7, 20]), least=dice.choice([1, 3]))
    assert Subtotal.objects.exists()
    for _ in range(40):
        begin, end = sorted(BEGIN + timedelta(hours=dice.uniform(-48, 24 * DAYS + 48)) for _ in range(2))
        shop_id = dice.choice(shop_ids)
        found = selectors.period_accounts(shop_id=shop_id, currency="CNY", begin=begin, end=end)
        lines = list(selectors.period_lines(shop_id=shop_id, currency="CNY", begin=begin, end=end, opened=found))
        for each in found:
            own = [(at, minor) for at, kind, minor in told[shop_id] if kind is each.account]
            inside = [minor for at, minor in own if begin <= at < end]
            assert each.opening.minor == sum(minor for at, minor in own if at < begin)
            assert each.debits.minor == sum(minor for minor in inside if minor > 0)
            assert each.credits.minor == -sum(minor for minor in inside if minor < 0)
            assert each.closing.minor == each.opening.minor + sum(
                line.amount.minor for line in lines if line.account is each.account
            )
        moved = {kind for at, kind, _minor in told[shop_id] if at < end}
        assert {each.account for each in found} >= moved


def test_an_old_period_does_not_read_what_came_since() -> None:
    """Only what lies between the sub-totals on either side of its beginning, and itself."""
    shop_ids = [make_shop().id]
    write_history(random.Random(9), shop_ids)  # noqa: S311 - amounts and moments
    for _ in range(2):
        services.add_subtotals(step=10, least=1)
    bounds = periods._bounds(shop_ids[0], "CNY", BEGIN + timedelta(days=20), BEGIN + timedelta(days=21))
    with transaction.atomic(), connection.cursor() as cursor:
        for other_way in ("seqscan", "hashjoin", "mergejoin"):  # which pay in books as small as these
            cursor.execute(f"SET LOCAL enable_{other_way} = off")
        cursor.execute("ANALYZE ledger_transfer, ledger_posting, ledger_subtotal")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {periods.ACCOUNTS_SQL}", bounds)
        (plan,) = cursor.fetchone()[0]
    read = [node for node in nodes(plan["Plan"]) if node.get("Relation Name") == "ledger_posting"]
    rows = sum((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in read)
    assert 0 < rows < Posting.objects.count() / 2, rows


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", ()) for node in nodes(part))]
