"""Files from disk: what may be cached is, what people uploaded can do nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from starlette.responses import PlainTextResponse
from whitenoise import WhiteNoise  # type: ignore[import-untyped]

from quanshi.edge.files import Files


@dataclass
class Answer:
    status_code: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""

    @property
    def text(self) -> str:
        return self.content.decode(errors="replace")


class Client:
    """Asks the application itself: a real client would tidy up the naughty paths before it sends them."""

    def __init__(self, app: Files) -> None:
        self._app = app

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        return self.ask("GET", path, headers or {})

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None) -> Answer:
        answer = Answer()
        scope = {
            "type": "http",
            "method": method,
            "path": unquote(path),
            "query_string": b"",
            "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answer.status_code = message["status"]
                answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            answer.content += message.get("body", b"")

        asyncio.run(self._app(scope, receive, send))
        return answer


@pytest.fixture
def client(tmp_path: Path) -> Client:
    media, static = tmp_path / "media", tmp_path / "static"
    (media / "ab").mkdir(parents=True)
    static.mkdir()
    (media / "ab" / "cup.webp").write_bytes(b"webp" * 200_000)
    (media / "drawn.svg").write_text("<svg><script>alert(1)</script></svg>")
    (media / "page.html").write_text("<script>alert(1)</script>")
    (media / ".hidden").write_text("hidden")
    (tmp_path / "secret").write_text("secret")
    (media / "茶.png").write_bytes(b"png")
    (static / "a.css").write_text("body {}")
    app = Files(
        PlainTextResponse("a page"),
        static_files=WhiteNoise(None, root=str(static), prefix="/static/").files,
        static_url="/static/",
        media_root=media,
        media_url="/media/",
    )
    return Client(app)


def test_a_picture_arrives_whole_and_may_be_kept_for_ever(client: Client) -> None:
    answer = client.get("/media/ab/cup.webp")
    assert answer.content == b"webp" * 200_000
    assert answer.headers["content-type"] == "image/webp"
    assert "immutable" in answer.headers["cache-control"]
    again = client.get("/media/ab/cup.webp", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


def test_a_part_can_be_asked_for(client: Client) -> None:
    answer = client.get("/media/ab/cup.webp", headers={"Range": "bytes=4-7"})
    assert answer.status_code == 206
    assert answer.content == b"webp"


def test_head_has_no_body(client: Client) -> None:
    answer = client.ask("HEAD", "/media/ab/cup.webp")
    assert answer.headers["content-length"] == "800000"
    assert answer.content == b""


def test_an_uploaded_drawing_cannot_run_anything(client: Client) -> None:
    headers = client.get("/media/drawn.svg").headers
    assert headers["content-type"] == "image/svg+xml"
    assert "sandbox" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_what_is_no_picture_is_a_download(client: Client) -> None:
    headers = client.get("/media/page.html").headers
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"] == "attachment"


def test_names_may_be_chinese(client: Client) -> None:
    assert client.get("/media/茶.png").content == b"png"


@pytest.mark.parametrize(
    "path",
    [
        "/media/../secret",
        "/media/%2e%2e/secret",
        "/media/ab/..%2f..%2f..%2fsecret",
        "/media//etc/passwd",
        "/media/.hidden",
        "/media/ab",
        "/media/",
        "/media/ab%00.webp",
        "/media/..\\secret",
        "/media/nothing.png",
        "/static/nothing.css",
        "/static/../secret",
    ],
)
def test_what_is_not_there_or_not_meant_is_not_found(client: Client, path: str) -> None:
    answer = client.get(path)
    assert "secret" not in answer.text
    assert answer.status_code == 404 or answer.text == "a page"


def test_static_files_are_answered_and_written_to_by_nobody(client: Client) -> None:
    assert client.get("/static/a.css").text == "body {}"
    assert client.ask("POST", "/static/a.css").status_code == 405
    assert client.ask("POST", "/media/drawn.svg").status_code == 405


def test_everything_else_is_a_page(client: Client) -> None:
    assert client.get("/cart").text == "a page"
