from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from uuid import UUID

import httpx
import msgspec

from quanshi.kernel import clock
from quanshi.kernel.errors import DomainError
from quanshi.kernel.money import Money
from quanshi.payments.errors import BadSignature, GatewayUnreachable, PayoutNotOffered
from quanshi.payments.gateways.protocol import TIMEOUT_SECONDS
from quanshi.payments.sandbox import wire
from quanshi.payments.types import (
    Acknowledgement,
    AttemptView,
    GatewayAnswer,
    Notification,
    Payer,
    PaymentRequest,
    PaymentStart,
    PayoutKind,
    PayoutOrder,
    RefundOrder,
)


class SandboxGateway:
    """Our side of the simulated provider, speaking its real protocol over HTTP through `transport`."""

    name = "sandbox"

    def __init__(
        self,
        *,
        base_url: str,
        secret: str,
        transport: httpx.BaseTransport | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._base_url = base_url
        self._transport = transport
        self._timeout_seconds = timeout_seconds
        self._ours = wire.Signer(secret=secret, party=wire.MERCHANT)
        self._theirs = wire.Signer(secret=secret, party=wire.PROVIDER)

    @staticmethod
    def refusal(*, amount: Money, payer: Payer) -> DomainError | None:  # noqa: ARG004 - it takes all money of anybody
        return None

    def start(self, request: PaymentRequest) -> PaymentStart:
        """A signed redirect: no call is made."""
        body = wire.PayBody(
            reference=str(request.attempt_id),
            amount_minor=request.amount.minor,
            currency=request.amount.currency,
            subject=request.subject,
            return_url=request.return_url,
            notify_url=request.notify_url,
            expires_at=request.expires_at,
        )
        # a path, not an address: whoever browses under another name of this host stays in their own session
        return PaymentStart(redirect_url=f"{wire.PAY_PATH}?order={self._ours.sealed(body)}")

    def query(self, attempt: AttemptView) -> GatewayAnswer:
        return self._call("GET", f"{wire.PAYMENTS_PATH}/{attempt.id}")

    def close(self, attempt: AttemptView) -> GatewayAnswer:
        """The provider's own clock closes: it is asked once more."""
        return self.query(attempt)

    def refund(self, order: RefundOrder) -> GatewayAnswer:
        body = wire.RefundBody(
            merchant_reference=str(order.refund_id),
            payment_reference=str(order.attempt_id),
            amount_minor=order.amount.minor,
            currency=order.amount.currency,
            reason=order.reason,
        )
        return self._call("POST", wire.REFUNDS_PATH, msgspec.json.encode(body))

    def query_refund(self, order: RefundOrder) -> GatewayAnswer:
        return self._call("GET", f"{wire.REFUNDS_PATH}/{order.refund_id}")

    def payout_refusal(self, order: PayoutOrder) -> DomainError | None:
        is_transfer = order.kind is PayoutKind.TRANSFER
        return None if is_transfer else PayoutNotOffered(account=self.name, missing=f"a way to {order.kind}")

    def pay_out(self, order: PayoutOrder) -> GatewayAnswer:
        body = wire.PayoutBody(
            merchant_reference=str(order.payout_id),
            receiver=order.receiver.account,
            amount_minor=order.amount.minor,
            currency=order.amount.currency,
        )
        return self._call("POST", wire.PAYOUTS_PATH, msgspec.json.encode(body))

    def query_payout(self, order: PayoutOrder) -> GatewayAnswer:
        return self._call("GET", f"{wire.PAYOUTS_PATH}/{order.payout_id}")

    def parse_notification(self, headers: Mapping[str, str], body: bytes) -> Notification:
        """A captured notification sent again inside the window has the same id, and an id counts once."""
        self._theirs.check(headers, purpose="notification", target="", body=body, at=clock.now())
        read = wire.decode(body, wire.NotificationBody)
        try:
            subject_id = UUID(read.merchant_reference)
        except ValueError:
            raise BadSignature(reason="not a reference of ours") from None
        return Notification(
            notification_id=read.id, kind=read.kind, subject_id=subject_id, answer=read.answer.as_gateway_answer()
        )

    def acknowledgement(self) -> Acknowledgement:
        return Acknowledgement(body=b'{"received": true}', content_type="application/json")

    def _call(self, method: str, path: str, body: bytes = b"") -> GatewayAnswer:
        headers = self._ours.headers(purpose=method, target=path, body=body, at=clock.now())
        try:
            response = self._client.request(
                method, path, content=body, headers={**headers, "Content-Type": "application/json"}
            )
        except httpx.HTTPError as error:
            raise GatewayUnreachable(gateway=self.name, reason=type(error).__name__) from error
        if response.status_code != httpx.codes.OK:
            raise GatewayUnreachable(gateway=self.name, reason=f"HTTP {response.status_code}")
        try:
            # bound to our nonce: an old answer, or one to another question, does not fit
            self._theirs.check(
                response.headers,
                purpose="answer",
                target=headers[wire.NONCE],
                body=response.content,
                at=clock.now(),
            )
            return wire.decode(response.content, wire.Answer).as_gateway_answer()
        except BadSignature as error:
            raise GatewayUnreachable(gateway=self.name, reason="an answer that the provider did not sign") from error

    @cached_property
    def _client(self) -> httpx.Client:
        # trust_env: a proxy from the environment must not see, or answer, what is meant for this host
        return httpx.Client(
            base_url=self._base_url,
            transport=self._transport,
            timeout=self._timeout_seconds,
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )
