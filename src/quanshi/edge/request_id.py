"""The first to see a request gives it its id: taken from X-Request-Id or made, told to all behind and to the client."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from quanshi.kernel import logs

HEADER: Final = logs.HEADER.lower().encode()  # as ASGI spells it


class RequestIds:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(HEADER)
        accepted = logs.accept_request_id((given or b"").decode("latin-1"))
        told = (HEADER, accepted.encode())
        if given is None:
            scope = {**scope, "headers": [*scope["headers"], told]}
        elif told[1] != given:
            scope = {**scope, "headers": [*[pair for pair in scope["headers"] if pair[0] != HEADER], told]}

        def send_with_id(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message["headers"] = [*[pair for pair in message.get("headers", ()) if pair[0] != HEADER], told]
            return send(message)

        with logs.working_for(accepted):
            await self._app(scope, receive, send_with_id)
