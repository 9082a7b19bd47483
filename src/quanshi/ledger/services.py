"""Writing the books. Only whole, balanced, final transfers get in; the database refuses anything else by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from quanshi.kernel import ids, prepared
from quanshi.kernel.errors import InvariantBroken
from quanshi.kernel.money import Money
from quanshi.ledger import rules
from quanshi.ledger.errors import AlreadyReversed, BalanceTooLow, TransferConflict, TransferNotFound, Unbalanced
from quanshi.ledger.models import Account, Posting, SealMark, Transfer
from quanshi.ledger.types import AccountKind, Draft, Leg, Reversal, Sealing, TransferKind

SEAL_MOST: Final = 2000  # transfers of one seal
PASS_MOST: Final = 200_000  # transfers that one pass looks for, so that a long backlog does not fill the memory
TRANSFERS_SQL: Final = """
    INSERT INTO ledger_transfer (id, shop_id, kind, subject_id, key, memo, reverses_id)
    SELECT * FROM unnest(%(ids)s::uuid[], %(shops)s::uuid[], %(kinds)s::text[], %(subjects)s::uuid[], %(keys)s::text[],
        %(memos)s::text[], %(reversed)s::uuid[])
    ON CONFLICT DO NOTHING
    RETURNING id
"""
POSTINGS_SQL: Final = """
    INSERT INTO ledger_posting (shop_id, transfer_id, account_id, amount_minor, currency)
    SELECT * FROM unnest(%(shops)s::uuid[], %(transfers)s::uuid[], %(accounts)s::uuid[], %(amounts)s::bigint[],
        %(currencies)s::text[])
"""
ACCOUNTS_SQL: Final = "SELECT kind, currency, id FROM ledger_account WHERE shop_id = %(shop_id)s"
OLDEST_RUNNING_SQL: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"
# The upper bound spares the rows of a dump that came from another server, whose numbers may be ahead of this one's.
UNSEALED_SQL: Final = """
    SELECT transfer.shop_id, transfer.id FROM ledger_transfer AS transfer
    WHERE (%(since)s::text IS NULL OR (transfer.written_by >= %(since)s::text::xid8
                                       AND transfer.written_by < pg_snapshot_xmax(pg_current_snapshot())))
      AND NOT EXISTS (SELECT FROM ledger_sealed AS sealed
                      WHERE sealed.shop_id = transfer.shop_id AND sealed.transfer_id = transfer.id)
    ORDER BY transfer.shop_id, transfer.created_at, transfer.id
    LIMIT %(most)s
"""
SUBTOTAL_STEP: Final = 10_000  # postings of one stretch
SUBTOTAL_LEAST: Final = 500  # an account with fewer new ones is read as quickly without
# The locked row makes it one worker at a time.
SUBTOTAL_TAKE_SQL: Final = """
    WITH taken AS (
        SELECT done, done + %(step)s AS upto FROM ledger_subtotal_mark
        WHERE next >= done + %(step)s AND final_after::text::xid8 < pg_snapshot_xmin(pg_current_snapshot())
        FOR UPDATE SKIP LOCKED
    )
    UPDATE ledger_subtotal_mark AS mark SET done = taken.upto FROM taken RETURNING taken.done, taken.upto
"""
# A number ahead of this server's comes with a dump from another one.
SUBTOTAL_MARK_SQL: Final = """
    INSERT INTO ledger_subtotal_mark AS mark (id, done, next, final_after)
    SELECT 1, 0, newest.id, pg_current_xact_id()::text::bigint
    FROM (SELECT max(id) AS id FROM ledger_posting) AS newest
    WHERE newest.id >= %(step)s + coalesce((SELECT done FROM ledger_subtotal_mark), 0)
    ON CONFLICT (id) DO UPDATE SET next = excluded.next, final_after = excluded.final_after
    WHERE mark.next < mark.done + %(step)s OR mark.final_after > excluded.final_after
