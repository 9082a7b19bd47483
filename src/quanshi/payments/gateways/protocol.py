"""What the rest of the room asks of a gateway.

One gateway name is one channel: `wechat_native` and `wechat_h5` share an account and differ in how the payer gets
there. None of them is trusted to notify, so each can be asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta, timezone
from typing import Final, Protocol
from uuid import UUID

from quanshi.kernel.errors import DomainError, InvalidInput
from quanshi.kernel.money import Money
from quanshi.payments.errors import GatewayUnreachable
from quanshi.payments.types import (
    Acknowledgement,
    AttemptView,
    BillLine,
    GatewayAnswer,
    Notification,
    Payer,
    PaymentRequest,
    PaymentStart,
    PayoutOrder,
    RefundDestination,
    RefundOrder,
)

TIMEOUT_SECONDS: Final = 8.0
CHINA: Final = timezone(timedelta(hours=8))  # by whose clock WeChat Pay and Alipay tell days and moments


class Gateway(Protocol):
    """Every method may be called again with the same ids and then means the same payment or refund.

    Methods that call out raise GatewayUnreachable when no trustworthy answer came: the outcome is unknown then. They
    are never called inside a transaction.
    """

    @property
    def name(self) -> str: ...

    def refusal(self, *, amount: Money, payer: Payer) -> DomainError | None:
        """Why such a payment cannot be started here; known without a call, and before anything is written."""

    def start(self, request: PaymentRequest) -> PaymentStart:
        """Open the payment at the gateway and say how the payer gets there.

        Raises: GatewayRefused when the gateway will not take this payment.
        """

    def query(self, attempt: AttemptView) -> GatewayAnswer:
        """Ask what became of a payment; UNKNOWN when the gateway has never heard of it."""

    def close(self, attempt: AttemptView) -> GatewayAnswer:
        """Make sure that nobody can pay an expired attempt any more; PENDING when that is not certain."""

    def refund(self, order: RefundOrder) -> GatewayAnswer:
        """Give money back, once per `refund_id`."""

    def query_refund(self, order: RefundOrder) -> GatewayAnswer:
        """Ask what became of a refund; UNKNOWN when the gateway has never heard of it."""

    def parse_notification(self, headers: Mapping[str, str], body: bytes) -> Notification | None:
        """Verify and read what the gateway sent by itself; None for what is well signed and not about us.

        It calls nobody: who sends a forged message must not make this installation send one. Raises: BadSignature.
        """

    def acknowledgement(self) -> Acknowledgement:
        """The answer after which the gateway stops sending a notification."""


class PayingGateway(Gateway, Protocol):
    """A gateway whose account also pays others: transfers of its balance, splits of a payment where it knows them."""

    def payout_refusal(self, order: PayoutOrder) -> DomainError | None:
        """Why it cannot pay so; known without a call, and before anything is written."""

    def pay_out(self, order: PayoutOrder) -> GatewayAnswer:
        """Do what is ordered, once per `payout_id`: PENDING, or FAILED when it is refused.

        How it ended is for `query_payout` to say, which speaks from the gateway's records.
        """

    def query_payout(self, order: PayoutOrder) -> GatewayAnswer:
        """Ask what became of it; UNKNOWN when the gateway has never heard of it."""


class SplittingGateway(PayingGateway, Protocol):
    """A gateway that holds a payment back until it has been split."""

    def release(self, *, attempt_id: UUID, paid_reference: str) -> None:
        """Let what is left of a payment go to the account, once per attempt. Raises: GatewayRefused."""


class BilledGateway(Gateway, Protocol):
    """A gateway whose account gives a day's bill."""

    def bill(self, day: date) -> tuple[BillLine, ...]:
        """Every payment and refund that the account booked on `day` of the provider's own calendar, all channels.

        Raises: GatewayUnreachable, also when the bill is not ready yet.
        """


class RedirectingGateway(Gateway, Protocol):
    """A gateway that tells of refunds that could not arrive, and sends them elsewhere."""

    def redirect_refund(self, order: RefundOrder, destination: RefundDestination) -> GatewayAnswer:
        """Send an abnormal refund to `destination`, once: what is on its way again is refused.

        Raises: RedirectRefused with nothing done.
        """


@contextmanager
def reading(gateway: str) -> Iterator[None]:
    """An answer of another form than agreed is no answer: what it is about stays unknown, and nothing else stops."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, InvalidInput) as error:
        raise GatewayUnreachable(gateway=gateway, reason=f"an answer of another form: {error!r}") from error
