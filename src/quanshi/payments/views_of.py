"""Rows of this room as the values that leave it."""

from __future__ import annotations

from uuid import UUID

from quanshi.kernel.money import Money
from quanshi.payments.models import Attempt, AttemptPart, Payout, Refund
from quanshi.payments.models import BillDifference as DifferenceRow
from quanshi.payments.types import (
    AttemptState,
    AttemptView,
    BillDifference,
    DifferenceKind,
    DifferenceNote,
    NotificationKind,
    PaymentPart,
    PayoutKind,
    PayoutReceiver,
    PayoutState,
    PayoutView,
    RefundState,
    RefundTarget,
    RefundView,
)


def attempt(row: Attempt) -> AttemptView:
    """Reads the parts of `row`, which a caller with many rows has prefetched."""
    parts = sorted((part(each, currency=row.currency) for each in row.parts.all()), key=lambda each: each.payable_id)
    return AttemptView(
        id=row.id,
        parts=tuple(parts),
        amount=Money(row.amount_minor, row.currency),
        gateway=row.gateway,
        state=AttemptState(row.state),
        gateway_reference=row.gateway_reference,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def part(row: AttemptPart, *, currency: str) -> PaymentPart:
    return PaymentPart(payable_id=row.payable_id, shop_id=row.shop_id, amount=Money(row.amount_minor, currency))


def refund(row: Refund) -> RefundView:
    return RefundView(
        id=row.id,
        payable_id=row.payable_id,
        attempt_id=row.attempt_id,
        cause_id=row.cause_id,
        amount=Money(row.amount_minor, row.currency),
        state=RefundState(row.state),
        reason=row.reason,
        created_at=row.created_at,
        redirected_to=RefundTarget(row.redirected_to) if row.redirected_to else None,
    )


def payout(row: Payout) -> PayoutView:
    return PayoutView(
        id=row.id,
        shop_id=row.shop_id,
        account=row.account,
        kind=PayoutKind(row.kind),
        attempt_id=row.attempt_id,
        split_id=row.split_id,
        receiver=PayoutReceiver(account=row.receiver, name=row.receiver_name),
        amount=Money(row.amount_minor, row.currency),
        key=row.key,
        memo=row.memo,
        state=PayoutState(row.state),
        gateway_reference=row.gateway_reference,
        reason=row.reason,
        confirmation=row.confirmation,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )


def difference(row: DifferenceRow, *, payable_id: UUID | None) -> BillDifference:
    """Reads the notes of `row`, which a caller with many rows has prefetched."""

    def money(minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, row.currency)

    return BillDifference(
        id=row.id,
        account=row.account,
        day=row.day,
        kind=DifferenceKind(row.kind),
        about=NotificationKind(row.about),
        shop_id=row.shop_id,
        subject_id=row.subject_id,
        payable_id=payable_id,
        gateway_reference=row.gateway_reference,
        ours=money(row.ours_minor),
        theirs=money(row.theirs_minor),
        booked=money(row.booked_minor),
        found_at=row.found_at,
        notes=tuple(
            DifferenceNote(by_id=note.by_id, text=note.text, at=note.created_at)
            for note in sorted(row.notes.all(), key=lambda each: each.id)
        ),
    )
