"""What a period did to each account of a shop. A transfer belongs to the period that its id was made in, for ever.

So the closing balance of one period is the opening balance of the next, whenever either is asked for.
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

ACCOUNTS_SQL: Final = """
    SELECT account.kind,
           coalesce(sum(posting.amount_minor) FILTER (WHERE posting.transfer_id < %(first)s), 0)::bigint,
           coalesce(sum(posting.amount_minor)
                    FILTER (WHERE posting.transfer_id >= %(first)s AND posting.amount_minor > 0), 0)::bigint,
           coalesce(-sum(posting.amount_minor)
                    FILTER (WHERE posting.transfer_id >= %(first)s AND posting.amount_minor < 0), 0)::bigint
    FROM ledger_account AS account
    JOIN ledger_posting AS posting ON posting.account_id = account.id AND posting.transfer_id < %(last)s
    WHERE account.shop_id = %(shop_id)s AND account.currency = %(currency)s
    GROUP BY account.kind
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
            cursor.execute(LINES_SQL, {**bounds, "after": after, "posting": posting, "rows": CHUNK})
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
    }
