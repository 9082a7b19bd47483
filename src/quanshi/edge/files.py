"""Static files and media straight from disk, without a detour over Django's threads.

Static files are WhiteNoise's own answers (compressed, far-future cached), as Django gives them in a split deployment.
Media are what people uploaded: never sniffed, never a page of ours, whatever is in them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import IO, Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from whitenoise.responders import Response, StaticFile  # type: ignore[import-untyped]

CHUNK_BYTES: Final = 256 * 1024
IMAGE_TYPES: Final = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}
MEDIA_HEADERS: Final = (
    ("Cache-Control", "public, max-age=31536000, immutable"),  # storage never gives a name to a second content
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
)
PLAIN_NAME: Final = re.compile(r"[\w-][\w. ~+-]*")  # neither "..", nor a hidden file, nor a backslash


class Files:
    """An ASGI application: /static/ and /media/ from disk, everything else from `app`."""

    def __init__(
        self, app: ASGIApp, *, static_files: Mapping[str, StaticFile], static_url: str, media_root: Path, media_url: str
    ) -> None:
        self._app = app
        self._static_files = static_files
        self._static_url = static_url
        self._media_root = media_root
        self._media_url = media_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        if path.startswith(self._media_url):
            await self._answer(self._media_file(path.removeprefix(self._media_url)), scope, send)
        elif path.startswith(self._static_url):
            await self._answer(self._static_files.get(path), scope, send)
        else:
            await self._app(scope, receive, send)

    def _media_file(self, name: str) -> StaticFile | None:
        parts = name.split("/")
        if not all(PLAIN_NAME.fullmatch(part) for part in parts):
            return None
        path = self._media_root.joinpath(*parts)
        try:
            if not path.is_file():
                return None
        except OSError:  # a name longer than the file system has
            return None
        kind = IMAGE_TYPES.get(path.suffix.lower())
        headers = [*MEDIA_HEADERS, ("Content-Type", kind or "application/octet-stream")]
        if kind is None:
            headers.append(("Content-Disposition", "attachment"))
        return StaticFile(str(path), headers)

    async def _answer(self, file: StaticFile | None, scope: Scope, send: Send) -> None:
        if file is None:
            headers = [("Content-Type", "text/plain"), ("Content-Length", "0")]
            await _send(send, Response(HTTPStatus.NOT_FOUND, headers, None))
            return
        meta = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in Headers(scope=scope).items()}
        await _send(send, file.get_response(scope["method"], meta))


async def _send(send: Send, response: Response) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    source: IO[bytes] | None = response.file
    try:
        await send({"type": "http.response.start", "status": int(response.status), "headers": headers})
        while source is not None and (chunk := source.read(CHUNK_BYTES)):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        if source is not None:
            source.close()
