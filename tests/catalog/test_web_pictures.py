from __future__ import annotations

import ipaddress
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from quanshi.catalog.errors import PictureUnreachable
from quanshi.catalog.gateways import FAILURES_TO_GIVE_UP, PICTURE_MAX_BYTES, WebPictures
from quanshi.kernel.outbound import is_public

BODY = b"\xff\xd8 not looked at here"
TRUSTED = frozenset({"127.0.0.1"})


class Handler(BaseHTTPRequestHandler):
    asked: list[tuple[str, str]]

    def do_GET(self) -> None:
        type(self).asked.append((self.path, self.headers["Host"]))
        port = self.headers["Host"].rpartition(":")[2]
        moves = {
            "/to-other": f"http://127.0.0.2:{port}/picture",
            "/to-metadata": "http://169.254.169.254/latest/meta-data/",
            "/to-file": "file:///etc/passwd",
            "/to-nothing": "http://[",
            "/to-no-port": "http://127.0.0.1:99999/picture",
            "/round": "/round",
            "/moved": "/picture",
        }
        if self.path in moves:
            self.send_response(302)
            self.send_header("Location", moves[self.path])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(404 if self.path == "/none" else 200)
        self.send_header("Content-Type", "text/html" if self.path == "/page" else "image/jpeg")
        if self.path == "/packed":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if self.path == "/huge":
            for _ in range(PICTURE_MAX_BYTES // 65536 + 2):
                self.wfile.write(bytes(65536))
        else:
            self.wfile.write(BODY)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass

    def handle(self) -> None:
        with suppress(ConnectionError):  # the client leaves a too large picture in the middle, as it should
            super().handle()


@pytest.fixture
def server() -> Iterator[str]:
    Handler.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}"
        httpd.shutdown()
        thread.join()


def fetch(url: str, *, trusted: frozenset[str] = frozenset()) -> bytes:
    with closing(WebPictures(trusted=trusted)) as web:
        return web.read(url)


def test_a_picture_is_fetched_by_name_over_a_redirect(server: str) -> None:
    assert fetch(f"{server}/moved", trusted=TRUSTED) == BODY
    host = server.removeprefix("http://")
    assert Handler.asked == [("/moved", host), ("/picture", host)]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0", "[::1]"])
def test_this_machine_is_never_asked(server: str, host: str) -> None:
    with pytest.raises(PictureUnreachable) as refused:
        fetch(server.replace("127.0.0.1", host) + "/picture")
    assert "public" in refused.value.reason
    assert Handler.asked == []


@pytest.mark.parametrize("path", ["/to-other", "/to-metadata"])
def test_a_redirect_inward_is_refused(server: str, path: str) -> None:
    with pytest.raises(PictureUnreachable) as refused:
        fetch(f"{server}{path}", trusted=TRUSTED)
    assert "public" in refused.value.reason
    assert [asked for asked, _ in Handler.asked] == [path]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/to-file", "no web address"),
        ("/to-nothing", "no web address"),
        ("/to-no-port", "no web address"),
        ("/round", "redirects more than"),
        ("/none", "404"),
        ("/page", "text/html"),
        ("/packed", "compressed"),
        ("/huge", "larger than"),
    ],
)
def test_answers_that_are_no_picture_are_refused(server: str, path: str, reason: str) -> None:
    with pytest.raises(PictureUnreachable) as refused:
        fetch(f"{server}{path}", trusted=TRUSTED)
    assert reason in refused.value.reason


def test_a_silent_host_is_given_up_after_a_few_tries() -> None:
    with closing(WebPictures(trusted=TRUSTED)) as web:
        for _ in range(FAILURES_TO_GIVE_UP):
            with pytest.raises(PictureUnreachable) as refused:
                web.read("http://127.0.0.1:1/a.jpg")
            assert refused.value.is_network
        with pytest.raises(PictureUnreachable) as refused:
            web.read("http://127.0.0.1:1/b.jpg")
    assert not refused.value.is_network  # answered from memory, not from the network


def test_an_unknown_name_is_given_up_at_once() -> None:
    with closing(WebPictures()) as web:
        for name in "ab":
            with pytest.raises(PictureUnreachable) as refused:
                web.read(f"http://no-such-host.invalid/{name}.jpg")
            assert refused.value.is_network is (name == "a")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)
def test_addresses_that_lead_inward_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))