"""


def post(
    *,
    shop_id: UUID,
    kind: TransferKind,
    subject_id: UUID,
    key: str,
    legs: Sequence[Leg],
    memo: str = "",
    reverses_id: UUID | None = None,
) -> UUID:
    """Book one movement of money of `shop_id` about `subject_id`; its transfer id.

    Idempotent by (shop, key): a replay answers with the first transfer's id and writes nothing.
    Raises: Unbalanced for legs that are no transfer, TransferConflict when the key exists with other content,
    AlreadyReversed when another key has reversed `reverses_id`.
    """
    if broken := rules.imbalance(legs):
        raise Unbalanced(f"{kind} {key}: {broken}")
    transfer = Transfer(shop_id=shop_id, kind=kind, subject_id=subject_id, key=key, memo=memo, reverses_id=reverses_id)
    with transaction.atomic():
        if not _insert(transfer):
            return _replayed(transfer, legs)
        accounts = _accounts(shop_id, {(leg.account, leg.amount.currency) for leg in legs})
        _insert_postings((shop_id, transfer.id, accounts[leg.account, leg.amount.currency], leg.amount) for leg in legs)
    transfer_id: UUID = transfer.id
    return transfer_id


def take_from_balance(
    *,
    shop_id: UUID,
    kind: TransferKind,
    subject_id: UUID,
    key: str,
    source: AccountKind,
    target: AccountKind,
    amount: Money,
    memo: str = "",
) -> UUID:
    """Book `amount` from one liability to another, unless `source` holds less; the transfer's id.

    Whoever takes from an account comes this way and holds its row until the transaction ends, so two at once see each
    other. What is only put there waits for nobody. Idempotent by (shop, key) as `post`.
    Raises: BalanceTooLow, and as `post`.
    """
    with transaction.atomic():
        account = (
            Account.objects.select_for_update(no_key=True)
            .filter(shop_id=shop_id, kind=source, currency=amount.currency)
            .first()
        )
        if not Transfer.objects.filter(shop_id=shop_id, key=key).exists():
            booked = _booked(account)
            if -booked < amount.minor:
                raise BalanceTooLow(account=source, wanted=amount, balance=Money(-booked, amount.currency))
        return post(
            shop_id=shop_id,
            kind=kind,
            subject_id=subject_id,
            key=key,
            legs=[Leg(source, amount), Leg(target, -amount)],
            memo=memo,
        )


def reverse(*, transfer_key: str, shop_id: UUID, kind: TransferKind, key: str, memo: str = "") -> UUID:
    """Undo the transfer `transfer_key` by booking its opposite; the new transfer's id.

    Idempotent by (shop, key). A transfer is reversed at most once.
    Raises: TransferNotFound, AlreadyReversed, TransferConflict.
    """
    original = Transfer.objects.filter(shop_id=shop_id, key=transfer_key).first()
    if original is None:
        raise TransferNotFound(key=transfer_key)
    return post(
        shop_id=shop_id,
        kind=kind,
        subject_id=original.subject_id,
        key=key,
        legs=rules.reversed_legs(_legs(original.id)),
        memo=memo,
        reverses_id=original.id,
    )


def post_many(*, drafts: Sequence[Draft]) -> None:
    """Book many transfers of different keys in a handful of statements, all or none. Each is as `post` has it.

    Idempotent by (shop, key). Raises: as `post`.
    """
    for draft in drafts:
        if broken := rules.imbalance(draft.legs):
            raise Unbalanced(f"{draft.kind} {draft.key}: {broken}")
    with transaction.atomic():
        # keys sorted: two writers of the same keys in different order would deadlock
        wanted = {ids.new_id(): draft for draft in sorted(drafts, key=lambda draft: (draft.shop_id, draft.key))}
        fresh = _insert_many(wanted)
        for transfer_id, draft in wanted.items():
            if transfer_id not in fresh:
                post(**{name: getattr(draft, name) for name in Draft.__slots__})
        accounts = {
            shop_id: _accounts(shop_id, {(leg.account, leg.amount.currency) for leg in legs})
            for shop_id, legs in _legs_by_shop(wanted[transfer_id] for transfer_id in fresh).items()
        }
        _insert_postings(
            (draft.shop_id, transfer_id, accounts[draft.shop_id][leg.account, leg.amount.currency], leg.amount)
            for transfer_id, draft in wanted.items()
            if transfer_id in fresh
            for leg in draft.legs
        )


def reverse_many(*, reversals: Sequence[Reversal]) -> None:
    """Undo many transfers in a handful of statements, all or none. Each is as `reverse` has it.

    Idempotent by (shop, key). Raises: as `reverse`.
    """
    keys = [reversal.transfer_key for reversal in reversals]
    shop_ids = {reversal.shop_id for reversal in reversals}
    originals = {(row.shop_id, row.key): row for row in Transfer.objects.filter(shop_id__in=shop_ids, key__in=keys)}
    legs: dict[UUID, list[Leg]] = defaultdict(list)
    for transfer_id, kind, minor, currency in Posting.objects.filter(
        transfer_id__in=[row.id for row in originals.values()]
    ).values_list("transfer_id", "account__kind", "amount_minor", "currency"):
        legs[transfer_id].append(Leg(account=AccountKind(kind), amount=Money(minor, currency)))
    drafts = []
    for reversal in reversals:
        original = originals.get((reversal.shop_id, reversal.transfer_key))
        if original is None:
            raise TransferNotFound(key=reversal.transfer_key)
        drafts.append(
            Draft(
                shop_id=reversal.shop_id,
                kind=reversal.kind,
                subject_id=original.subject_id,
                key=reversal.key,
                legs=rules.reversed_legs(legs[original.id]),
                memo=reversal.memo,
                reverses_id=original.id,
            )
        )
    post_many(drafts=drafts)


def seal_transfers(*, since: str = "") -> Sealing:
    """Seal every whole transfer that is committed and has no seal yet, each book by itself and in its own transactions.

    `since` is what the call before answered with; without it the whole ledger is looked through. It is no more than a
    short cut: a transfer is sealed because it has no seal, never because of its number. Several sealers may run: a
    book that another one holds is left to it. Raises: InvariantBroken inside a transaction, which would hold the book.
    """
    if connection.in_atomic_block:
        raise InvariantBroken("sealing inside a transaction")
    with connection.cursor() as cursor:
        # asked before looking: whoever writes from now on has this number or a higher one
        cursor.execute(OLDEST_RUNNING_SQL)
        (oldest,) = cursor.fetchone()
        cursor.execute(UNSEALED_SQL, {"since": since or None, "most": PASS_MOST})
        waiting = cursor.fetchall()
    count = seals = 0
    is_whole = len(waiting) < PASS_MOST
    for shop_id, rows in groupby(waiting, key=itemgetter(0)):
        transfer_ids = [transfer_id for _, transfer_id in rows]
        for start in range(0, len(transfer_ids), SEAL_MOST):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT ledger_seal_book(%s, %s::uuid[])", [shop_id, transfer_ids[start : start + SEAL_MOST]]
                )
                (sealed,) = cursor.fetchone()
            is_whole = is_whole and sealed is not None
            count += sealed or 0
            seals += bool(sealed)
    if is_whole and (count or not since):  # a quiet ledger is not written to
        mark = SealMark(since=int(oldest))
        SealMark.objects.bulk_create([mark], update_conflicts=True, unique_fields=["id"], update_fields=["since"])
    return Sealing(count=count, seals=seals, since=oldest if is_whole else since)


def add_subtotals(*, now: datetime | None = None, step: int = SUBTOTAL_STEP, least: int = SUBTOTAL_LEAST) -> int:  # noqa: ARG001 - a sweep's
    """Sum up what is new in the books, `step` postings at a time, for accounts with `least` of them; how many sums.

    Numbers are given out before they are committed, so the newest posting is only noted, and counts with all below it
    when every transaction of that moment has ended: in a later pass. Idempotent. Emits nothing.
    """
    count = 0
    while (added := _add_subtotals(step, least)) is not None:
        count += added
    with transaction.atomic(), connection.cursor() as cursor:
        # the first writing of its transaction, so that its number is above all that have numbered a posting yet
        cursor.execute(SUBTOTAL_MARK_SQL, {"step": step})
    return count


def _add_subtotals(step: int, least: int) -> int | None:
    """One stretch's; nothing when no whole stretch is final, or another worker is at it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SUBTOTAL_TAKE_SQL, {"step": step})
        stretch = cursor.fetchone()
        if stretch is None:
            return None
        cursor.execute("SELECT ledger_add_subtotals(%s, %s, %s)", [*stretch, least])
        return int(cursor.fetchone()[0])


