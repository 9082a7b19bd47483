"""Attempts to pay: begun, asked about, and ended by the gateway's word."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import prefetch_related_objects

from quanshi.kernel import clock, ids, outbox, prepared
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.kernel.outbox import Event
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
    Notification,
    Outcome,
    Payer,
    PaymentPart,
    PaymentRequest,
    PaymentStart,
)

ASKED_AT_ONCE: Final = 100
MOST_ATTEMPTS: Final = 20  # of one payable: each is asked about for hours
SUBJECT_LENGTH: Final = 120
NOBODY: Final = Payer()
LOCK_SPACE: Final = 7_103_001  # keeps our advisory locks apart from anybody else's

# False, and nothing begun, when any of the payables has an attempt: then it has to be looked at more closely.
BEGIN_SQL: Final = """
    SELECT payments_begin_attempt(%(attempt)s, %(gateway)s, %(amount)s, %(currency)s, %(subject)s, %(expires_at)s,
        %(next_query_at)s, %(now)s, %(payables)s, %(shops)s, %(amounts)s, %(space)s, %(is_first)s)
"""
LOCK_SQL: Final = """
    SELECT gateway, amount_minor, currency, state, gateway_reference, expires_at
    FROM payments_attempt WHERE id = %(attempt)s FOR UPDATE
"""
LOOK_SQL: Final = """
    SELECT attempt.gateway, attempt.amount_minor, attempt.currency, attempt.state, attempt.gateway_reference,
        attempt.expires_at, part.payable_id, part.shop_id, part.amount_minor
    FROM payments_attempt AS attempt JOIN payments_attempt_part AS part ON part.attempt_id = attempt.id
    WHERE attempt.id = %(attempt)s ORDER BY part.payable_id
"""
TAKE_SQL: Final = """
    SELECT payments_take_notification(%(gateway)s, %(notification)s, %(attempt)s, %(outcome)s, %(amount)s, %(currency)s,
        %(before)s, %(state)s, %(reference)s, %(reason)s, %(now)s,
        %(types)s, %(aggregates)s, %(payloads)s, %(requests)s)
"""
END_SQL: Final = """
    WITH ended AS (
        UPDATE payments_attempt SET state = %(state)s, gateway_reference = %(reference)s, reason = %(reason)s,
            ended_at = %(now)s, next_query_at = NULL
        WHERE id = %(attempt)s
        RETURNING id
    )
    SELECT part.payable_id, part.shop_id, part.amount_minor
    FROM ended JOIN payments_attempt_part AS part ON part.attempt_id = ended.id ORDER BY part.payable_id
"""

logger = logging.getLogger(__name__)


class _Held(NamedTuple):
    """A locked row, as LOCK_SQL reads it."""

    gateway: str
    amount_minor: int
    currency: str
    state: str
    gateway_reference: str
    expires_at: datetime


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
    wanted = _wanted(parts, amount, gateway=gateway, expires_at=expires_at, now=now)
    subject = subject[:SUBJECT_LENGTH]
    attempt = wanted
    if not _begin(wanted, subject, is_first=True):
        with transaction.atomic():
            _lock_payables([part.payable_id for part in parts])
            if (known := _open_attempt(parts, gateway=gateway, now=now)) is None:
                _begin(wanted, subject, is_first=False)
            else:
                attempt, subject = views_of.attempt(known), known.subject
    start = adapter.start(
        PaymentRequest(
            attempt_id=attempt.id,
            amount=amount,
            subject=subject,
            return_url=return_url,
            notify_url=gateways.notify_url(gateway),
            expires_at=attempt.expires_at,
            payer=payer,
        )
    )
    if start.gateway_reference:
        Attempt.objects.filter(id=attempt.id).update(gateway_reference=start.gateway_reference)
        attempt = replace(attempt, gateway_reference=start.gateway_reference)
    return attempt, start


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
            apply_answer(attempt_id=attempt.id, answer=_asked(attempt, now))
        except (GatewayUnreachable, GatewayNotFound) as error:
            logger.warning("attempt %s stays unknown: %s", attempt.id, error)
            silent.add(attempt.gateway)
        except Exception:  # whatever is wrong with one, the others are asked about
            logger.exception("attempt %s could not be asked about", attempt.id)
    return len(claimed)


def apply_answer(*, attempt_id: UUID, answer: GatewayAnswer, gateway: str = "") -> AttemptState:
    """Let the gateway's word change the attempt if the rules say so; the state afterwards. Idempotent.

    Emits `PaymentSucceeded` or `PaymentFailed`, one for each part, when the state changes to that.
    Raises: AttemptNotFound, also for an attempt of another `gateway` than speaks: none has a say over another's money.
    """
    with transaction.atomic():
        return take_answer(attempt_id=attempt_id, answer=answer, gateway=gateway)


def take_answer(*, attempt_id: UUID, answer: GatewayAnswer, gateway: str) -> AttemptState:
    """As `apply_answer`, inside the transaction in progress."""
    now = clock.now()
    rows = prepared.fetch(sql=LOCK_SQL, values={"attempt": attempt_id})
    held = _Held(*rows[0]) if rows else None
    if held is None or gateway not in {"", held.gateway}:
        raise AttemptNotFound(attempt_id=attempt_id)
    after = _state_after(held, answer, now)
    if after == held.state:
        return after
    change = _change(attempt_id, held, after, answer, now)
    parts = prepared.fetch(sql=END_SQL, values=change)
    outbox.emit_many(_events(attempt_id, held, parts, after, reason=change["reason"], now=now))
    return after


def take_notification(*, notification: Notification, gateway: str) -> bool:
    """As `take_answer` with a notification that counts once, in two statements and no transaction around them.

    False, and nothing written, when there is nothing to change or somebody else is changing it: then it has to be taken
    under the attempt's lock. Idempotent by the gateway's notification id. Emits what `apply_answer` emits.
    """
    now = clock.now()
    attempt_id, answer = notification.subject_id, notification.answer
    rows = prepared.fetch(sql=LOOK_SQL, values={"attempt": attempt_id})
    held = _Held(*rows[0][:6]) if rows else None
    if held is None or held.gateway != gateway or (after := _state_after(held, answer, now)) == held.state:
        return False
    change = _change(attempt_id, held, after, answer, now)
    events = _events(attempt_id, held, [row[6:] for row in rows], after, reason=change["reason"], now=now)
    values = {
        **change,
        **outbox.as_values(events),
        "gateway": gateway,
        "notification": notification.notification_id,
        "outcome": answer.outcome.value,
        "amount": answer.amount.minor if answer.amount else None,
        "currency": answer.amount.currency if answer.amount else "",
        "before": held.state,
    }
    ((outcome,),) = prepared.fetch(sql=TAKE_SQL, values=values)
    return bool(outcome != "changed")


def _state_after(held: _Held, answer: GatewayAnswer, now: datetime) -> AttemptState:
    return rules.attempt_state_after(
        state=AttemptState(held.state),
        asked=Money(held.amount_minor, held.currency),
        answer=answer,
        is_expired=rules.is_expired(expires_at=held.expires_at, now=now),
    )


def _change(attempt_id: UUID, held: _Held, after: AttemptState, answer: GatewayAnswer, now: datetime) -> dict[str, Any]:
    """The end of an attempt, as the statements that write it take it."""
    return {
        "attempt": attempt_id,
        "state": after.value,
        "reference": answer.gateway_reference or held.gateway_reference,
        "reason": _reason(after, answer),
        "now": now,
    }


def _asked(attempt: AttemptView, now: datetime) -> GatewayAnswer:
    """The gateway's word; an attempt that has run out and could still be paid is closed there first."""
    gateway = gateways.by_name(attempt.gateway)
    answer = gateway.query(attempt)
    if answer.outcome is Outcome.PENDING and rules.is_expired(expires_at=attempt.expires_at, now=now):
        return gateway.close(attempt)
    return answer


