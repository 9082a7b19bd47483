from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import Any, Final

import psycopg
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from quanshi.edge.batcher import Batcher, connection_parameters
from quanshi.edge.metrics import show_metrics
from quanshi.edge.openapi import document
from quanshi.edge.pay import PaymentStarts
from quanshi.edge.place import PlaceOrder
from quanshi.edge.problems import JsonResponse, Refused, problem
from quanshi.edge.stream import OrderStreams
from quanshi.kernel import memory
from quanshi.kernel.access import EVERYONE

ORDERS_PATH: Final = "/api/v1/orders"
DOCUMENT_PATH: Final = "/api/v1/openapi.json"
OWN_PATHS: Final = ("/stream/", "/healthz", "/readyz", "/metrics", DOCUMENT_PATH)  # with which a path of a route begins
HEALTH_TIMEOUT_SECONDS: Final = 2
READY_SQL: Final = "SELECT to_regprocedure('orders_place(jsonb)') IS NOT NULL"


class Front(Starlette):
    """Starlette, with straight ways past its routing and middleware to the busiest path and to the pages."""

    def __init__(self, *, orders: ASGIApp, pages: ASGIApp | None, **options: Any) -> None:
        super().__init__(**options)
        self.orders = orders
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        if path == ORDERS_PATH:
            await self.orders(scope, receive, send)
        elif path and self._pages is not None and not path.startswith(OWN_PATHS):
            await self._pages(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(
    fallback: ASGIApp | None = None, *, lanes: int = 1, description: Mapping[str, Any] | None = None
) -> ASGIApp:
    """The front of the house. `fallback` (Django behind its bridge) gets every path that is not edge's own.

    `description` is the OpenAPI document of all that is served here; without it edge describes itself alone.

    Django's settings must be configured. Start-up opens nothing: the first order connects.
    """
    batcher = Batcher(lanes=lanes)
    payment_starts = PaymentStarts()
    streams = OrderStreams()
    database = Database()

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        memory.settle()
        yield
        await streams.stop()
        await batcher.stop()
        await payment_starts.stop()

    app = Front(
        orders=PlaceOrder(batcher, payment_starts),
        pages=fallback,
        routes=[
            Route("/stream/orders/{token}", streams.stream_order),
            Route(DOCUMENT_PATH, Description(description or document(orders_path=ORDERS_PATH))),
            Route("/healthz", Health(database)),
            Route("/readyz", Readiness(batcher, database)),
            Route("/metrics", show_metrics),
        ],
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    if fallback is not None:
        app.router.default = fallback
    return app


class Description:
    """The OpenAPI document."""

    access = EVERYONE

    def __init__(self, whole: Mapping[str, Any]) -> None:
        self._response = JsonResponse(HTTPStatus.OK, whole)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._response(scope, receive, send)


class Database:
    """Asks whether the database answers. However many want to know at once, it is asked on one connection.

    Anybody may ask, and a connection each would leave none for orders and pages.
    """

    def __init__(self) -> None:
        self._asking: dict[str, asyncio.Task[bool | None]] = {}

    async def ask(self, question: str) -> bool | None:
        """The database's answer, or None when there is none."""
        asking = self._asking.get(question)
        if asking is None:
            asking = self._asking[question] = asyncio.create_task(_ask(question))
            asking.add_done_callback(lambda _: self._asking.pop(question))
        return await asyncio.shield(asking)


class Health:
    """200 when orders could be placed: the database answers."""

    access = EVERYONE

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = JsonResponse(HTTPStatus.OK, {"status": "ok"})
        if not await self._database.ask("SELECT true"):
            response = problem(
                Refused(HTTPStatus.SERVICE_UNAVAILABLE, "database_down", "The database does not answer.")
            )
        await response(scope, receive, send)


class Readiness:
    """200 when this process should be sent requests; each reason why not, by name."""

    access = EVERYONE

    def __init__(self, batcher: Batcher, database: Database) -> None:
        self._batcher = batcher
        self._database = database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_functions = await self._database.ask(READY_SQL)
        checks = {
            "database": has_functions is not None,
            "tables": bool(has_functions),  # `quanshi prepare` has run
            "queue": self._batcher.is_open,
        }
        missing = [name for name, is_fine in checks.items() if not is_fine]
        if missing:
            response = problem(
                Refused(HTTPStatus.SERVICE_UNAVAILABLE, "not_ready", "Not ready for requests.", missing=missing)
            )
        else:
            response = JsonResponse(HTTPStatus.OK, {"status": "ok"})
        await response(scope, receive, send)


async def _ask(question: str) -> bool | None:
    """The database's answer, or None when there is none."""
    try:
        connection = await psycopg.AsyncConnection.connect(
            **{**connection_parameters(), "connect_timeout": HEALTH_TIMEOUT_SECONDS}, autocommit=True
        )
        async with connection:
            row = await (await connection.execute(question.encode())).fetchone()
    except psycopg.Error:
        return None
    return bool(row and row[0])
