"""The simulated provider: takes a payer's decision, answers its merchant, and notifies as real ones do, badly too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import msgspec
from django.conf import settings
from django.db import transaction

from quanshi.kernel import clock, ids, logs, prepared
from quanshi.kernel.money import Money
from quanshi.payments.errors import BadSignature, GatewayNotFound, GatewayUnreachable
from quanshi.payments.models import SandboxCharge, SandboxPayout, SandboxRefund
from quanshi.payments.sandbox import wire
from quanshi.payments.sandbox.line import KeptLine, Line
from quanshi.payments.types import NotificationKind, Outcome

LATE_SECONDS: Final = 10
CORRECTION_SECONDS: Final = 2
NOBODY: Final = "nobody"  # a receiver whose name begins so is refused
CHARGE_FIELDS: Final = (
    "merchant_reference",
    "reference",
    "amount_minor",
    "currency",
    "subject",
    "notify_url",
    "return_url",
    "outcome",
    "expires_at",
)
# The charge and what its merchant is to be told of it; nothing of both when somebody has decided before.
CHARGE_SQL: Final = """
    WITH decided AS (
        INSERT INTO payments_sandbox_charge (merchant_reference, reference, amount_minor, currency, subject, notify_url,
            return_url, outcome, refunded_minor, expires_at, created_at)
        VALUES (%(merchant_reference)s, %(reference)s, %(amount_minor)s, %(currency)s, %(subject)s, %(notify_url)s,
            %(return_url)s, %(outcome)s, 0, %(expires_at)s, now())
        ON CONFLICT (merchant_reference) DO NOTHING
        RETURNING notify_url
    ), kept AS (
        INSERT INTO payments_sandbox_notice (notify_url, body, due_at, try_count, request_id)
        SELECT decided.notify_url, notice.body, notice.due_at, 0, %(request_id)s
        FROM decided, unnest(%(bodies)s::text[], %(due)s::timestamptz[]) AS notice (body, due_at)
    )
    SELECT true FROM decided
"""
NOTICE_SQL: Final = """
    INSERT INTO payments_sandbox_notice (notify_url, body, due_at, try_count, request_id)
    VALUES (%(notify_url)s, %(body)s, %(due_at)s, 0, %(request_id)s)