def _events(
    attempt_id: UUID,
    held: _Held,
    parts: Sequence[tuple[UUID, UUID, int]],
    state: AttemptState,
    *,
    reason: str,
    now: datetime,
) -> list[Event]:
    if state is AttemptState.DISPUTED:
        logger.error("attempt %s is disputed: %s", attempt_id, reason)
        return []
    events: list[Event] = []
    for payable_id, shop_id, amount_minor in parts:
        facts: dict[str, Any] = {"aggregate_id": payable_id, "attempt_id": attempt_id, "shop_id": shop_id, "at": now}
        if state is AttemptState.SUCCEEDED:
            events.append(
                PaymentSucceeded(**facts, amount_minor=amount_minor, currency=held.currency, gateway=held.gateway)
            )
        else:
            events.append(PaymentFailed(**facts, reason=reason))
    return events


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


def _wanted(
    parts: Sequence[PaymentPart], amount: Money, *, gateway: str, expires_at: datetime, now: datetime
) -> AttemptView:
    return AttemptView(
        id=ids.new_id(),
        # two payments of the same orders in different order would deadlock
        parts=tuple(sorted(parts, key=lambda part: part.payable_id)),
        amount=amount,
        gateway=gateway,
        state=AttemptState.PENDING,
        gateway_reference="",
        created_at=now,
        expires_at=expires_at,
    )


def _begin(attempt: AttemptView, subject: str, *, is_first: bool) -> bool:
    """Write the attempt; false, and nothing written, when it is not the first of one of its payables and had to be."""
    values = {
        "attempt": attempt.id,
        "gateway": attempt.gateway,
        "amount": attempt.amount.minor,
        "currency": attempt.amount.currency,
        "subject": subject,
        "expires_at": attempt.expires_at,
        "next_query_at": rules.next_query_at(now=attempt.created_at, query_count=0, expires_at=attempt.expires_at),
        "now": attempt.created_at,
        "payables": [part.payable_id for part in attempt.parts],
        "shops": [part.shop_id for part in attempt.parts],
        "amounts": [part.amount.minor for part in attempt.parts],
        "space": LOCK_SPACE,
        "is_first": is_first,
    }
    ((is_begun,),) = prepared.fetch(sql=BEGIN_SQL, values=values)
    return bool(is_begun)


def _lock_payables(payable_ids: Collection[UUID]) -> None:
    """Two clicks at once open one attempt: there may be no row yet to lock, so the ids themselves are locked."""
    with connection.cursor() as cursor:
        for payable_id in sorted(payable_ids):  # as payments_begin_attempt() does
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [str(payable_id), LOCK_SPACE])
