"""Paying shops what they have earned: ordered once, sent until the gateway's records have it, never sent twice.

The money leaves `shop_payable` when it is ordered, so that no second order finds it there. It lies in `payout_due`
until the gateway has answered, and goes back when the answer is no.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from quanshi.kernel import clock, jobs
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.ledger import services as ledger
from quanshi.ledger.types import AccountKind, Leg, TransferKind
from quanshi.payments import gateways, rules, views_of
from quanshi.payments.errors import (
    AttemptNotFound,
    AttemptNotPaid,
    GatewayNotFound,
    GatewayUnreachable,
    PayoutExceedsSource,
    PayoutKeyReused,
    PayoutNotFound,
)
from quanshi.payments.models import Attempt, AttemptPart, Payout, Refund
from quanshi.payments.types import (
    AttemptState,
    GatewayAnswer,
    Outcome,
    PayoutKind,
    PayoutOrder,
    PayoutReceiver,
    PayoutState,
    PayoutView,
    RefundState,
)

SENT_AT_ONCE: Final = 100
SEND_TASK: Final = "quanshi.payments.tasks.send_payout"
MEMO_LENGTH: Final = 32  # what every provider takes

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Claim:
    order: PayoutOrder
    account: str
    is_again: bool  # it may have reached the gateway before


def request_payout(
    *,
    shop_id: UUID,
    account: str,
    receiver: PayoutReceiver,
    amount: Money,
    key: str,
    memo: str = "",
    attempt_id: UUID | None = None,
) -> PayoutView:
    """Order `amount` of what the shop has earned to `receiver`, out of our account at a provider.

    With `attempt_id` it is split from that payment, whose part of this shop bounds it; else it is a transfer. The
    sending happens in a task after the commit. Idempotent by (shop, key). Emits nothing.
    Raises: BalanceTooLow, PayoutNotOffered, PayoutExceedsSource, PayoutKeyReused, AttemptNotFound, AttemptNotPaid,
    MoneyNotTaken, GatewayNotFound, InvalidInput.
    """
    kind = PayoutKind.TRANSFER if attempt_id is None else PayoutKind.SPLIT
    wanted = Payout(
        shop_id=shop_id,
        account=account,
        kind=kind,
        attempt_id=attempt_id,
        receiver=receiver.account,
        receiver_name=receiver.name,
        key=key,
        amount_minor=amount.minor,
        currency=amount.currency,
        memo=memo[:MEMO_LENGTH],
    )
    _check(wanted)
    with transaction.atomic():
        payout, is_new = _recorded(wanted)
        if is_new:
            if attempt_id is not None:
                _check_split(payout, attempt_id=attempt_id)
            ledger.take_from_balance(
                shop_id=shop_id,
                kind=TransferKind.PAYOUT_ORDERED,
                subject_id=payout.id,
                key=f"payout_ordered:{payout.id}",
                source=AccountKind.SHOP_PAYABLE,
                target=AccountKind.PAYOUT_DUE,
                amount=amount,
                memo=payout.memo,
            )
            jobs.defer(SEND_TASK, payout_id=str(payout.id))
    return views_of.payout(payout)


def take_back_split(*, payout_id: UUID, amount: Money, key: str, memo: str = "") -> PayoutView:
    """Order some of a split that has arrived back from its receiver; it is the shop's again once the gateway has it.

    Sent and idempotent as `request_payout`. What is taken back of a split never exceeds it. Emits nothing.
    Raises: PayoutNotFound for what is no split that has arrived, PayoutExceedsSource, PayoutKeyReused, GatewayNotFound,
    InvalidInput.
    """
    split = Payout.objects.filter(id=payout_id, kind=PayoutKind.SPLIT, state=PayoutState.SUCCEEDED).first()
    if split is None:
        raise PayoutNotFound(payout_id=payout_id)
    wanted = Payout(
        shop_id=split.shop_id,
        account=split.account,
        kind=PayoutKind.TAKE_BACK,
        attempt_id=split.attempt_id,
        split_id=split.id,
        receiver=split.receiver,
        receiver_name=split.receiver_name,
        key=key,
        amount_minor=amount.minor,
        currency=amount.currency,
        memo=memo[:MEMO_LENGTH],
    )
    _check(wanted)
    with transaction.atomic():
        Payout.objects.select_for_update().get(id=split.id)  # the sum below stays true until the commit
        payout, is_new = _recorded(wanted)
        if is_new:
            others = Payout.objects.filter(split_id=split.id).exclude(id=payout.id)
            left = Money(split.amount_minor - _promised(others), split.currency)
            if left < amount:
                raise PayoutExceedsSource(wanted=amount, left=left)
            jobs.defer(SEND_TASK, payout_id=str(payout.id))
    return views_of.payout(payout)


def release_rest(*, attempt_id: UUID) -> None:
    """Have the gateway let go what it holds back of a payment for splits that nobody will order any more.

    Moves no money between anybody, so nothing is booked. Idempotent by attempt. Holds no transaction.
    Raises: AttemptNotFound, AttemptNotPaid, GatewayNotFound, GatewayUnreachable, GatewayRefused.
    """
    attempt = Attempt.objects.filter(id=attempt_id).first()
    if attempt is None:
        raise AttemptNotFound(attempt_id=attempt_id)
    if attempt.state != AttemptState.SUCCEEDED:
        raise AttemptNotPaid(attempt_id=attempt_id, state=attempt.state)
    gateway = gateways.splitting(gateways.account_of(attempt.gateway))
    gateway.release(attempt_id=attempt.id, paid_reference=attempt.gateway_reference)


def send_payout(*, payout_id: UUID) -> None:
    """Send one pay-out if it waits to be sent; does nothing while somebody else is at it or once it is answered."""
    now = clock.now()
    is_waiting = Q(state=PayoutState.REQUESTED) | Q(state=PayoutState.SENDING, next_try_at__lte=now)
    for claim in _claim(Q(id=payout_id) & is_waiting, now):
        _send(claim)


def send_due_payouts(*, now: datetime | None = None) -> int:
    """Send, or ask about, every pay-out whose time has come; how many were taken up. Safe in several workers."""
    now = now or clock.now()
    claims = _claim(Q(state__in=[PayoutState.REQUESTED, PayoutState.SENDING], next_try_at__lte=now), now)
    silent: set[str] = set()  # a gateway that is down gets one time-out a round
    for claim in claims:
        if claim.account not in silent and not _send(claim):
            silent.add(claim.account)
    return len(claims)


def apply_answer(*, payout_id: UUID, answer: GatewayAnswer) -> PayoutState:
    """Let the gateway's word change the pay-out and the books if the rules say so; the state afterwards. Idempotent.

    Raises: PayoutNotFound.
    """
    now = clock.now()
    with transaction.atomic():
        payout = Payout.objects.select_for_update().filter(id=payout_id).first()
        if payout is None:
            raise PayoutNotFound(payout_id=payout_id)
        before, asked = PayoutState(payout.state), Money(payout.amount_minor, payout.currency)
        after = rules.payout_state_after(state=before, asked=asked, answer=answer)
        if answer.outcome is Outcome.SUCCEEDED and (before is PayoutState.FAILED or answer.amount != asked):
            logger.error("pay-out %s of %s is %s: the gateway reports %s", payout_id, asked, after, answer.amount)
        payout.gateway_reference = answer.gateway_reference or payout.gateway_reference
        payout.confirmation = answer.confirmation or payout.confirmation
        payout.reason = answer.reason[:200]
        if after is not before:
            payout.state = after
            payout.ended_at = now
            payout.next_try_at = None
            _book_end(payout, after, asked)
        payout.save(update_fields=["state", "gateway_reference", "confirmation", "reason", "ended_at", "next_try_at"])
    return after


def ask_soon(*, payout_id: UUID, gateway: str) -> None:
    """Have the account of `gateway` asked about a pay-out on its way at the next sweep.

    Raises: PayoutNotFound, also for a pay-out from another account.
    """
    found = Payout.objects.filter(id=payout_id, account=gateways.account_of(gateway))
    if not found.exists():
        raise PayoutNotFound(payout_id=payout_id)
    found.filter(state=PayoutState.SENDING).update(next_try_at=clock.now())


def _check(wanted: Payout) -> None:
    """Raises what can be known without a look at other rows."""
    if wanted.amount_minor <= 0 or not wanted.receiver:
        field, value = ("receiver", wanted.receiver) if wanted.amount_minor > 0 else ("amount", wanted.amount_minor)
        raise InvalidInput(field=field, value=str(value), reason="a pay-out needs a receiver and a positive amount")
    gateway = gateways.paying_from(wanted.account)
    if (refusal := gateway.payout_refusal(_order(wanted))) is not None:
        raise refusal


def _recorded(wanted: Payout) -> tuple[Payout, bool]:
    """The row of the key, and whether it is this one. A second caller of one key waits here for the first."""
    names = [field.attname for field in Payout._meta.concrete_fields]  # noqa: SLF001 - Django's documented model API
    content = {name: getattr(wanted, name) for name in names if name not in {"shop_id", "key", "created_at"}}
    content["next_try_at"] = rules.next_refund_try_at(now=clock.now(), try_count=0)
    known, is_new = Payout.objects.get_or_create(shop_id=wanted.shop_id, key=wanted.key, defaults=content)
    facts = ("account", "kind", "attempt_id", "split_id", "receiver", "receiver_name", "amount_minor", "currency")
    if any(getattr(known, fact) != getattr(wanted, fact) for fact in facts):
        raise PayoutKeyReused(key=wanted.key)
    return known, is_new


def _check_split(payout: Payout, *, attempt_id: UUID) -> None:
    """The part is held until the commit, so that what is refunded and split of it cannot pass it by."""
    locked = AttemptPart.objects.select_for_update(of=("self",)).select_related("attempt")
    part = locked.filter(attempt_id=attempt_id, shop_id=payout.shop_id).first()
    if part is None or gateways.account_of(part.attempt.gateway) != payout.account:
        raise AttemptNotFound(attempt_id=attempt_id)
    if part.attempt.state != AttemptState.SUCCEEDED:
        raise AttemptNotPaid(attempt_id=part.attempt_id, state=part.attempt.state)
    refunds = Refund.objects.filter(attempt_id=part.attempt_id, payable_id=part.payable_id)
    refunded = refunds.exclude(state=RefundState.FAILED).aggregate(minor=Sum("amount_minor", default=0))["minor"]
    splits = Payout.objects.filter(attempt_id=part.attempt_id, shop_id=part.shop_id).exclude(id=payout.id)
    left_minor = part.amount_minor - refunded - _promised(splits.filter(kind=PayoutKind.SPLIT))
    if part.attempt.currency != payout.currency or left_minor < payout.amount_minor:
        wanted = Money(payout.amount_minor, payout.currency)
        raise PayoutExceedsSource(wanted=wanted, left=Money(left_minor, part.attempt.currency))


def _promised(payouts: QuerySet[Payout]) -> int:
    total: int = payouts.exclude(state=PayoutState.FAILED).aggregate(minor=Sum("amount_minor", default=0))["minor"]
    return total


def _claim(wanted: Q, now: datetime) -> list[_Claim]:
    """Mark what is `wanted` as sending and commit, before any call: a crash leaves a pay-out that is asked about."""
    with transaction.atomic():
        rows = list(
            Payout.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(wanted)
            .select_related("attempt")
            .order_by("next_try_at")[:SENT_AT_ONCE]
        )
        claims = [
            _Claim(
                order=_order(row, row.attempt.gateway_reference if row.attempt is not None else ""),
                account=row.account,
                is_again=row.state == PayoutState.SENDING,
            )
            for row in rows
        ]
        for row in rows:
            row.state = PayoutState.SENDING
            row.next_try_at = rules.next_refund_try_at(now=now, try_count=row.try_count)
            row.try_count += 1
        Payout.objects.bulk_update(rows, ["state", "next_try_at", "try_count"])
    return claims


def _order(row: Payout, paid_reference: str = "") -> PayoutOrder:
    return PayoutOrder(
        payout_id=row.id,
        kind=PayoutKind(row.kind),
        receiver=PayoutReceiver(account=row.receiver, name=row.receiver_name),
        amount=Money(row.amount_minor, row.currency),
        memo=row.memo,
        paid_reference=paid_reference,
        split_id=row.split_id,
        confirmation=row.confirmation,
        notify_url=gateways.notify_url(gateways.CHANNELS[row.account][0]),
    )


def _send(claim: _Claim) -> bool:
    """Whether the gateway could be reached. Without an answer the pay-out stays sending and is asked about later."""
    order = claim.order
    try:
        gateway = gateways.paying_from(claim.account)
        answer = gateway.query_payout(order) if claim.is_again else None
        if answer is None or answer.outcome is Outcome.UNKNOWN:
            told = gateway.pay_out(order)
            asked = gateway.query_payout(replace(order, confirmation=told.confirmation))
            # a refusal counts when the records know nothing of it either; anything else is for them to say
            answer = told if asked.outcome is Outcome.UNKNOWN else asked
    except (GatewayUnreachable, GatewayNotFound) as error:
        logger.warning("pay-out %s stays unknown: %s", order.payout_id, error)
        return False
    apply_answer(payout_id=order.payout_id, answer=answer)
    return True


def _book_end(payout: Payout, state: PayoutState, amount: Money) -> None:
    is_back = payout.kind == PayoutKind.TAKE_BACK
    if state is PayoutState.FAILED and is_back:
        return  # nothing was booked when it was ordered: the money was the receiver's
    if state is PayoutState.FAILED:
        kind, debit, credit = TransferKind.PAYOUT_FAILED, AccountKind.PAYOUT_DUE, AccountKind.SHOP_PAYABLE
    elif is_back:
        kind, debit, credit = TransferKind.PAYOUT_TAKEN_BACK, AccountKind.GATEWAY_CLEARING, AccountKind.SHOP_PAYABLE
    else:
        kind, debit, credit = TransferKind.PAYOUT_SENT, AccountKind.PAYOUT_DUE, AccountKind.GATEWAY_CLEARING
    facts: dict[str, Any] = {"shop_id": payout.shop_id, "subject_id": payout.id, "memo": payout.memo}
    ledger.post(kind=kind, key=f"{kind}:{payout.id}", legs=[Leg(debit, amount), Leg(credit, -amount)], **facts)
