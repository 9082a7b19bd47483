"""Stripe's HTTP interface as its public reference describes it: Checkout Sessions, refunds, webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from quanshi.kernel import clock
from quanshi.kernel.money import Money
from quanshi.payments.types import AttemptView, PaymentStart
from tests.support.payout_desk import StripeDesk
from tests.support.peer import TIMEOUT_SECONDS, Call, Notice, Peer, Reply, Trouble

SECRET_KEY, WEBHOOK_SECRET = "sk_test_peer", "whsec_peer"


@dataclass
class Session:
    attempt_id: str
    minor: int
    currency: str
    params: dict[str, str]
    id: str = field(default_factory=lambda: f"cs_test_{secrets.token_hex(12)}")
    status: str = "open"
    payment_status: str = "unpaid"
    intent: str | None = None


class StripePeer(Peer):
    name, gateway, price = "stripe", "stripe", Money(4999, "USD")
    payouts: StripeDesk

    def __init__(self) -> None:
        super().__init__()
        self.sessions: dict[str, Session] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.made: list[str] = []  # every refund that moved money
        self.is_poor = False
        self.payouts = StripeDesk()
        self.is_slow_to_list = False  # a refund is made before the list of refunds knows of it
        self._answers: dict[str, tuple[bytes, Reply]] = {}
        self.account = {
            "secret_key": SECRET_KEY,
            "webhook_secret": WEBHOOK_SECRET,
            "base_url": self.url,
            "timeout_seconds": TIMEOUT_SECONDS,
        }

    # what the merchant calls

    def handle(self, call: Call) -> Reply:
        key = call.headers.get("idempotency-key", "")
        if call.headers.get("authorization") != f"Bearer {SECRET_KEY}" or "stripe-version" not in call.headers:
            self.refused.append(call.path)
            return _error(401, "invalid_request_error", "api_key")
        if call.method == "POST" and key in self._answers:
            sent, answer = self._answers[key]
            return answer if sent == call.body else _error(400, "idempotency_error", "")
        reply = self._done(call)
        if self.trouble is Trouble.OTHER_FORM:
            return Reply(200, reply.body.replace(b'"currency": "usd"', b'"currency": null'), reply.headers)
        if call.method == "POST" and key and reply.status == 200:
            self._answers[key] = (call.body, reply)
        return reply

    def _done(self, call: Call) -> Reply:  # noqa: PLR0911 - one line a path
        given = dict(parse_qsl(call.body.decode()))
        parts = call.path.strip("/").split("/")[1:]
        if parts == ["checkout", "sessions"]:
            return self._open(given)
        if parts[:2] == ["checkout", "sessions"]:
            session = self.sessions.get(parts[2])
            if session is None:
                return _error(404, "invalid_request_error", "resource_missing")
            return self._expire(session) if parts[-1] == "expire" else _ok(self._told(session))
        if parts == ["payment_intents", "search"]:
            found = [s for s in self.sessions.values() if s.attempt_id in call.query["query"] and s.intent]
            return _ok({"object": "search_result", "data": [self._intent(s) for s in found], "has_more": False})
        if parts[0] == "payment_intents":
            return _ok(self._intent(next(s for s in self.sessions.values() if s.intent == parts[1])))
        if parts == ["refunds"] and call.method == "POST":
            return self._refund(given)
        if parts == ["refunds"]:
            rows = [r for r in self.refunds.values() if r["payment_intent"] == call.query["payment_intent"]]
            rows = [] if self.is_slow_to_list else rows
            return _ok({"object": "list", "data": rows, "has_more": False, "url": "/v1/refunds"})
        if parts == ["transfers"]:
            return self._transfer(given) if call.method == "POST" else self._transfers(call.query["transfer_group"])
        if parts == ["balance_transactions"]:
            return _ok({"object": "list", "data": self.bill_rows(), "has_more": False, "url": call.path})
        return _error(404, "invalid_request_error", "unknown_path")

    def _transfer(self, given: dict[str, str]) -> Reply:
        status, answer = self.payouts.create(given)
        return _ok(answer) if status == 200 else _error(status, "invalid_request_error", answer["code"])

    def _transfers(self, group: str) -> Reply:
        rows = self.payouts.rows(group)
        if self.trouble in {Trouble.OTHER_ANSWER, Trouble.FORGED_ANSWER}:
            rows = [{**row, "transfer_group": "payout-another"} for row in rows]
        return _ok({"object": "list", "data": rows, "has_more": False, "url": "/v1/transfers"})

    def _open(self, given: dict[str, str]) -> Reply:
        price = "line_items[0][price_data]"
        currency, minor = given[f"{price}[currency]"], int(given[f"{price}[unit_amount]"])
        if given["mode"] != "payment" or not currency.islower() or minor < 1:
            self.refused.append(str(given))
            return _error(400, "invalid_request_error", "parameter_invalid")
        session = Session(given["metadata[attempt_id]"], minor, currency, given)
        self.sessions[session.id] = session
        return _ok({**self._told(session), "url": f"{self.url}/c/pay/{session.id}"})

    def _expire(self, session: Session) -> Reply:
        if session.status != "open":
            return _error(400, "invalid_request_error", "checkout_session_not_open")
        session.status = "expired"
        return _ok(self._told(session))

    def _refund(self, given: dict[str, str]) -> Reply:
        session = next((s for s in self.sessions.values() if s.intent == given["payment_intent"]), None)
        if session is None:
            return _error(404, "invalid_request_error", "resource_missing")
        back = sum(r["amount"] for r in self.refunds.values() if r["payment_intent"] == session.intent)
        if back + int(given["amount"]) > session.minor:
            return _error(400, "invalid_request_error", "charge_already_refunded")
        if self.is_poor:
            return _error(400, "invalid_request_error", "balance_insufficient")
        refund = {
            "id": f"re_{secrets.token_hex(12)}",
            "object": "refund",
            "amount": int(given["amount"]),
            "currency": session.currency,
            "payment_intent": session.intent,
            "metadata": {"refund_id": given["metadata[refund_id]"]},
            "status": "pending",
        }
        answer = _ok(refund)
        self.made.append(str(refund["id"]))
        self.refunds[given["metadata[refund_id]"]] = {**refund, "status": "succeeded"}
        return answer

    def bill_rows(self) -> list[dict[str, Any]]:
        """The day's balance transactions: charges, refunds, and a fee that is nobody's payment."""
        rows: list[dict[str, Any]] = [
            {"id": "txn_fee", "object": "balance_transaction", "type": "stripe_fee", "source": None}
        ]
        for session in self.sessions.values():
            if session.intent:
                source: dict[str, Any] = {
                    "id": f"ch_{session.intent}",
                    "object": "charge",
                    "metadata": self._metadata(session),
                }
                source |= {"amount": session.minor, "currency": session.currency}
                rows.append({"id": "txn_c", "object": "balance_transaction", "type": "charge", "source": source})
        told = {"id": "txn_r", "object": "balance_transaction", "type": "refund"}
        return rows + [{**told, "source": refund} for refund in self.refunds.values()]

    # what the payer and Stripe do

    def forget_keys(self) -> None:
        """A day has passed: the same idempotency key is a new call."""
        self._answers.clear()

    def pay(self, attempt: AttemptView, start: PaymentStart) -> None:
        session = self.sessions[start.redirect_url.rpartition("/")[2]]
        assert session.attempt_id == str(attempt.id)
        assert session.status == "open"
        self._take(session)

    @staticmethod
    def _take(session: Session) -> None:
        session.status, session.payment_status = "complete", "paid"
        session.intent = f"pi_{secrets.token_hex(12)}"

    def is_payable(self, attempt_id: UUID) -> bool:
        return any(s.attempt_id == str(attempt_id) and s.status == "open" for s in self.sessions.values())

    def refund_count(self) -> int:
        return len(self.made)

    def payment_notice(
        self,
        attempt_id: UUID,
        *,
        is_paid: bool = True,
        amount: Money | None = None,
        notice_id: str = "n1",
        at: datetime | None = None,
        is_forged: bool = False,
        kind: str = "",
        changes: Mapping[str, str] | None = None,
    ) -> Notice:
        found = [session for session in self.sessions.values() if session.attempt_id == str(attempt_id)]
        session = found[0] if found else Session(str(attempt_id), self.price.minor, "usd", {})
        told = self._told(session)
        if is_paid:
            told |= {"status": "complete", "payment_status": "paid", "payment_intent": session.intent or "pi_1"}
        else:
            told |= {"status": "expired", "payment_status": "unpaid"}
        if amount is not None:
            told |= {"amount_total": amount.minor, "currency": amount.currency.lower()}
        kind = kind or f"checkout.session.{'completed' if is_paid else 'expired'}"
        return self._notice(kind, {**told, **(changes or {})}, notice_id=notice_id, at=at, is_forged=is_forged)

    def refund_notice(self, refund_id: UUID, *, notice_id: str = "r1", amount: Money | None = None) -> Notice:
        refund = self.refunds[str(refund_id)]
        if amount is not None:
            refund = {**refund, "amount": amount.minor}
        return self._notice("refund.updated", refund, notice_id=notice_id)

    def _notice(
        self,
        kind: str,
        subject: dict[str, Any],
        *,
        notice_id: str,
        at: datetime | None = None,
        is_forged: bool = False,
    ) -> Notice:
        event = {"id": notice_id, "object": "event", "type": kind, "livemode": False, "data": {"object": subject}}
        body = json.dumps(event, indent=2).encode()
        stamp = int((at or clock.now()).timestamp())
        secret = "whsec_somebody" if is_forged else WEBHOOK_SECRET
        digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        return Notice(self.gateway, body, "application/json", {"Stripe-Signature": f"t={stamp},v1={digest},v0=00"})

    def _told(self, session: Session) -> dict[str, Any]:
        # Stripe signs no answers: who is in the middle of TLS could say anything, so a forged one has no form to take
        attempt = "f" * 32 if self.trouble in {Trouble.OTHER_ANSWER, Trouble.FORGED_ANSWER} else session.attempt_id
        return {
            "id": session.id,
            "object": "checkout.session",
            "status": session.status,
            "payment_status": session.payment_status,
            "payment_intent": session.intent,
            "amount_total": session.minor,
            "currency": session.currency,
            "metadata": {"attempt_id": attempt},
            "url": None,
        }

    def _intent(self, session: Session) -> dict[str, Any]:
        told = {"id": session.intent, "object": "payment_intent", "status": "succeeded", "amount": session.minor}
        return {**told, "currency": session.currency, "metadata": self._metadata(session)}

    @staticmethod
    def _metadata(session: Session) -> dict[str, str]:
        return {"attempt_id": session.params["payment_intent_data[metadata][attempt_id]"]}


def _ok(answer: dict[str, Any]) -> Reply:
    return Reply(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})


def _error(status: int, kind: str, code: str) -> Reply:
    body = {"error": {"type": kind, "code": code, "message": code}}
    return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
