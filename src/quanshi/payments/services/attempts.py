"""Attempts to pay: begun, asked about, and ended by the gateway's word."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import prefetch_related_objects

from quanshi.kernel import clock, outbox
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.payments import gateways, rules, views_of
from quanshi.payments.errors import (
    AlreadyPaid,
    AttemptNotFound,
    GatewayNotFound,
    GatewayUnreachable,
    PaymentWindowClosed,
    TooManyAttempts,
)
from quanshi.payments.events import PaymentFailed, PaymentSucceeded
from quanshi.payments.models import Attempt, AttemptPart
from quanshi.payments.types import (
    AttemptState,
    AttemptView,
    GatewayAnswer,
    Outcome,
    Payer,
    PaymentPart,
    PaymentRequest,
    PaymentStart,
)

ASKED_AT_ONCE: Final = 100
MOST_ATTEMPTS: Final = 20  # of one payable: each is asked about for hours
NOBODY: Final = Payer()
LOCK_SPACE: Final = 7_103_001  # keeps our advisory locks apart from anybody else's

logger = logging.getLogger(__name__)


def start_payment(
    *,
    parts: Sequence[PaymentPart],
    gateway: str,
    subject: str,
    expires_at: datetime,
    return_url: str,
    payer: Payer = NOBODY,
) -> tuple[AttemptView, PaymentStart]:
    """Open an attempt to pay all `parts` at once, at most one of each shop, and say how the payer gets to the gateway.

    A pending attempt of the same parts and gateway that can still be paid is used again, so an impatient payer does not
    pay twice. Call it outside a transaction: a gateway may have to be called, and the attempt must
    stand in the database before.
    Raises: GatewayNotFound, GatewayUnreachable, GatewayRefused, AlreadyPaid, PaymentWindowClosed, TooManyAttempts,
    InvalidInput, MoneyNotTaken, PayerNotKnown.
    """
    adapter = gateways.by_name(gateway)
    now = clock.now()
    if refused := rules.refused_parts(parts):
        raise InvalidInput(field="parts", value=", ".join(str(part.amount) for part in parts), reason=refused)
    amount = Money(sum(part.amount.minor for part in parts), parts[0].amount.currency)
    if expires_at <= now:
        raise PaymentWindowClosed(expires_at=expires_at)
    if (refusal := adapter.refusal(amount=amount, payer=payer)) is not None:
        raise refusal
    with transaction.atomic():
        _lock_payables([part.payable_id for part in parts])
        attempt = _open_attempt(parts, gateway=gateway, now=now)
        if attempt is None:
            attempt = Attempt.objects.create(
                gateway=gateway,
                amount_minor=amount.minor,
                currency=amount.currency,
                subject=subject[:120],
                expires_at=expires_at,
                next_query_at=rules.next_query_at(now=now, query_count=0, expires_at=expires_at),
            )
            AttemptPart.objects.bulk_create(
                AttemptPart(
                    attempt=attempt, shop_id=part.shop_id, payable_id=part.payable_id, amount_minor=part.amount.minor
                )
                for part in parts
            )
    start = adapter.start(
        PaymentRequest(
            attempt_id=attempt.id,
            amount=amount,
            subject=attempt.subject,
            return_url=return_url,
            notify_url=gateways.notify_url(gateway),
            expires_at=attempt.expires_at,
            payer=payer,
        )
    )
    if start.gateway_reference:
        Attempt.objects.filter(id=attempt.id).update(gateway_reference=start.gateway_reference)
        attempt.gateway_reference = start.gateway_reference
    return views_of.attempt(attempt), start


def ask_attempts(*, now: datetime | None = None) -> int:
    """Ask the gateways about pending attempts whose time has come; how many were asked about.

    Each is claimed by moving its next time on, so several workers never ask about the same one at once and a crash
    only postpones. Emits what `apply_answer` emits.
    """
    now = now or clock.now()
    claimed = _claim_due(now)
    silent: set[str] = set()  # a gateway that is down gets one time-out a round, not a hundred
    for attempt in claimed:
        if attempt.gateway in silent:
            continue
        try:
            answer = _asked(attempt, now)
        except (GatewayUnreachable, GatewayNotFound) as error:
            logger.warning("attempt %s stays unknown: %s", attempt.id, error)
            silent.add(attempt.gateway)
        else:
            apply_answer(attempt_id=attempt.id, answer=answer)
    return len(claimed)


def apply_answer(*, attempt_id: UUID, answer: GatewayAnswer, gateway: str = "") -> AttemptState:
    """Let the gateway's word change the attempt if the rules say so; the state afterwards. Idempotent.

    Emits `PaymentSucceeded` or `PaymentFailed`, one for each part, when the state changes to that.
    Raises: AttemptNotFound, also for an attempt of another `gateway` than speaks: none has a say over another's money.
    """
    now = clock.now()
    with transaction.atomic():
        attempt = Attempt.objects.select_for_update().filter(id=attempt_id).first()
        if attempt is None or gateway not in {"", attempt.gateway}:
            raise AttemptNotFound(attempt_id=attempt_id)
        before = AttemptState(attempt.state)
        after = rules.attempt_state_after(
            state=before,
            asked=Money(attempt.amount_minor, attempt.currency),
            answer=answer,
            is_expired=rules.is_expired(expires_at=attempt.expires_at, now=now),
        )
        if after is before:
            return before
        attempt.state = after
        attempt.gateway_reference = answer.gateway_reference or attempt.gateway_reference
        attempt.reason = _reason(after, answer)
        attempt.ended_at = now
        attempt.next_query_at = None
        attempt.save(update_fields=["state", "gateway_reference", "reason", "ended_at", "next_query_at"])
        _tell(attempt, after, now)
    return after


def _asked(attempt: AttemptView, now: datetime) -> GatewayAnswer:
    """The gateway's word; an attempt that has run out and could still be paid is closed there first."""
    gateway = gateways.by_name(attempt.gateway)
    answer = gateway.query(attempt)
    if answer.outcome is Outcome.PENDING and rules.is_expired(expires_at=attempt.expires_at, now=now):
        return gateway.close(attempt)
    return answer


