"""Reading the books: every figure is computed from the postings, of which closed stretches have been summed before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from quanshi.kernel import ids
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.ledger import periods
from quanshi.ledger.models import Posting, Transfer
from quanshi.ledger.types import (
    AccountBalance,
    AccountKind,
    BookedTransfer,
    Leg,
    PeriodAccount,
    PeriodLine,
    Statement,
    StatementLine,
    TransferKind,
    TransferView,
)

BALANCES_SQL: Final = """
    SELECT account.kind, account.currency, books.debits_minor, books.credits_minor
    FROM ledger_account account CROSS JOIN LATERAL ledger_totals(account.id, %(all)s) AS books
    WHERE account.shop_id = %(shop_id)s
"""
# The account's id comes first: a join would let PostgreSQL walk back through everybody's postings to find a page of
# this shop's. The window runs over one page only; what lies below it comes from a sub-total and an index-only sum.
STATEMENT_SQL: Final = """
    WITH account AS (
        SELECT id FROM ledger_account WHERE shop_id = %(shop_id)s AND kind = %(kind)s AND currency = %(currency)s
    ), page AS (
        SELECT posting.id, posting.transfer_id, posting.amount_minor
        FROM ledger_posting posting
        WHERE posting.account_id = (SELECT id FROM account)
          AND posting.shop_id = %(shop_id)s AND posting.id < %(before)s
        ORDER BY posting.id DESC
        LIMIT %(rows)s
    ), opening AS (
        SELECT (totals.debits_minor - totals.credits_minor)::bigint AS amount_minor
        FROM account CROSS JOIN LATERAL ledger_totals(account.id, (SELECT min(id) FROM page)) AS totals
    )
    SELECT page.id, transfer.id, transfer.kind, transfer.subject_id, transfer.memo, page.amount_minor,
           (opening.amount_minor + sum(page.amount_minor) OVER (ORDER BY page.id))::bigint AS balance_minor,
           transfer.created_at
    FROM page
    CROSS JOIN opening
    JOIN ledger_transfer transfer ON transfer.id = page.transfer_id AND transfer.shop_id = %(shop_id)s
    ORDER BY page.id DESC
"""
# Walks the transfers from the mark on by their index and ends at the first without a seal. The upper bound is that of
# the sealer: the rows of a dump from another server may have numbers that are ahead of this one's.
OLDEST_UNSEALED_SQL: Final = """
    SELECT transfer.created_at FROM ledger_transfer AS transfer
    WHERE transfer.written_by >= coalesce((SELECT since FROM ledger_seal_mark WHERE id = 1), 0)::text::xid8
      AND transfer.written_by < pg_snapshot_xmax(pg_current_snapshot())
      AND NOT EXISTS (SELECT FROM ledger_sealed AS sealed
                      WHERE sealed.shop_id = transfer.shop_id AND sealed.transfer_id = transfer.id)
    ORDER BY transfer.written_by
    LIMIT 1
"""
MOVED_SQL: Final = """
    SELECT transfer.shop_id, transfer.key, posting.currency, sum(posting.amount_minor)::bigint
    FROM unnest(%(shop_ids)s::uuid[], %(keys)s::text[]) AS wanted (shop_id, key)
    JOIN ledger_transfer transfer ON transfer.shop_id = wanted.shop_id AND transfer.key = wanted.key
    JOIN ledger_posting posting ON posting.transfer_id = transfer.id
    JOIN ledger_account account ON account.id = posting.account_id AND account.kind = %(account)s
    GROUP BY transfer.shop_id, transfer.key, posting.currency
"""
# by the id, which carries the moment: the time of booking has no index
BETWEEN_SQL: Final = """
    SELECT transfer.shop_id, transfer.kind, transfer.key, posting.currency, sum(posting.amount_minor)::bigint
    FROM ledger_transfer transfer
    JOIN ledger_posting posting ON posting.transfer_id = transfer.id
    JOIN ledger_account account ON account.id = posting.account_id AND account.kind = %(account)s
    WHERE transfer.id >= %(first)s AND transfer.id < %(last)s AND transfer.kind = ANY(%(kinds)s::text[])
    GROUP BY transfer.shop_id, transfer.kind, transfer.key, posting.currency