"""


class Behaviour(StrEnum):
    """What the payer, or the tester, wants to happen."""

    PAY = "pay"
    DECLINE = "decline"
    NOTIFY_LATE = "notify_late"
    NOTIFY_THRICE = "notify_thrice"
    NEVER_NOTIFY = "never_notify"  # charged, and only a query finds out
    FAIL_THEN_SUCCEED = "fail_then_succeed"  # the notifications contradict each other; the last one is right


@dataclass(frozen=True, slots=True)
class PayOrder:
    """What a merchant has signed and sent its payer with."""

    reference: str
    amount: Money
    subject: str
    return_path: str
    notify_url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Notice:
    outcome: Outcome
    delay_seconds: int = 0
    times: int = 1


# what is told to the merchant, beside what is true
NOTICES: Final[Mapping[Behaviour, tuple[_Notice, ...]]] = {
    Behaviour.PAY: (_Notice(Outcome.SUCCEEDED),),
    Behaviour.DECLINE: (_Notice(Outcome.FAILED),),
    Behaviour.NOTIFY_LATE: (_Notice(Outcome.SUCCEEDED, delay_seconds=LATE_SECONDS),),
    Behaviour.NOTIFY_THRICE: (_Notice(Outcome.SUCCEEDED, times=3),),
    Behaviour.NEVER_NOTIFY: (),
    Behaviour.FAIL_THEN_SUCCEED: (
        _Notice(Outcome.FAILED),
        _Notice(Outcome.SUCCEEDED, delay_seconds=CORRECTION_SECONDS),
    ),
}


class SandboxProvider:
    """One provider with its keys, reachable at, and reaching out to, this installation alone."""

    def __init__(self, *, base_url: str, secret: str, line: Line | None = None) -> None:
        self._base_url = base_url
        self._line = line or KeptLine(base_url)
        self._ours = wire.Signer(secret=secret, party=wire.PROVIDER)
        self._merchants = wire.Signer(secret=secret, party=wire.MERCHANT)

    def read_order(self, word: str) -> PayOrder:
        """The order in a pay page's address. Raises: BadSignature for what no merchant of ours has signed."""
        body = self._merchants.unsealed(word)
        return PayOrder(
            reference=body.reference,
            amount=Money(body.amount_minor, body.currency),
            subject=body.subject,
            return_path=self._own_path(body.return_url),
            notify_url=f"{self._base_url}{self._own_path(body.notify_url)}",
            expires_at=body.expires_at,
        )

    def outcome(self, order: PayOrder) -> Outcome:
        """What has become of `order`: pending while it can be paid, failed once its time is over."""
        charge = SandboxCharge.objects.filter(merchant_reference=order.reference).first()
        if charge is not None:
            return Outcome(charge.outcome)
        return Outcome.FAILED if clock.now() >= order.expires_at else Outcome.PENDING

    def settle(self, order: PayOrder, behaviour: Behaviour) -> Outcome:
        """Carry out the payer's decision once; a second decision about the same order changes nothing."""
        if clock.now() >= order.expires_at:
            return self.outcome(order)
        outcome = Outcome.FAILED if behaviour is Behaviour.DECLINE else Outcome.SUCCEEDED
        charge = SandboxCharge(
            merchant_reference=order.reference,
            reference=_reference("P"),
            amount_minor=order.amount.minor,
            currency=order.amount.currency,
            subject=order.subject,
            notify_url=order.notify_url,
            return_url=order.return_path,
            outcome=outcome,
            expires_at=order.expires_at,
        )
        told = [
            (_told(charge, notice), notice.delay_seconds) for notice in NOTICES[behaviour] for _ in range(notice.times)
        ]
        values = {name: getattr(charge, name) for name in CHARGE_FIELDS} | {
            "bodies": [body for body, _delay_seconds in told],
            "due": [clock.now() + timedelta(seconds=delay_seconds) for _body, delay_seconds in told],
            "request_id": logs.request_id(),
        }
        is_first = bool(prepared.fetch(sql=CHARGE_SQL, values=values))
        return outcome if is_first else self.outcome(order)

    def check_call(self, headers: Mapping[str, str], *, method: str, path: str, body: bytes) -> None:
        """Raises: BadSignature unless our merchant makes this very call now."""
        self._merchants.check(headers, purpose=method, target=path, body=body, at=clock.now())

    def signed(self, answer: wire.Answer, *, nonce: str) -> tuple[bytes, dict[str, str]]:
        """`answer` as a body with the headers that bind it to the question with `nonce`."""
        body = msgspec.json.encode(answer)
        return body, self._ours.headers(purpose="answer", target=nonce, body=body, at=clock.now())

    def payment(self, reference: str) -> wire.Answer:
        charge = SandboxCharge.objects.filter(merchant_reference=reference).first()
        return wire.Answer(outcome=Outcome.UNKNOWN) if charge is None else _charge_answer(charge)

    def refunded(self, reference: str) -> wire.Answer:
        refund = SandboxRefund.objects.select_related("charge").filter(merchant_reference=reference).first()
        return wire.Answer(outcome=Outcome.UNKNOWN) if refund is None else _refund_answer(refund)

    def refund(self, asked: wire.RefundBody) -> wire.Answer:
        """Give back a part of a charge, once per merchant reference."""
        with transaction.atomic():
            charge = (
                SandboxCharge.objects.select_for_update().filter(merchant_reference=asked.payment_reference).first()
            )
            if charge is None or charge.outcome != Outcome.SUCCEEDED:
                return wire.Answer(outcome=Outcome.FAILED, reason="nothing was paid")
            known = SandboxRefund.objects.filter(merchant_reference=asked.merchant_reference).first()
            if known is not None:
                return _refund_answer(known)
            is_too_much = charge.refunded_minor + asked.amount_minor > charge.amount_minor
            if asked.currency != charge.currency or asked.amount_minor <= 0 or is_too_much:
                return wire.Answer(outcome=Outcome.FAILED, reason="more than was paid")
            charge.refunded_minor += asked.amount_minor
            charge.save(update_fields=["refunded_minor"])
            refund = SandboxRefund.objects.create(
                merchant_reference=asked.merchant_reference,
                reference=_reference("R"),
                charge=charge,
                amount_minor=asked.amount_minor,
            )
            answer = _refund_answer(refund)
            number = f"{answer.reference}-{answer.outcome}"
            values = {
                "notify_url": charge.notify_url,
                "body": _notification(number, NotificationKind.REFUND, refund.merchant_reference, answer),
                "due_at": clock.now(),
                "request_id": logs.request_id(),
            }
            prepared.fetch(sql=NOTICE_SQL, values=values)
        return answer

    def pay_out(self, asked: wire.PayoutBody) -> wire.Answer:
        """Pay somebody out of the merchant's balance, once per merchant reference: a record, and no money anywhere."""
        if asked.receiver.startswith(NOBODY) or asked.amount_minor <= 0:
            return wire.Answer(outcome=Outcome.FAILED, reason="no such receiver")
        SandboxPayout.objects.get_or_create(
            merchant_reference=asked.merchant_reference,
            defaults={
                "reference": _reference("T"),
                "receiver": asked.receiver,
                "amount_minor": asked.amount_minor,
                "currency": asked.currency,
            },
        )
        return wire.Answer(outcome=Outcome.PENDING)

    def paid_out(self, reference: str) -> wire.Answer:
        payout = SandboxPayout.objects.filter(merchant_reference=reference).first()
        if payout is None:
            return wire.Answer(outcome=Outcome.UNKNOWN)
        return wire.Answer(
            outcome=Outcome.SUCCEEDED,
            reference=payout.reference,
            amount_minor=payout.amount_minor,
            currency=payout.currency,
            reason="simulated: no money was moved",
        )

    def deliver(self, *, notify_url: str, body: bytes) -> None:
        """Send one notification, signed afresh. Raises: GatewayUnreachable unless the merchant acknowledged."""
        path = self._own_path(notify_url)
        signed = self._ours.headers(purpose="notification", target="", body=body, at=clock.now())
        headers = {**signed, "Content-Type": "application/json"}
        if request_id := logs.request_id():  # the provider is ours: its notification is told with what it came of
            headers[logs.HEADER] = request_id
        status = self._line.post(path, body=body, headers=headers)
        if status != HTTPStatus.OK:
            raise GatewayUnreachable(gateway="merchant", reason=f"HTTP {status}")

    def _own_path(self, url: str) -> str:
        """The path of an address of this installation: the provider never leads or calls anywhere else."""
        parts, own = urlsplit(url), urlsplit(self._base_url)
        is_own = (parts.scheme, parts.netloc) in {("", ""), (own.scheme, own.netloc)}
        if not is_own or not parts.path.startswith("/") or parts.path.startswith(("//", "/\\")) or "\\" in url:
            raise BadSignature(reason="an address that is not this installation's")
        return f"{parts.path}?{parts.query}" if parts.query else parts.path


