"""Simulated payers at the simulated provider, which answers in this process, so that no server has to run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

import httpx
from django.conf import settings

from quanshi.kernel import clock, relay
from quanshi.payments import gateways  # house: rooms-have-doors the demo stands in for the network between the two
from quanshi.payments import services as payments
from quanshi.payments.sandbox import provider, wire  # house: rooms-have-doors the provider's own door
from quanshi.payments.types import PaymentStart

GATEWAY: Final = gateways.SandboxGateway.name
ASKED_AFTER: Final = timedelta(minutes=1)  # the shop asks the provider what became of a payment or refund


def can_pay() -> bool:
    return GATEWAY in gateways.names()


class _Counter(httpx.BaseTransport):
    """The provider's HTTP interface without a wire: what web/sandbox serves, signatures and all."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        sandbox, path, body = provider.current(), request.url.path, request.read()
        sandbox.check_call(request.headers, method=request.method, path=path, body=body)
        reference = path.rpartition("/")[2]
        if request.method == "POST":
            answer = sandbox.refund(wire.decode(body, wire.RefundBody))
        elif path.startswith(wire.REFUNDS_PATH):
            answer = sandbox.refunded(reference)
        else:
            answer = sandbox.payment(reference)
        content, headers = sandbox.signed(answer, nonce=request.headers[wire.NONCE])
        return httpx.Response(200, headers=headers, content=content)


@contextmanager
def network() -> Iterator[None]:
    """Let the shops' side of the gateway reach the provider without a server while the block runs."""
    gateway = gateways.SandboxGateway(base_url=settings.BASE_URL, secret=settings.SECRET_KEY, transport=_Counter())
    with gateways.in_place(gateway):
        yield


def decide(start: PaymentStart, *, pays: bool) -> None:
    """Open the pay page that `start` leads to and take a decision there; the shop then asks and hears of it."""
    counter = provider.current()
    order = counter.read_order(start.redirect_url.partition("order=")[2])
    counter.settle(order, provider.Behaviour.PAY if pays else provider.Behaviour.DECLINE)
    with clock.fixed(clock.now() + ASKED_AFTER):
        payments.ask_attempts(now=clock.now())
        relay.drain()


def send_refunds() -> None:
    """Have the refunds that are due sent, and the orders told."""
    with clock.fixed(clock.now() + ASKED_AFTER):
        payments.send_due_refunds(now=clock.now())
        relay.drain()
