"""The sandbox provider in this process: the real protocol over HTTP, with the whole Django application behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import httpx
import msgspec
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import translation

from quanshi.kernel import clock, ids
from quanshi.kernel.money import Money
from quanshi.payments import gateways, services
from quanshi.payments.errors import GatewayUnreachable
from quanshi.payments.sandbox import provider, wire
from quanshi.payments.types import AttemptView, NotificationKind, Outcome, PaymentPart, PaymentStart
from tests.support.jobs import run_due_jobs

Answer = Callable[[httpx.Request, Callable[[], httpx.Response]], httpx.Response]


def pass_on(_request: httpx.Request, answer: Callable[[], httpx.Response]) -> httpx.Response:
    return answer()


def time_out_before(request: httpx.Request, _answer: Callable[[], httpx.Response]) -> httpx.Response:
    raise httpx.ConnectTimeout("the network swallowed the question", request=request)


def time_out_after(request: httpx.Request, answer: Callable[[], httpx.Response]) -> httpx.Response:
    answer()
    raise httpx.ReadTimeout("the network swallowed the answer", request=request)


class Network(httpx.BaseTransport):
    """Carries calls to the application; `behave` lets one go wrong, `calls` remembers them."""

    def __init__(self) -> None:
        self.behave: Answer = pass_on
        self.calls: list[tuple[str, str]] = []
        self.is_in_transaction: list[bool] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.calls.append((request.method, request.url.path))
        self.is_in_transaction.append(connection.in_atomic_block)
        return self.behave(request, lambda: self._read(request))

    def post(self, path: str, *, body: bytes, headers: Mapping[str, str]) -> int:
        """The provider's line."""
        request = httpx.Request("POST", f"{settings.BASE_URL}{path}", content=body, headers=headers)
        try:
            return self.handle_request(request).status_code
        except httpx.TransportError as error:
            raise GatewayUnreachable(gateway="merchant", reason=type(error).__name__) from error

    @staticmethod
    def _read(request: httpx.Request) -> httpx.Response:
        # Django's own client runs the whole application, and unlike its WSGI handler leaves the test's connection open
        with translation.override(translation.get_language()):  # the provider's page must not change the caller's
            response = Client(raise_request_exception=False).generic(
                request.method,
                request.url.raw_path.decode(),
                request.read(),
                content_type=request.headers.get("Content-Type", ""),
                headers=dict(request.headers),
            )
        return httpx.Response(
            response.status_code, headers=dict(response.headers), content=response.content, request=request
        )


@dataclass
class Sandbox:
    """What a test does with the provider."""

    network: Network = field(default_factory=Network)
    merchant: wire.Signer = field(init=False)
    provider: wire.Signer = field(init=False)

    def __post_init__(self) -> None:
        self.merchant = wire.Signer(secret=settings.SECRET_KEY, party=wire.MERCHANT)
        self.provider = wire.Signer(secret=settings.SECRET_KEY, party=wire.PROVIDER)

    def start(
        self, *, shop_id: UUID, amount: Money, payable_id: UUID | None = None, expires_at: datetime | None = None
    ) -> tuple[AttemptView, PaymentStart]:
        return self.start_parts([PaymentPart(payable_id or ids.new_id(), shop_id, amount)], expires_at=expires_at)

    @staticmethod
    def start_parts(
        parts: Sequence[PaymentPart], *, expires_at: datetime | None = None
    ) -> tuple[AttemptView, PaymentStart]:
        return services.start_payment(
            parts=parts,
            gateway="sandbox",
            subject="Order 42",
            expires_at=expires_at or clock.now() + timedelta(minutes=15),
            return_url="/orders/42",
        )

    def choose(self, start: PaymentStart, choice: str = "pay") -> None:
        """The payer decides on the hosted page."""
        response = Client().post(start.redirect_url, {"choice": choice})
        assert (response.status_code, response.headers["Location"]) == (302, "/orders/42")

    def pay(self, *, shop_id: UUID, amount: Money, payable_id: UUID | None = None) -> AttemptView:
        """A payment that went well, notification included."""
        attempt, start = self.start(shop_id=shop_id, amount=amount, payable_id=payable_id)
        self.choose(start)
        run_due_jobs()
        return attempt

    def notification(
        self,
        *,
        subject_id: UUID,
        outcome: Outcome,
        amount: Money | None,
        notification_id: str = "n1",
        kind: NotificationKind = NotificationKind.PAYMENT,
        at: datetime | None = None,
        signer: wire.Signer | None = None,
    ) -> tuple[dict[str, str], bytes]:
        """A message as the provider would sign it."""
        body = msgspec.json.encode(
            wire.NotificationBody(
                id=notification_id,
                kind=kind,
                merchant_reference=str(subject_id),
                answer=wire.Answer(
                    outcome=outcome,
                    reference="P1",
                    amount_minor=amount.minor if amount else None,
                    currency=amount.currency if amount else "",
                ),
            )
        )
        signed = (signer or self.provider).headers(purpose="notification", target="", body=body, at=at or clock.now())
        return signed, body

    def send(self, headers: dict[str, str], body: bytes, *, gateway: str = "sandbox") -> int:
        """POST a message to our endpoint; the status it is answered with."""
        response = Client().post(
            f"/payments/notify/{gateway}", data=body, content_type="application/json", headers=headers
        )
        return response.status_code


@contextmanager
def sandbox_in_process() -> Iterator[Sandbox]:
    """Gateway and provider speak to each other through this process while the block runs."""
    sandbox = Sandbox()
    gateway = gateways.SandboxGateway(base_url=settings.BASE_URL, secret=settings.SECRET_KEY, transport=sandbox.network)
    other_side = provider.SandboxProvider(base_url=settings.BASE_URL, secret=settings.SECRET_KEY, line=sandbox.network)
    with gateways.in_place(gateway), provider.in_place(other_side):
        yield sandbox
