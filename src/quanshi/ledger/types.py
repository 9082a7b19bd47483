from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from quanshi.kernel.money import Money


class AccountKind(StrEnum):
    """What an account stands for. A debit is positive, a credit negative."""

    BUYER_DUE = "buyer_due"  # asset: buyers have ordered and not yet paid
    ORDER_ESCROW = "order_escrow"  # liability: value of orders not yet settled with the shop
    GATEWAY_CLEARING = "gateway_clearing"  # asset: money that lies at the payment gateway
    SHOP_PAYABLE = "shop_payable"  # liability: settled, owed to the shop
    REFUND_DUE = "refund_due"  # liability: refunds ordered and not yet confirmed by the gateway
    UNAPPLIED_RECEIPTS = "unapplied_receipts"  # liability: money for an order that could no longer take it
    PAYOUT_DUE = "payout_due"  # liability: pay-outs ordered and not yet confirmed by the gateway


class TransferKind(StrEnum):
    ORDER_PLACED = "order_placed"
    ORDER_PAID = "order_paid"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_SETTLED = "order_settled"
    REFUND_ORDERED = "refund_ordered"
    REFUND_SENT = "refund_sent"
    RECEIPT_UNAPPLIED = "receipt_unapplied"
    PAYOUT_ORDERED = "payout_ordered"
    PAYOUT_SENT = "payout_sent"
    PAYOUT_FAILED = "payout_failed"
    PAYOUT_TAKEN_BACK = "payout_taken_back"


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a transfer: debit positive, credit negative."""

    account: AccountKind
    amount: Money


@dataclass(frozen=True, slots=True)
class Draft:
    """A transfer to be booked, as `ledger.services.post` takes it."""

    shop_id: UUID
    kind: TransferKind
    subject_id: UUID
    key: str
    legs: tuple[Leg, ...]
    memo: str = ""
    reverses_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Reversal:
    """A transfer to be undone, as `ledger.services.reverse` takes it."""

    shop_id: UUID
    transfer_key: str
    kind: TransferKind
    key: str
    memo: str = ""


@dataclass(frozen=True, slots=True)
class StatementLine:
    posting_id: int
    transfer_id: UUID
    kind: TransferKind
    subject_id: UUID
    memo: str
    amount: Money  # debit positive
    balance: Money  # after this line
    at: datetime


@dataclass(frozen=True, slots=True)
class AccountBalance:
    account: AccountKind
    balance: Money  # debit positive
    debits: Money
    credits: Money


@dataclass(frozen=True, slots=True)
class Statement:
    """One page of an account, newest first; `next_cursor` is empty on the last."""

    account: AccountKind
    currency: str
    lines: tuple[StatementLine, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class TransferView:
    """One movement with all its legs; `reverses_id` names the transfer that it undoes."""

    id: UUID
    shop_id: UUID
    kind: TransferKind
    subject_id: UUID
    key: str
    legs: tuple[Leg, ...]
    memo: str
    reverses_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class BookedTransfer:
    """What one transfer has moved on one account, debit positive."""

    shop_id: UUID
    kind: TransferKind
    key: str
    moved: Money


@dataclass(frozen=True, slots=True)
class Sealing:
    """What one pass of the sealer did; `since` is what the next one starts from."""

    count: int
    seals: int
    since: str


@dataclass(frozen=True, slots=True)
class PeriodAccount:
    """One account over a period, debit positive: opening + debits - credits = closing, to the minor unit."""

    account: AccountKind
    opening: Money
    debits: Money
    credits: Money

    @property
    def closing(self) -> Money:
        return self.opening + self.debits - self.credits


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """One posting of a period with its account's balance after it, debit positive."""

    at: datetime
    kind: TransferKind
    subject_id: UUID
    memo: str
    account: AccountKind
    amount: Money
    balance: Money