def _insert(transfer: Transfer) -> bool:
    """False when the key, or a reversal of the same transfer, is already there."""
    with connection.cursor() as cursor:
        # waits for a concurrent writer of the same key, so that exactly one of them writes the postings
        cursor.execute(
            "INSERT INTO ledger_transfer (id, shop_id, kind, subject_id, key, memo, reverses_id)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [
                transfer.id,
                transfer.shop_id,
                transfer.kind,
                transfer.subject_id,
                transfer.key,
                transfer.memo,
                transfer.reverses_id,
            ],
        )
        return bool(cursor.rowcount)


def _insert_many(wanted: Mapping[UUID, Draft]) -> AbstractSet[UUID]:
    """The ids of those whose key, or reversal, was not there yet."""
    if not wanted:
        return set()
    drafts = wanted.values()
    values = {
        "ids": list(wanted),
        "shops": [draft.shop_id for draft in drafts],
        "kinds": [draft.kind.value for draft in drafts],
        "subjects": [draft.subject_id for draft in drafts],
        "keys": [draft.key for draft in drafts],
        "memos": [draft.memo for draft in drafts],
        "reversed": [draft.reverses_id for draft in drafts],
    }
    return {transfer_id for (transfer_id,) in prepared.fetch(sql=TRANSFERS_SQL, values=values)}