_in_place: list[SandboxProvider] = []


def current() -> SandboxProvider:
    """Raises: GatewayNotFound when the sandbox is switched off."""
    if not settings.SANDBOX_GATEWAY:
        raise GatewayNotFound(gateway="sandbox")
    return _in_place[-1] if _in_place else _installed(settings.BASE_URL, settings.SECRET_KEY)


@contextmanager
def in_place(other: SandboxProvider) -> Iterator[None]:
    """Use `other` while the block runs: another line."""
    _in_place.append(other)
    try:
        yield
    finally:
        _in_place.pop()


@lru_cache(maxsize=1)
def _installed(base_url: str, secret: str) -> SandboxProvider:
    return SandboxProvider(base_url=base_url, secret=secret)


def _told(charge: SandboxCharge, notice: _Notice) -> str:
    told = msgspec.structs.replace(_charge_answer(charge), outcome=notice.outcome, reason=_why(notice.outcome))
    # one id for all copies of one notice, as a provider that lost our acknowledgement would send it
    number = f"{charge.reference}-{notice.outcome}"
    return _notification(number, NotificationKind.PAYMENT, charge.merchant_reference, told)


def _notification(number: str, kind: NotificationKind, reference: str, answer: wire.Answer) -> str:
    body = wire.NotificationBody(id=number, kind=kind, merchant_reference=reference, answer=answer)
    return msgspec.json.encode(body).decode()


def _charge_answer(charge: SandboxCharge) -> wire.Answer:
    outcome = Outcome(charge.outcome)
    return wire.Answer(
        outcome=outcome,
        reference=charge.reference,
        amount_minor=charge.amount_minor,
        currency=charge.currency,
        reason=_why(outcome),
    )


def _refund_answer(refund: SandboxRefund) -> wire.Answer:
    return wire.Answer(
        outcome=Outcome.SUCCEEDED,
        reference=refund.reference,
        amount_minor=refund.amount_minor,
        currency=refund.charge.currency,
    )


def _why(outcome: Outcome) -> str:
    return "declined by the payer" if outcome is Outcome.FAILED else ""


def _reference(letter: str) -> str:
    return f"{letter}{ids.new_id().hex[:31]}"
