"""Giving money back: asked for once, sent until the gateway has answered, never sent twice."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, Sum

from quanshi.kernel import clock, ids, jobs, outbox
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.payments import gateways, rules, views_of
from quanshi.payments.errors import (
    AttemptNotFound,
    AttemptNotPaid,
    GatewayNotFound,
    GatewayUnreachable,
    RefundExceedsPayment,
    RefundKeyReused,
)
from quanshi.payments.events import RefundAbnormal, RefundFailed, RefundSucceeded
from quanshi.payments.models import AttemptPart, Refund
from quanshi.payments.types import AttemptState, GatewayAnswer, Outcome, RefundOrder, RefundState, RefundView

SENT_AT_ONCE: Final = 100
SEND_TASK: Final = "quanshi.payments.tasks.send_refund"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Claim:
    order: RefundOrder
    gateway: str
    state: RefundState  # before this claim; once it was sending, it may have reached the gateway


def request_refund(
    *, attempt_id: UUID, payable_id: UUID, cause_id: UUID, amount: Money, key: str, reason: str
) -> RefundView:
    """Order `amount` of what `payable_id` has of a succeeded attempt back to the payer.

    The sending happens in a task after the commit. Idempotent by (shop, key). The refunds of a part that have not
    failed never exceed what it took, whatever the other parts of the attempt have left.
    Raises: AttemptNotFound, AttemptNotPaid, RefundExceedsPayment, RefundKeyReused, InvalidInput.
    """
    now = clock.now()
    with transaction.atomic():
        part = _locked_part(attempt_id=attempt_id, payable_id=payable_id)
        known = Refund.objects.filter(shop_id=part.shop_id, key=key).first()
        if known is not None:
            return _replayed(known, attempt_id=attempt_id, payable_id=payable_id, cause_id=cause_id, amount=amount)
        _check_refundable(part, amount)
        refund = Refund.objects.create(
            shop_id=part.shop_id,
            attempt_id=attempt_id,
            payable_id=payable_id,
            cause_id=cause_id,
            key=key,
            amount_minor=amount.minor,
            currency=amount.currency,
            reason=reason[:200],
            next_try_at=rules.next_refund_try_at(now=now, try_count=0),
        )
        jobs.defer(SEND_TASK, refund_id=str(refund.id))
    return views_of.refund(refund)


def retry_refund(*, refund_id: UUID) -> None:
    """Send a refund that the gateway has refused once more; the sending happens in a task after the commit.

    The gateway is asked first. What it remembers as refused gets a new reference, for the old one would be refused for
    ever; anything else keeps its own, so that it cannot be paid twice; what has gone out after all counts.
    Idempotent: a refund that has not failed is left alone. Emits `RefundSucceeded` when it had gone out. Holds no
    transaction while the gateway is asked. Raises: AttemptNotFound, RefundExceedsPayment, GatewayUnreachable,
    GatewayNotFound.
    """
    refund = Refund.objects.select_related("attempt").filter(id=refund_id).first()
    if refund is None:
        raise AttemptNotFound(refund_id=refund_id)
    if refund.state != RefundState.FAILED:
        return
    order = order_of(row=refund)
    answer = gateways.by_name(refund.attempt.gateway).query_refund(order)
    if answer.outcome is Outcome.SUCCEEDED:
        apply_answer(refund_id=order.refund_id, answer=answer)
        return
    now = clock.now()
    with transaction.atomic():
        part = _locked_part(attempt_id=refund.attempt_id, payable_id=refund.payable_id)
        known = Refund.objects.select_for_update().get(id=refund_id)
        if known.state != RefundState.FAILED or known.sent_as != refund.sent_as:
            return  # somebody else was quicker
        _check_refundable(part, Money(known.amount_minor, known.currency))
        if answer.outcome is Outcome.FAILED:
            known.sent_as = [*known.sent_as, ids.new_id()]
        # under way there after all: asked about from now on, for no word is heard on what is yet to be sent
        known.state = RefundState.SENDING if answer.outcome is Outcome.PENDING else RefundState.REQUESTED
        known.ended_at = None
        known.try_count = 0
        known.next_try_at = rules.next_refund_try_at(now=now, try_count=0)
        known.save(update_fields=["sent_as", "state", "ended_at", "try_count", "next_try_at"])
        jobs.defer(SEND_TASK, refund_id=str(refund_id))


def send_refund(*, refund_id: UUID) -> None:
    """Send one refund if it waits to be sent; does nothing while somebody else is at it or once it is answered.

    Emits `RefundSucceeded`, `RefundFailed` or `RefundAbnormal` when the gateway answers.
    """
    now = clock.now()
    is_waiting = Q(state=RefundState.REQUESTED) | Q(state=RefundState.SENDING, next_try_at__lte=now)
    for claim in _claim(Q(id=refund_id) & is_waiting, now):
        _send(claim)


def send_due_refunds(*, now: datetime | None = None) -> int:
    """Send, or ask about, every refund whose time has come; how many were taken up. Safe in several workers.

    One that waits for a person is asked about too: it may have been seen to at the provider's own desk.
    Emits as `send_refund`.
    """
    now = now or clock.now()
    is_due = Q(state__in=rules.OPEN_REFUNDS, next_try_at__lte=now)
    claims = _claim(is_due, now)
    silent: set[str] = set()  # a gateway that is down gets one time-out a round
    for claim in claims:
        if claim.gateway in silent:
            continue
        try:
            if not _send(claim):
                silent.add(claim.gateway)
        except Exception:  # whatever is wrong with one, the others are sent
            logger.exception("refund %s could not be sent", claim.order.refund_id)
    return len(claims)


def apply_answer(*, refund_id: UUID, answer: GatewayAnswer, gateway: str = "") -> RefundState:
    """Let the gateway's word change the refund if the rules say so; the state afterwards. Idempotent.

    `refund_id` is the reference that the gateway names: the refund's own, or one that it was tried again under.
    Emits `RefundSucceeded`, `RefundFailed` or `RefundAbnormal` when the state changes to that.
    Raises: AttemptNotFound, also for a refund of another `gateway` than speaks.
    """
    now = clock.now()
    with transaction.atomic():
        locked = Refund.objects.select_for_update(of=("self",)).select_related("attempt")
        refund = locked.filter(id=refund_id).first() or locked.filter(sent_as__contains=[refund_id]).first()
        if refund is None or gateway not in {"", refund.attempt.gateway}:
            raise AttemptNotFound(refund_id=refund_id)
        if refund_id != _reference(refund) and answer.outcome is not Outcome.SUCCEEDED:
            return RefundState(refund.state)  # a late word about a sending that another has taken the place of
        before, asked = RefundState(refund.state), Money(refund.amount_minor, refund.currency)
        after = rules.refund_state_after(state=before, asked=asked, answer=answer)
        if after is before:
            if answer.outcome is Outcome.SUCCEEDED and answer.amount != asked:
                logger.error("refund %s of %s: the gateway reports %s", refund_id, asked, answer.amount)
            return before
        refund.state = after
        refund.gateway_reference = answer.gateway_reference or refund.gateway_reference
        is_open = after in rules.OPEN_REFUNDS
        refund.ended_at = None if is_open else now
        refund.next_try_at = rules.next_refund_try_at(now=now, try_count=refund.try_count) if is_open else None
        refund.save(update_fields=["state", "gateway_reference", "ended_at", "next_try_at"])
        _tell(refund, after, answer.reason, now)
    return after


def ask_soon(*, refund_id: UUID) -> None:
    """Have the gateway asked about a refund on its way at the next sweep. Emits nothing."""
    is_it = Q(id=refund_id) | Q(sent_as__contains=[refund_id])
    Refund.objects.filter(is_it, state=RefundState.SENDING).update(next_try_at=clock.now())


def _locked_part(*, attempt_id: UUID, payable_id: UUID) -> AttemptPart:
    """What is promised back of it stays true until the commit, whoever else asks; the other parts stay free."""
    locked = AttemptPart.objects.select_for_update(of=("self",)).select_related("attempt")
    part = locked.filter(attempt_id=attempt_id, payable_id=payable_id).first()
    if part is None:
        raise AttemptNotFound(attempt_id=attempt_id, payable_id=payable_id)
    return part


def _replayed(known: Refund, *, attempt_id: UUID, payable_id: UUID, cause_id: UUID, amount: Money) -> RefundView:
    view = views_of.refund(known)
    if (attempt_id, payable_id, cause_id, amount) != (view.attempt_id, view.payable_id, view.cause_id, view.amount):
        raise RefundKeyReused(key=known.key)
    return view


def _check_refundable(part: AttemptPart, amount: Money) -> None:
    attempt = part.attempt
    if attempt.state != AttemptState.SUCCEEDED:
        raise AttemptNotPaid(attempt_id=attempt.id, state=attempt.state)
    if amount.minor <= 0 or amount.currency != attempt.currency:
        raise InvalidInput(field="amount", value=str(amount), reason=f"write a positive amount of {attempt.currency}")
    promised = (
        Refund.objects.filter(attempt_id=attempt.id, payable_id=part.payable_id)
        .exclude(state=RefundState.FAILED)
        .aggregate(total=Sum("amount_minor", default=0))["total"]
    )
    refundable = Money(part.amount_minor - promised, attempt.currency)
    if refundable < amount:
        raise RefundExceedsPayment(wanted=amount, refundable=refundable)


def _claim(wanted: Q, now: datetime) -> list[_Claim]:
    """Mark what is `wanted` as sending and commit, before any call: a crash leaves a refund that is asked about."""
    with transaction.atomic():
        rows = list(
            Refund.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(wanted)
            .select_related("attempt")
            .order_by("next_try_at")[:SENT_AT_ONCE]
        )
        claims = [
            _Claim(order=order_of(row=row), gateway=row.attempt.gateway, state=RefundState(row.state)) for row in rows
        ]
        for row in rows:
            if row.state == RefundState.REQUESTED:
                row.state = RefundState.SENDING
            row.next_try_at = rules.next_refund_try_at(now=now, try_count=row.try_count)
            row.try_count += 1
        Refund.objects.bulk_update(rows, ["state", "next_try_at", "try_count"])
    return claims


def _reference(row: Refund) -> UUID:
    """What the gateway is to know the refund by."""
    reference: UUID = row.sent_as[-1] if row.sent_as else row.id
    return reference


def order_of(*, row: Refund) -> RefundOrder:
    """What the gateway is told of a refund; give it with its attempt. Emits nothing."""
    return RefundOrder(
        refund_id=_reference(row),
        attempt_id=row.attempt_id,
        paid_reference=row.attempt.gateway_reference,
        paid=Money(row.attempt.amount_minor, row.attempt.currency),
        amount=Money(row.amount_minor, row.currency),
        reason=row.reason,
        notify_url=gateways.notify_url(row.attempt.gateway),
        refund_reference=row.gateway_reference,
    )


def _send(claim: _Claim) -> bool:
    """Whether the gateway could be reached. Without an answer the refund stays sending and is asked about later."""
    try:
        gateway = gateways.by_name(claim.gateway)
        answer = gateway.query_refund(claim.order) if claim.state is not RefundState.REQUESTED else None
        if answer is None or (answer.outcome is Outcome.UNKNOWN and claim.state is RefundState.SENDING):
            answer = gateway.refund(claim.order)
    except (GatewayUnreachable, GatewayNotFound) as error:
        logger.warning("refund %s stays unknown: %s", claim.order.refund_id, error)
        return False
    apply_answer(refund_id=claim.order.refund_id, answer=answer)
    return True


def _tell(refund: Refund, state: RefundState, reason: str, now: datetime) -> None:
    facts = {
        "aggregate_id": refund.payable_id,
        "refund_id": refund.id,
        "cause_id": refund.cause_id,
        "shop_id": refund.shop_id,
        "amount_minor": refund.amount_minor,
        "currency": refund.currency,
        "at": now,
    }
    if state is RefundState.SUCCEEDED:
        outbox.emit(RefundSucceeded(**facts))
    elif state is RefundState.FAILED:
        outbox.emit(RefundFailed(**facts, reason=reason))
    elif state is RefundState.ABNORMAL:
        logger.error("refund %s could not arrive: a person has to say where it is to go", refund.id)
        outbox.emit(RefundAbnormal(**facts))
