"""Stripe: a hosted Checkout page for each attempt, see docs/adr/0008. The page makes the PaymentIntent by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Final, TypeVar
from uuid import UUID

import stripe

from quanshi.kernel import clock
from quanshi.kernel.errors import DomainError, InvalidInput
from quanshi.kernel.money import Money
from quanshi.payments.errors import BadSignature, GatewayRefused, GatewayUnreachable, MoneyNotTaken
from quanshi.payments.gateways import stripe_money
from quanshi.payments.gateways.protocol import TIMEOUT_SECONDS, reading
from quanshi.payments.gateways.stripe_payouts import StripePayouts
from quanshi.payments.types import (
    Acknowledgement,
    AttemptView,
    BillLine,
    GatewayAnswer,
    Notification,
    NotificationKind,
    Outcome,
    Payer,
    PaymentRequest,
    PaymentStart,
    RefundOrder,
)

BASE_URL: Final = "https://api.stripe.com"
WINDOW_SECONDS: Final = 300
ATTEMPT: Final = "attempt_id"  # our ids in Stripe's metadata
REFUND: Final = "refund_id"
REFUNDS: Final[Mapping[str, Outcome]] = {
    "succeeded": Outcome.SUCCEEDED,
    "failed": Outcome.FAILED,
    "canceled": Outcome.FAILED,
}
NOT_YET: Final = "balance_insufficient"  # the same refund goes through once there is money
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class StripeAccount:
    secret_key: str
    webhook_secret: str
    base_url: str = BASE_URL
    timeout_seconds: float = TIMEOUT_SECONDS


class StripeGateway(StripePayouts):
    name = "stripe"

    def __init__(self, *, account: StripeAccount) -> None:
        self._account = account

    def refusal(self, *, amount: Money, payer: Payer) -> DomainError | None:  # noqa: ARG002 - Stripe asks the payer itself
        try:
            stripe_money.to_stripe(amount)
        except ValueError:
            return MoneyNotTaken(gateway=self.name, amount=amount)
        return None

    def start(self, request: PaymentRequest) -> PaymentStart:
        ours = {ATTEMPT: str(request.attempt_id)}
        session = self._call(
            lambda: self._client.v1.checkout.sessions.create(
                params={
                    "mode": "payment",
                    "line_items": [
                        {
                            "quantity": 1,
                            "price_data": {
                                "currency": request.amount.currency.lower(),
                                "unit_amount": stripe_money.to_stripe(request.amount),
                                "product_data": {"name": request.subject},
                            },
                        }
                    ],
                    "adaptive_pricing": {"enabled": False},  # what the payer sees is what the order says
                    "client_reference_id": str(request.attempt_id),
                    "metadata": ours,
                    "payment_intent_data": {"metadata": ours},
                    "success_url": request.return_url,
                    "cancel_url": request.return_url,
                },
                options={"idempotency_key": f"start-{request.attempt_id}"},
            ),
        )
        return PaymentStart(redirect_url=session.url or "", gateway_reference=session.id)

    def query(self, attempt: AttemptView) -> GatewayAnswer:
        reference = attempt.gateway_reference
        if reference.startswith("cs_"):
            session = self._ask(lambda: self._client.v1.checkout.sessions.retrieve(reference))
            with reading(self.name):
                answer, subject = _session(session.to_dict())
        elif found := self._intent_of(attempt):
            with reading(self.name):
                answer, subject = _intent(found.to_dict())
        else:
            return GatewayAnswer(outcome=Outcome.UNKNOWN, gateway_reference="", amount=None)
        if subject != attempt.id:
            raise GatewayUnreachable(gateway=self.name, reason="an answer about another payment")
        return answer

    def close(self, attempt: AttemptView) -> GatewayAnswer:
        """Stripe keeps a page open for half an hour at least: it is expired by hand."""
        if attempt.gateway_reference.startswith("cs_"):
            try:
                closed = self._call(lambda: self._client.v1.checkout.sessions.expire(attempt.gateway_reference))
            except GatewayRefused:  # just paid, or just expired: ask again
                return GatewayAnswer(outcome=Outcome.PENDING, gateway_reference="", amount=None)
            if closed.status == "expired":
                return GatewayAnswer(outcome=Outcome.FAILED, gateway_reference="", amount=None, reason="closed")
        return GatewayAnswer(outcome=Outcome.PENDING, gateway_reference="", amount=None)

    def refund(self, order: RefundOrder) -> GatewayAnswer:
        try:
            amount = stripe_money.to_stripe(order.amount)
        except ValueError as error:
            return GatewayAnswer(outcome=Outcome.FAILED, gateway_reference="", amount=None, reason=str(error))
        try:
            made = self._call(
                lambda: self._client.v1.refunds.create(
                    params={
                        "payment_intent": order.paid_reference,
                        "amount": amount,
                        "metadata": {REFUND: str(order.refund_id)},
                    },
                    options={"idempotency_key": f"refund-{order.refund_id}"},
                )
            )
        except GatewayRefused as refusal:
            reason = str(refusal.details["reason"])
            outcome = Outcome.PENDING if reason == NOT_YET else Outcome.FAILED
            return GatewayAnswer(outcome=outcome, gateway_reference="", amount=None, reason=reason)
        with reading(self.name):
            return _refund(made.to_dict())

    def query_refund(self, order: RefundOrder) -> GatewayAnswer:
        """Found by our own id in its metadata: the idempotency key is forgotten by Stripe after a day."""
        params: Any = {"payment_intent": order.paid_reference, "limit": 100}
        rows = self._ask(lambda: list(self._client.v1.refunds.list(params=params).auto_paging_iter()))
        with reading(self.name):
            for refund in (row.to_dict() for row in rows):
                if _ours(refund, REFUND) == order.refund_id:
                    return _refund(refund)
        return GatewayAnswer(outcome=Outcome.UNKNOWN, gateway_reference="", amount=None)

    def parse_notification(self, headers: Mapping[str, str], body: bytes) -> Notification | None:
        """Other events of the account, and payments that were not started here, are none of our business."""
        given = {name.lower(): value for name, value in headers.items()}
        signature = given.get("stripe-signature", "")
        try:
            # its own time window looks at the machine's clock, and at the past only
            stripe.WebhookSignature.verify_header(body, signature, self._account.webhook_secret, tolerance=None)
            stamps = [int(part[2:]) for part in signature.split(",") if part.startswith("t=")]
            event = json.loads(body)
            notification = _notification(event)
        except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError, InvalidInput) as error:
            raise BadSignature(reason=type(error).__name__) from None
        if len(stamps) != 1 or abs(stamps[0] - clock.now().timestamp()) > WINDOW_SECONDS:
            raise BadSignature(reason="outside the time window")
        return notification

    def acknowledgement(self) -> Acknowledgement:
        return Acknowledgement(body=b'{"received": true}', content_type="application/json")

    def bill(self, day: date) -> tuple[BillLine, ...]:
        """The account's balance transactions of one UTC day, with the charge or refund that made each."""
        begin = datetime.combine(day, time(), UTC)
        params: Any = {
            "created": {"gte": int(begin.timestamp()), "lt": int((begin + timedelta(days=1)).timestamp())},
            "expand": ["data.source"],
            "limit": 100,
        }
        rows = self._ask(lambda: list(self._client.v1.balance_transactions.list(params=params).auto_paging_iter()))
        with reading(self.name):
            return tuple(line for row in rows if (line := _bill_line(row.to_dict())) is not None)

    def _intent_of(self, attempt: AttemptView) -> stripe.PaymentIntent | None:
        """The attempt's PaymentIntent; by search when the answer that named the page was lost."""
        if attempt.gateway_reference:
            return self._ask(lambda: self._client.v1.payment_intents.retrieve(attempt.gateway_reference))
        params: Any = {"query": f"metadata['{ATTEMPT}']:'{attempt.id}'"}
        found = self._ask(lambda: self._client.v1.payment_intents.search(params=params))
        return found.data[0] if found.data else None

    def _ask(self, call: Callable[[], Found]) -> Found:
        """A question that Stripe refuses is no answer about money: the keys may be another account's."""
        try:
            return self._call(call)
        except GatewayRefused as refusal:
            raise GatewayUnreachable(**refusal.details) from refusal

    def _call(self, call: Callable[[], Found]) -> Found:
        try:
            return call()
        except (stripe.InvalidRequestError, stripe.CardError, stripe.IdempotencyError) as error:
            raise GatewayRefused(gateway=self.name, reason=error.code or type(error).__name__) from error
        except stripe.StripeError as error:
            raise GatewayUnreachable(gateway=self.name, reason=type(error).__name__) from error

    @cached_property
    def _client(self) -> stripe.StripeClient:
        account = self._account
        return stripe.StripeClient(
            account.secret_key,
            base_addresses={"api": account.base_url},
            http_client=stripe.RequestsClient(timeout=account.timeout_seconds),
            max_network_retries=0,  # the sweeps repeat, with the same keys
        )


