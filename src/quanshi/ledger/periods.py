"""What a period did to each account of a shop. A transfer belongs to the period that its id was made in, for ever.

So the closing balance of one period is the opening balance of the next. What was under way at the stroke of midnight is
in the period that it began in as soon as it is committed, which takes a moment and not a day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from quanshi.kernel import ids
from quanshi.kernel.money import Money
from quanshi.ledger.types import AccountKind, PeriodAccount, PeriodLine, TransferKind

# Backwards from now: a period that people look at is a young one, and what is older has been summed before.
ACCOUNTS_SQL: Final = """
    WITH own AS (
        SELECT id, kind FROM ledger_account WHERE shop_id = %(shop_id)s AND currency = %(currency)s
    ), since AS (
        SELECT account_id, sum(amount_minor) AS net,
               sum(amount_minor) FILTER (WHERE transfer_id < %(last)s AND amount_minor > 0) AS debits,
               -sum(amount_minor) FILTER (WHERE transfer_id < %(last)s AND amount_minor < 0) AS credits,
               count(*) FILTER (WHERE transfer_id < %(last)s) AS inside
        FROM ledger_posting WHERE transfer_id >= %(first)s AND account_id IN (SELECT id FROM own)
        GROUP BY account_id
    )
    SELECT own.kind, (totals.debits_minor - totals.credits_minor - coalesce(since.net, 0))::bigint,
           coalesce(since.debits, 0)::bigint, coalesce(since.credits, 0)::bigint
    FROM own CROSS JOIN LATERAL ledger_totals(own.id, %(all)s) AS totals LEFT JOIN since ON since.account_id = own.id
    WHERE coalesce(since.inside, 0) > 0 OR EXISTS (
        SELECT FROM ledger_posting WHERE account_id = own.id AND transfer_id < %(first)s)
"""
LINES_SQL: Final = """
    SELECT transfer.id, posting.id, transfer.created_at, transfer.kind, transfer.subject_id, transfer.memo,
           account.kind, posting.amount_minor
    FROM ledger_transfer AS transfer
    JOIN ledger_posting AS posting ON posting.transfer_id = transfer.id
    JOIN ledger_account AS account ON account.id = posting.account_id
    WHERE transfer.shop_id = %(shop_id)s AND transfer.id >= %(first)s AND transfer.id < %(last)s
      AND account.currency = %(currency)s AND (transfer.id, posting.id) > (%(after)s, %(posting)s)
    ORDER BY transfer.id, posting.id
    LIMIT %(rows)s
"""
CHUNK: Final = 2000
LAST_POSTING: Final = 2**63 - 1
NOTHING: Final = UUID(int=0)


def accounts_of(*, shop_id: UUID, currency: str, begin: datetime, end: datetime) -> tuple[PeriodAccount, ...]:
    """Each account that has ever been used, from `begin` until before `end`, in the order of AccountKind. One query."""
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNTS_SQL, _bounds(shop_id, currency, begin, end))
        found = {kind: amounts for kind, *amounts in cursor.fetchall()}
    return tuple(
        PeriodAccount(
            account=account,
            opening=Money(found[account][0], currency),
            debits=Money(found[account][1], currency),
            credits=Money(found[account][2], currency),
        )
        for account in AccountKind
        if account in found
    )


def lines_of(
    *, shop_id: UUID, currency: str, begin: datetime, end: datetime, opened: Iterable[PeriodAccount]
) -> Iterator[PeriodLine]:
    """Every posting of the period, oldest first, read as it is consumed, a query a chunk.

    `opened` is what accounts_of said of the same period. A later posting of a period that still runs may be among the
    lines, even of an account that was not there yet; the balances go along with it.
    """
    bounds = _bounds(shop_id, currency, begin, end)
    balances = defaultdict(lambda: Money(0, currency), {each.account: each.opening for each in opened})
    after, posting, count = NOTHING, 0, CHUNK
    while count == CHUNK:
        with connection.cursor() as cursor:
            # from the last transfer on: the pair of both ids alone would be looked for from the period's beginning
            first = max(bounds["first"], after)
            cursor.execute(LINES_SQL, {**bounds, "first": first, "after": after, "posting": posting, "rows": CHUNK})
            rows = cursor.fetchall()
        for after, posting, at, kind, subject_id, memo, account, minor in rows:  # noqa: B007 - the next chunk's start
            where = AccountKind(account)
            balances[where] += Money(minor, currency)
            yield PeriodLine(
                at=at,
                kind=TransferKind(kind),
                subject_id=subject_id,
                memo=memo,
                account=where,
                amount=Money(minor, currency),
                balance=balances[where],
            )
        count = len(rows)


def _bounds(shop_id: UUID, currency: str, begin: datetime, end: datetime) -> dict[str, Any]:
    return {
        "shop_id": shop_id,
        "currency": currency,
        "first": ids.first_id_at(begin),
        "last": ids.first_id_at(end),
        "all": LAST_POSTING,
    }
