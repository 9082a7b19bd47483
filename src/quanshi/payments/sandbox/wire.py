"""What the sandbox provider and its merchants agree on: signatures and message bodies."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.payments.errors import BadSignature
from quanshi.payments.types import GatewayAnswer, NotificationKind, Outcome

MERCHANT: Final = "merchant"
PROVIDER: Final = "provider"
WINDOW_SECONDS: Final = 300
TIMESTAMP: Final = "Sandbox-Timestamp"
NONCE: Final = "Sandbox-Nonce"
SIGNATURE: Final = "Sandbox-Signature"

PAY_PATH: Final = "/sandbox-pay/pay"
PAYMENTS_PATH: Final = "/sandbox-pay/v1/payments"
REFUNDS_PATH: Final = "/sandbox-pay/v1/refunds"
PAYOUTS_PATH: Final = "/sandbox-pay/v1/payouts"

Body = TypeVar("Body", bound=msgspec.Struct)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The provider's word on one payment or refund."""

    outcome: Outcome
    reference: str = ""
    amount_minor: int | None = None
    currency: str = ""
    reason: str = ""

    def as_gateway_answer(self) -> GatewayAnswer:
        """Raises: BadSignature for an amount that is none."""
        try:
            amount = None if self.amount_minor is None else Money(self.amount_minor, self.currency)
        except InvalidInput:
            raise BadSignature(reason="the body is malformed") from None
        return GatewayAnswer(outcome=self.outcome, gateway_reference=self.reference, amount=amount, reason=self.reason)


class PayBody(msgspec.Struct, frozen=True, kw_only=True):
    """What the payer is sent to the provider with."""

    reference: str
    amount_minor: int
    currency: str
    subject: str
    return_url: str
    notify_url: str
    expires_at: datetime


class RefundBody(msgspec.Struct, frozen=True, kw_only=True):
    merchant_reference: str
    payment_reference: str
    amount_minor: int
    currency: str
    reason: str = ""


class PayoutBody(msgspec.Struct, frozen=True, kw_only=True):
    merchant_reference: str
    receiver: str
    amount_minor: int
    currency: str


class NotificationBody(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    kind: NotificationKind
    merchant_reference: str
    answer: Answer


class Signer:
    """One party's key. Both parties live in one installation, so both keys derive from its secret, one a direction."""

    def __init__(self, *, secret: str, party: str) -> None:
        # HMAC: with one secret behind both keys, whoever may check a signature could make it anyhow
        self._key = hmac.digest(secret.encode(), f"quanshi.sandbox.{party}".encode(), "sha256")

    def headers(self, *, purpose: str, target: str, body: bytes, at: datetime) -> dict[str, str]:
        """What to send beside `body` so that nobody can alter, redirect or keep it for later."""
        timestamp, nonce = str(int(at.timestamp())), secrets.token_urlsafe(16)
        signature = self._sign(_message(purpose, target, timestamp, nonce, body))
        return {TIMESTAMP: timestamp, NONCE: nonce, SIGNATURE: signature}

    def check(self, headers: Mapping[str, str], *, purpose: str, target: str, body: bytes, at: datetime) -> None:
        """Raises: BadSignature."""
        given = {name.lower(): value for name, value in headers.items()}
        timestamp, nonce = given.get(TIMESTAMP.lower(), ""), given.get(NONCE.lower(), "")
        self._verify(_message(purpose, target, timestamp, nonce, body), given.get(SIGNATURE.lower(), ""))
        if not timestamp.isdecimal() or abs(int(timestamp) - at.timestamp()) > WINDOW_SECONDS:
            raise BadSignature(reason="outside the time window")

    def sealed(self, body: PayBody) -> str:
        """`body` as a word of an address, with its signature; what it says about time is in it."""
        payload = base64.urlsafe_b64encode(msgspec.json.encode(body))
        return f"{payload.decode()}.{self._sign(_message('redirect', PAY_PATH, '', '', payload))}"

    def unsealed(self, word: str) -> PayBody:
        """Raises: BadSignature."""
        payload, _, signature = word.partition(".")
        self._verify(_message("redirect", PAY_PATH, "", "", payload.encode()), signature)
        return decode(base64.urlsafe_b64decode(payload), PayBody)

    def _sign(self, message: bytes) -> str:
        return base64.urlsafe_b64encode(hmac.digest(self._key, message, "sha256")).decode()

    def _verify(self, message: bytes, signature: str) -> None:
        if not hmac.compare_digest(self._sign(message).encode(), signature.encode()):
            raise BadSignature(reason="the signature does not fit")


def decode(body: bytes, kind: type[Body]) -> Body:
    """Raises: BadSignature for a body that is not what the two parties agreed on, whoever signed it."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError:
        raise BadSignature(reason="the body is malformed") from None


def _message(purpose: str, target: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    digest = hashlib.sha256(body).hexdigest()
    return f"quanshi-sandbox-v1\n{purpose}\n{target}\n{timestamp}\n{nonce}\n{digest}".encode()
