"""Writing the books. Only whole, balanced, final transfers get in; the database refuses anything else by itself."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

from django.db import connection, transaction

from quanshi.kernel.money import Money
from quanshi.ledger import rules
from quanshi.ledger.errors import AlreadyReversed, TransferConflict, TransferNotFound, Unbalanced
from quanshi.ledger.models import Account, Posting, Transfer
from quanshi.ledger.types import AccountKind, Leg, TransferKind


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
        Posting.objects.bulk_create(
            Posting(
                shop_id=shop_id,
                transfer_id=transfer.id,
                account_id=accounts[leg.account, leg.amount.currency],
                amount_minor=leg.amount.minor,
                currency=leg.amount.currency,
            )
            for leg in legs
        )
    transfer_id: UUID = transfer.id
    return transfer_id


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


def open_accounts(*, shop_id: UUID, currency: str) -> None:
    """Give a shop one account of every kind in `currency`. Idempotent."""
    _accounts(shop_id, {(kind, currency) for kind in AccountKind})


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


def _replayed(asked: Transfer, legs: Sequence[Leg]) -> UUID:
    known = Transfer.objects.filter(shop_id=asked.shop_id, key=asked.key).first()
    if known is None:
        raise AlreadyReversed(transfer_id=asked.reverses_id)
    is_same = (asked.kind, asked.subject_id, asked.reverses_id) == (known.kind, known.subject_id, known.reverses_id)
    if not is_same or not rules.same_legs(legs, _legs(known.id)):
        raise TransferConflict(key=asked.key)
    known_id: UUID = known.id
    return known_id


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
    rows = Account.objects.filter(shop_id=shop_id).values_list("kind", "currency", "id")
    return {(AccountKind(kind), currency): account_id for kind, currency, account_id in rows}


def _legs(transfer_id: UUID) -> tuple[Leg, ...]:
    rows = Posting.objects.filter(transfer_id=transfer_id).values_list("account__kind", "amount_minor", "currency")
    return tuple(Leg(account=AccountKind(kind), amount=Money(minor, currency)) for kind, minor, currency in rows)