def _insert_postings(postings: Iterable[tuple[UUID, UUID, UUID, Money]]) -> None:
    """Shop, transfer, account and amount of each. One statement for all: the zero-sum trigger looks at whole ones."""
    written = list(postings)
    if not written:
        return
    shops, transfers, accounts, amounts = zip(*written, strict=True)
    values = {
        "shops": list(shops),
        "transfers": list(transfers),
        "accounts": list(accounts),
        "amounts": [amount.minor for amount in amounts],
        "currencies": [amount.currency for amount in amounts],
    }
    prepared.fetch(sql=POSTINGS_SQL, values=values)


def _legs_by_shop(drafts: Iterable[Draft]) -> dict[UUID, list[Leg]]:
    found: dict[UUID, list[Leg]] = defaultdict(list)
    for draft in drafts:
        found[draft.shop_id].extend(draft.legs)
    return found


def _replayed(asked: Transfer, legs: Sequence[Leg]) -> UUID:
    known = Transfer.objects.filter(shop_id=asked.shop_id, key=asked.key).first()
    if known is None:
        raise AlreadyReversed(transfer_id=asked.reverses_id)
    is_same = (asked.kind, asked.subject_id, asked.reverses_id) == (known.kind, known.subject_id, known.reverses_id)
    if not is_same or not rules.same_legs(legs, _legs(known.id)):
        raise TransferConflict(key=asked.key)
    known_id: UUID = known.id
    return known_id


def _booked(account: Account | None) -> int:
    if account is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT debits_minor - credits_minor FROM ledger_totals(%s, %s)", [account.id, 2**63 - 1])
        return int(cursor.fetchone()[0])


def _accounts(shop_id: UUID, wanted: AbstractSet[tuple[AccountKind, str]]) -> dict[tuple[AccountKind, str], UUID]:
    found = _known_accounts(shop_id)
    # sorted: two writers opening the same accounts in different order would deadlock
    missing = sorted(wanted - found.keys())
    if missing:
        Account.objects.bulk_create(
            (Account(shop_id=shop_id, kind=kind, currency=currency) for kind, currency in missing),
            ignore_conflicts=True,
        )
        found = _known_accounts(shop_id)
    return found


def _known_accounts(shop_id: UUID) -> dict[tuple[AccountKind, str], UUID]:
    rows = prepared.fetch(sql=ACCOUNTS_SQL, values={"shop_id": shop_id})
    return {(AccountKind(kind), currency): account_id for kind, currency, account_id in rows}


def _legs(transfer_id: UUID) -> tuple[Leg, ...]:
    rows = Posting.objects.filter(transfer_id=transfer_id).values_list("account__kind", "amount_minor", "currency")
    return tuple(Leg(account=AccountKind(kind), amount=Money(minor, currency)) for kind, minor, currency in rows)
