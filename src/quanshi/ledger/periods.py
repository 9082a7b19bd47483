"""What a period did to each account of a shop. A transfer belongs to the period in which it was booked, for ever.

So the closing balance of one period is the opening balance of the next. What is under way at the stroke of midnight
counts by the beginning of its transaction, and is there as soon as that is committed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import Any, Final
from uuid import UUID

from django.db import connection

from quanshi.kernel import ids
from quanshi.kernel.money import Money
from quanshi.ledger.types import AccountKind, PeriodAccount, PeriodLine, TransferKind

# Backwards from now: a period that people look at is a young one, and what is older has been summed before. Transfers
# are found by their ids, which may be older than the booking (an order's is its quote's), and counted by the booking.
ACCOUNTS_SQL: Final = """
    WITH own AS (
        SELECT id, kind FROM ledger_account WHERE shop_id = %(shop_id)s AND currency = %(currency)s
    ), since AS (
        SELECT posting.account_id, sum(amount_minor) AS net,
               count(*) FILTER (WHERE transfer.created_at < %(end)s) AS inside,
               sum(amount_minor) FILTER (WHERE transfer.created_at < %(end)s AND amount_minor > 0) AS debits,
               -sum(amount_minor) FILTER (WHERE transfer.created_at < %(end)s AND amount_minor < 0) AS credits
        FROM ledger_transfer AS transfer JOIN ledger_posting AS posting ON posting.transfer_id = transfer.id
        WHERE transfer.shop_id = %(shop_id)s AND transfer.id >= %(first)s AND transfer.created_at >= %(begin)s
          AND posting.account_id IN (SELECT id FROM own)
        GROUP BY posting.account_id
    )
    SELECT own.kind, (totals.debits_minor - totals.credits_minor - coalesce(since.net, 0))::bigint,
           coalesce(since.debits, 0)::bigint, coalesce(since.credits, 0)::bigint
    FROM own CROSS JOIN LATERAL ledger_totals(own.id, %(all)s) AS totals LEFT JOIN since ON since.account_id = own.id
    WHERE since.inside > 0 OR %(begin)s > (
        SELECT transfer.created_at
        FROM ledger_posting AS posting JOIN ledger_transfer AS transfer ON transfer.id = posting.transfer_id
        WHERE posting.account_id = own.id ORDER BY posting.id LIMIT 1)
"""
LINES_SQL: Final = """
    SELECT transfer.created_at, transfer.kind, transfer.subject_id, transfer.memo, account.kind, posting.amount_minor
    FROM ledger_transfer AS transfer
    JOIN ledger_posting AS posting ON posting.transfer_id = transfer.id
    JOIN ledger_account AS account ON account.id = posting.account_id
    WHERE transfer.shop_id = %(shop_id)s AND account.currency = %(currency)s
      AND transfer.id >= %(first)s AND transfer.id < %(last)s
      AND transfer.created_at >= %(begin)s AND transfer.created_at < %(end)s
    ORDER BY transfer.created_at, posting.id
"""
CHUNK: Final = 2000
LAST_POSTING: Final = 2**63 - 1
OLDEST_ID: Final = timedelta(days=1)  # at its booking; an order's is at most as old as a quote lives
CLOCKS_APART: Final = timedelta(hours=1)  # ids are given by the application's clock, bookings by the database's


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
    """Every posting of the period, oldest first, read as it is consumed. One query.

    `opened` is what accounts_of said of the same period. A later posting of a period that still runs may be among the
    lines, even of an account that was not there yet; the balances go along with it.
    """
    balances = defaultdict(lambda: Money(0, currency), {each.account: each.opening for each in opened})
    with connection.chunked_cursor() as cursor:  # on the server's side: a month may have a million
        cursor.execute(LINES_SQL, _bounds(shop_id, currency, begin, end))
        for at, kind, subject_id, memo, account, minor in chain.from_iterable(
            iter(partial(cursor.fetchmany, CHUNK), [])
        ):
            where, amount = AccountKind(account), Money(minor, currency)
            balances[where] += amount
            yield PeriodLine(
                at=at,
                kind=TransferKind(kind),
                subject_id=subject_id,
                memo=memo,
                account=where,
                amount=amount,
                balance=balances[where],
            )


def _bounds(shop_id: UUID, currency: str, begin: datetime, end: datetime) -> dict[str, Any]:
    return {
        "shop_id": shop_id,
        "currency": currency,
        "begin": begin,
        "end": end,
        "first": ids.first_id_at(begin - OLDEST_ID),
        "last": ids.first_id_at(end + CLOCKS_APART),
        "all": LAST_POSTING,
    }