def _tell(attempt: Attempt, state: AttemptState, now: datetime) -> None:
    if state is AttemptState.DISPUTED:
        logger.error("attempt %s is disputed: %s", attempt.id, attempt.reason)
        return
    for part in attempt.parts.order_by("payable_id"):
        facts = {"aggregate_id": part.payable_id, "attempt_id": attempt.id, "shop_id": part.shop_id, "at": now}
        if state is AttemptState.SUCCEEDED:
            outbox.emit(
                PaymentSucceeded(
                    **facts, amount_minor=part.amount_minor, currency=attempt.currency, gateway=attempt.gateway
                )
            )
        else:
            outbox.emit(PaymentFailed(**facts, reason=attempt.reason))


def _reason(state: AttemptState, answer: GatewayAnswer) -> str:
    if state is AttemptState.DISPUTED:
        return f"the gateway reports {answer.amount}"
    return "expired" if answer.outcome is Outcome.UNKNOWN else answer.reason[:200]


def _claim_due(now: datetime) -> list[AttemptView]:
    with transaction.atomic():
        due = list(
            Attempt.objects.select_for_update(skip_locked=True)
            .filter(state=AttemptState.PENDING, next_query_at__lte=now)
            .order_by("next_query_at")[:ASKED_AT_ONCE]
        )
        for attempt in due:
            attempt.query_count += 1
            attempt.next_query_at = rules.next_query_at(
                now=now, query_count=attempt.query_count, expires_at=attempt.expires_at
            )
        Attempt.objects.bulk_update(due, ["query_count", "next_query_at"])
    prefetch_related_objects(due, "parts")
    return [views_of.attempt(attempt) for attempt in due]


def _open_attempt(parts: Sequence[PaymentPart], *, gateway: str, now: datetime) -> Attempt | None:
    """The attempt at exactly `parts` that can still be paid, or None when a new one may be begun."""
    payable_ids = [part.payable_id for part in parts]
    known: dict[UUID, list[Attempt]] = {payable_id: [] for payable_id in payable_ids}
    for row in AttemptPart.objects.filter(payable_id__in=payable_ids).select_related("attempt").order_by("attempt_id"):
        if row.attempt.state == AttemptState.SUCCEEDED:
            raise AlreadyPaid(payable_id=row.payable_id, attempt_id=row.attempt_id)
        known[row.payable_id].append(row.attempt)
    for attempt in known[payable_ids[0]]:
        is_open = attempt.state == AttemptState.PENDING and attempt.expires_at > now
        if is_open and attempt.gateway == gateway and set(views_of.attempt(attempt).parts) == set(parts):
            return attempt
    for payable_id, attempts in known.items():
        if len(attempts) >= MOST_ATTEMPTS:
            raise TooManyAttempts(payable_id=payable_id, limit=MOST_ATTEMPTS)
    return None


def _lock_payables(payable_ids: Collection[UUID]) -> None:
    """Two clicks at once open one attempt: there may be no row yet to lock, so the ids themselves are locked."""
    with connection.cursor() as cursor:
        for payable_id in sorted(payable_ids):  # two payments of the same orders in different order would deadlock
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [str(payable_id), LOCK_SPACE])