def _session(session: Mapping[str, Any]) -> tuple[GatewayAnswer, UUID | None]:
    """A page that is complete and not paid waits for a bank that takes its days."""
    if session["payment_status"] == "paid":
        outcome = Outcome.SUCCEEDED
    else:
        outcome = Outcome.FAILED if session["status"] == "expired" else Outcome.PENDING
    answer = GatewayAnswer(
        outcome=outcome,
        gateway_reference=str(session["payment_intent"] or "") if outcome is Outcome.SUCCEEDED else "",
        amount=stripe_money.from_stripe(session["amount_total"], session["currency"]),
        reason=f"{session['status']}/{session['payment_status']}",
    )
    return answer, _ours(session, ATTEMPT)


def _intent(intent: Mapping[str, Any]) -> tuple[GatewayAnswer, UUID | None]:
    outcomes = {"succeeded": Outcome.SUCCEEDED, "canceled": Outcome.FAILED}
    answer = GatewayAnswer(
        outcome=outcomes.get(intent["status"], Outcome.PENDING),
        gateway_reference=intent["id"],
        amount=stripe_money.from_stripe(intent["amount"], intent["currency"]),
        reason=intent["status"],
    )
    return answer, _ours(intent, ATTEMPT)


def _refund(refund: Mapping[str, Any]) -> GatewayAnswer:
    return GatewayAnswer(
        outcome=REFUNDS.get(refund["status"], Outcome.PENDING),
        gateway_reference=refund["id"],
        amount=stripe_money.from_stripe(refund["amount"], refund["currency"]),
        reason=str(refund.get("failure_reason") or refund["status"]),
    )


