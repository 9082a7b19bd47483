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

# Transfers are found by their ids, which may be older than the booking (an order's is its quote's), and counted by the
# booking. An opening is the last sub-total that holds nothing of the period, and what came from there on. Postings get
# their numbers in a transaction that began before: the posting at a sub-total's end (or the next one, where that number
# came to nothing) was booked longer before the period than a transaction lasts, so all below it was booked before it.
ACCOUNTS_SQL: Final = """
    WITH own AS (
        SELECT id, kind FROM ledger_account WHERE shop_id = %(shop_id)s AND currency = %(currency)s
    ), inside AS (
        SELECT posting.account_id, sum(amount_minor) FILTER (WHERE amount_minor > 0) AS debits,
               -sum(amount_minor) FILTER (WHERE amount_minor < 0) AS credits
        FROM ledger_transfer AS transfer JOIN ledger_posting AS posting ON posting.transfer_id = transfer.id
        WHERE transfer.shop_id = %(shop_id)s AND transfer.id >= %(first)s AND transfer.id < %(last)s
          AND transfer.created_at >= %(begin)s AND transfer.created_at < %(end)s
          AND posting.account_id IN (SELECT id FROM own)
        GROUP BY posting.account_id
    )
    SELECT own.kind, (coalesce(below.minor, 0) + near.minor)::bigint,
           coalesce(inside.debits, 0)::bigint, coalesce(inside.credits, 0)::bigint
    FROM own
    LEFT JOIN inside ON inside.account_id = own.id
    LEFT JOIN LATERAL (
        SELECT subtotal.posting_id, subtotal.debits_minor - subtotal.credits_minor AS minor
        FROM ledger_subtotal AS subtotal
        WHERE subtotal.account_id = own.id AND (
            SELECT transfer.created_at
            FROM ledger_posting AS posting JOIN ledger_transfer AS transfer ON transfer.id = posting.transfer_id
            WHERE posting.id >= subtotal.posting_id ORDER BY posting.id LIMIT 1) < %(surely_before)s
        ORDER BY subtotal.posting_id DESC LIMIT 1
    ) AS below ON true
    LEFT JOIN LATERAL (
        SELECT subtotal.posting_id
        FROM ledger_subtotal AS subtotal
        WHERE subtotal.account_id = own.id AND subtotal.posting_id > coalesce(below.posting_id, 0) AND (
            SELECT transfer.created_at
            FROM ledger_posting AS posting JOIN ledger_transfer AS transfer ON transfer.id = posting.transfer_id
            WHERE posting.id >= subtotal.posting_id ORDER BY posting.id LIMIT 1) >= %(surely_after)s
        ORDER BY subtotal.posting_id LIMIT 1
    ) AS above ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(posting.amount_minor), 0) AS minor FROM ledger_posting AS posting
        WHERE posting.account_id = own.id AND posting.id > coalesce(below.posting_id, 0)
          AND posting.id <= coalesce(above.posting_id, %(all)s)
          AND (SELECT created_at FROM ledger_transfer WHERE id = posting.transfer_id) < %(begin)s
    ) AS near
    WHERE inside.account_id IS NOT NULL OR %(begin)s > (
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
LONGEST_TRANSACTION: Final = timedelta(days=1)  # far above what the database lets one idle
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
        "surely_before": begin - LONGEST_TRANSACTION,
        "surely_after": begin + LONGEST_TRANSACTION,
        "all": LAST_POSTING,
    }