"""
FILE_PAGE: Final = 2000
LAST_ID: Final = 2**63 - 1
LONGEST: Final = len(str(LAST_ID))  # Python refuses to read numbers of thousands of digits


def period_accounts(*, shop_id: UUID, currency: str, begin: datetime, end: datetime) -> tuple[PeriodAccount, ...]:
    """What each account held at `begin`, what came and went, and what it holds before `end`. One query."""
    return periods.accounts_of(shop_id=shop_id, currency=currency, begin=begin, end=end)


def period_lines(
    *, shop_id: UUID, currency: str, begin: datetime, end: datetime, opened: Iterable[PeriodAccount]
) -> Iterator[PeriodLine]:
    """Every posting of the period, oldest first, with its account's balance after it, counted on from `opened`.

    Read as it is consumed, a query a chunk. `opened` is what `period_accounts` said of the same period.
    """
    return periods.lines_of(shop_id=shop_id, currency=currency, begin=begin, end=end, opened=opened)


def balances(*, shop_id: UUID) -> tuple[AccountBalance, ...]:
    """Every account of the shop with its balance, debit positive, in the order of AccountKind; one query."""
    with connection.cursor() as cursor:
        cursor.execute(BALANCES_SQL, {"shop_id": shop_id, "all": LAST_ID})
        rows = cursor.fetchall()
    order = list(AccountKind)
    return tuple(
        AccountBalance(
            account=AccountKind(kind),
            balance=Money(debits - credits_, currency),
            debits=Money(debits, currency),
            credits=Money(credits_, currency),
        )
        for kind, currency, debits, credits_ in sorted(rows, key=lambda row: (row[1], order.index(AccountKind(row[0]))))
    )


def seal_lag_seconds(*, now: datetime) -> float:
    """How long the oldest transfer that waits for its seal has waited at `now`; 0 when none waits. One query."""
    with connection.cursor() as cursor:
        cursor.execute(OLDEST_UNSEALED_SQL)
        row = cursor.fetchone()
    return max((now - row[0]).total_seconds(), 0.0) if row else 0.0


def statement(*, shop_id: UUID, account: AccountKind, currency: str, cursor: str = "", limit: int = 50) -> Statement:
    """One account's lines, newest first, each with the balance after it; one query.

    `cursor` is the `next_cursor` of the page before; a page never changes while newer lines arrive.
    Raises: InvalidInput for a cursor that no page has given.
    """
    if cursor and not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= LONGEST and int(cursor) <= LAST_ID):
        raise InvalidInput(field="cursor", value=cursor, reason="not a cursor of a statement")
    with connection.cursor() as sql:
        sql.execute(
            STATEMENT_SQL,
            {
                "shop_id": shop_id,
                "kind": account,
                "currency": currency,
                "before": int(cursor or LAST_ID),
                "rows": limit + 1,
            },
        )
        rows = sql.fetchall()
    lines = tuple(
        StatementLine(
            posting_id=posting_id,
            transfer_id=transfer_id,
            kind=TransferKind(kind),
            subject_id=subject_id,
            memo=memo,
            amount=Money(amount_minor, currency),
            balance=Money(balance_minor, currency),
            at=at,
        )
        for posting_id, transfer_id, kind, subject_id, memo, amount_minor, balance_minor, at in rows[:limit]
    )
    return Statement(
        account=account,
        currency=currency,
        lines=lines,
        next_cursor=str(lines[-1].posting_id) if len(rows) > limit else "",
    )


def statement_pages(*, shop_id: UUID, account: AccountKind, currency: str) -> Iterator[Statement]:
    """Every line of one account, newest first, for a file; read as it is consumed, one query a page."""
    cursor = ""
    while True:
        page = statement(shop_id=shop_id, account=account, currency=currency, cursor=cursor, limit=FILE_PAGE)
        yield page
        if not (cursor := page.next_cursor):
            break


def booked(*, account: AccountKind, wanted: Collection[tuple[UUID, str]]) -> dict[tuple[UUID, str], Money]:
    """What each transfer, named by shop and key, has moved on `account`, if it is there. One query."""
    with connection.cursor() as sql:
        sql.execute(
            MOVED_SQL,
            {
                "shop_ids": [shop_id for shop_id, _key in wanted],
                "keys": [key for _shop_id, key in wanted],
                "account": account,
            },
        )
        return {(shop_id, key): Money(minor, currency) for shop_id, key, currency, minor in sql.fetchall()}


def booked_between(
    *, account: AccountKind, kinds: Collection[TransferKind], begin: datetime, end: datetime
) -> tuple[BookedTransfer, ...]:
    """All transfers of `kinds` that moved something on `account` from `begin` until before `end`. One query."""
    with connection.cursor() as sql:
        sql.execute(
            BETWEEN_SQL,
            {
                "account": account,
                "kinds": [kind.value for kind in kinds],
                "first": ids.first_id_at(begin),
                "last": ids.first_id_at(end),
            },
        )
        rows = sql.fetchall()
    return tuple(
        BookedTransfer(shop_id=shop_id, kind=TransferKind(kind), key=key, moved=Money(minor, currency))
        for shop_id, kind, key, currency, minor in rows
    )


def story(*, subject_id: UUID, shop_id: UUID | None = None) -> tuple[TransferView, ...]:
    """Every transfer about one subject (an order), oldest first, with all legs; one query.

    `shop_id` narrows it to one shop's books.
    """
    postings = Posting.objects.filter(transfer__subject_id=subject_id).select_related("transfer", "account")
    if shop_id is not None:
        postings = postings.filter(transfer__shop_id=shop_id)
    found: dict[UUID, Transfer] = {}
    legs: dict[UUID, list[Leg]] = defaultdict(list)
    for posting in postings.order_by("transfer__created_at", "transfer_id", "id"):
        found[posting.transfer_id] = posting.transfer
        amount = Money(posting.amount_minor, posting.currency)
        legs[posting.transfer_id].append(Leg(account=AccountKind(posting.account.kind), amount=amount))
    return tuple(
        TransferView(
            id=transfer.id,
            shop_id=transfer.shop_id,
            kind=TransferKind(transfer.kind),
            subject_id=transfer.subject_id,
            key=transfer.key,
            legs=tuple(legs[transfer.id]),
            memo=transfer.memo,
            reverses_id=transfer.reverses_id,
            at=transfer.created_at,
        )
        for transfer in found.values()
    )
