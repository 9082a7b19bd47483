"""What the books say about one order, and booking as the orders' handlers do where a test has no order."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from quanshi.kernel import clock, ids
from quanshi.kernel.money import Money
from quanshi.ledger.models import Account, Posting, Transfer
from quanshi.ledger.types import AccountKind, TransferKind

OTHER_SIDE = {
    TransferKind.ORDER_PAID: AccountKind.BUYER_DUE,
    TransferKind.RECEIPT_UNAPPLIED: AccountKind.UNAPPLIED_RECEIPTS,
    TransferKind.REFUND_SENT: AccountKind.REFUND_DUE,
}


def balances(subject_id: UUID) -> dict[str, int]:
    """Minor units by account kind, debit positive, of all transfers about one order; accounts at zero are left out."""
    rows = (
        Posting.objects.filter(transfer__subject_id=subject_id)
        .values_list("account__kind")
        .annotate(minor=Sum("amount_minor"))
    )
    return {kind: minor for kind, minor in rows if minor}


def book_many(entries: Iterable[tuple[TransferKind, UUID, UUID, Money]], *, at: datetime | None = None) -> None:
    """Book each (kind, attempt or refund, shop, amount) as of `at`, at the gateway and on the other side."""
    first, transfers, postings = ids.first_id_at(at or clock.now()).int, [], []
    accounts: dict[tuple[UUID, AccountKind, str], Account] = {}
    for kind, subject_id, shop_id, amount in entries:
        transfer = Transfer(
            id=UUID(int=first + secrets.randbits(60)),
            shop_id=shop_id,
            kind=kind,
            subject_id=subject_id,
            key=f"{kind}:{subject_id}",
        )
        transfers.append(transfer)
        moved = -amount if kind is TransferKind.REFUND_SENT else amount
        for account_kind, leg in ((AccountKind.GATEWAY_CLEARING, moved), (OTHER_SIDE[kind], -moved)):
            at_account = (shop_id, account_kind, leg.currency)
            if at_account not in accounts:
                accounts[at_account], _ = Account.objects.get_or_create(
                    shop_id=shop_id, kind=account_kind, currency=leg.currency
                )
            postings.append(
                Posting(
                    shop_id=shop_id,
                    transfer_id=transfer.id,
                    account_id=accounts[at_account].id,
                    amount_minor=leg.minor,
                    currency=leg.currency,
                )
            )
    Transfer.objects.bulk_create(transfers)
    Posting.objects.bulk_create(postings)


def book_payment(
    attempt_id: UUID, *, shop_id: UUID, amount: Money, kind: TransferKind = TransferKind.ORDER_PAID
) -> None:
    book_many([(kind, attempt_id, shop_id, amount)])


def book_refund(refund_id: UUID, *, shop_id: UUID, amount: Money) -> None:
    book_many([(TransferKind.REFUND_SENT, refund_id, shop_id, amount)])
