"""Beginning to pay in the answer to placing, for who names a gateway there: one way less over a phone's line."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection

from quanshi.accounts.types import Actor, ActorKind
from quanshi.kernel import problems
from quanshi.kernel.errors import DomainError, Unavailable
from quanshi.orders import services
from quanshi.payments.types import Payer, PaymentStart

THREADS: Final = 8  # with as many of the pages they share a pool of 16 connections; a gateway may take seconds
MOST_WAITING: Final = 64
QUEUE_SECONDS: Final = 2.0  # who has waited longer for a thread hears of the order first, and begins to pay by itself

logger = logging.getLogger(__name__)


class PaymentsBusy(Unavailable):
    """Nothing was begun."""

    code = "busy"
    message = "Too many payments are being begun; begin this one by itself in a moment."


class PaymentStarts:
    """Begins payments on threads of its own: placing waits for nobody, and gateways are called over the network."""

    def __init__(
        self, *, threads: int = THREADS, most_waiting: int = MOST_WAITING, queue_seconds: float = QUEUE_SECONDS
    ) -> None:
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="payment")
        self._most_open = threads + most_waiting
        self._open = 0
        self._queue_seconds = queue_seconds
        self._is_stopping = False

    async def begin(self, *, order_id: UUID, buyer_id: UUID, gateway: str, address: str) -> dict[str, Any]:
        """What is told of it beside the placed order: `payment`, or as `payment_problem` why there is none yet.

        Never raises: the order stands, and its payment can be begun by itself. Idempotent while a payment is open.
        """
        if self._is_stopping or self._open >= self._most_open:
            return _refused(PaymentsBusy())
        self._open += 1
        give_up_at = time.monotonic() + self._queue_seconds
        work = partial(self._begin, give_up_at, order_id=order_id, buyer_id=buyer_id, gateway=gateway, address=address)
        try:
            context = contextvars.copy_context()  # the request's id goes along
            start = await asyncio.get_running_loop().run_in_executor(self._pool, context.run, work)
        except DomainError as refusal:
            return _refused(refusal)
        except Exception:
            logger.exception("the payment of order %s could not be begun", order_id)
            return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "failed", "The payment could not be begun.", {})
        finally:
            self._open -= 1
        return {
            "payment": {
                "redirect_url": start.redirect_url,
                "qr_text": start.qr_text,
                "parameters": start.parameters,
            }
        }

    async def stop(self) -> None:
        """Let what was begun finish, and begin nothing more."""
        self._is_stopping = True
        await asyncio.to_thread(self._pool.shutdown)

    def _begin(self, give_up_at: float, *, order_id: UUID, buyer_id: UUID, gateway: str, address: str) -> PaymentStart:
        """Runs on a thread of the pool."""
        if self._is_stopping or time.monotonic() > give_up_at:
            raise PaymentsBusy
        try:
            return services.pay(
                actor=Actor(kind=ActorKind.BUYER, id=buyer_id),
                order_id=order_id,
                gateway=gateway,
                return_url=f"{settings.BASE_URL}/orders/{order_id}",
                payer=Payer(ip=address),
            )
        finally:
            connection.close()  # back to the pool


def _refused(refusal: DomainError) -> dict[str, Any]:
    return _problem(problems.status_of(refusal=refusal), refusal.code, refusal.message, refusal.details)


def _problem(status: HTTPStatus, code: str, detail: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {"payment_problem": problems.document(status=status, code=code, detail=detail, facts=facts)}