def _notification(event: Mapping[str, Any]) -> Notification | None:
    subject, kind = event["data"]["object"], str(event["type"])
    if kind.startswith("checkout.session."):
        answer, subject_id = _session(subject)
        if kind == "checkout.session.async_payment_failed":
            answer = GatewayAnswer(Outcome.FAILED, "", answer.amount, "async_payment_failed")
        about = NotificationKind.PAYMENT
    elif kind.startswith("refund.") or kind == "charge.refund.updated":
        answer, subject_id, about = _refund(subject), _ours(subject, REFUND), NotificationKind.REFUND
    else:
        return None
    if subject_id is None:
        return None
    return Notification(notification_id=event["id"], kind=about, subject_id=subject_id, answer=answer)


def _bill_line(row: Mapping[str, Any]) -> BillLine | None:
    """Fees, pay-outs and the like are no payment and no refund of anybody."""
    kinds = {"charge": NotificationKind.PAYMENT, "payment": NotificationKind.PAYMENT}
    kinds |= {"refund": NotificationKind.REFUND, "payment_refund": NotificationKind.REFUND}
    kind = kinds.get(row["type"])
    if kind is None:
        return None
    source = row["source"]
    return BillLine(
        kind=kind,
        subject_id=_ours(source, ATTEMPT if kind is NotificationKind.PAYMENT else REFUND),
        gateway_reference=source["id"],
        # the source's money is what was asked for; the row's is what the account's own currency made of it
        amount=stripe_money.from_stripe(source["amount"], source["currency"]),
    )


def _ours(thing: Mapping[str, Any], key: str) -> UUID | None:
    try:
        return UUID((thing.get("metadata") or {}).get(key) or "")
    except ValueError:
        return None
