"""Django's bridge over real HTTP, with clients that behave and clients that do not."""

from __future__ import annotations

import hashlib
import inspect
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from quanshi.edge.bridge import WsgiBridge
from tests.support.ports import free_port, wait_for_port

ROOT = Path(__file__).resolve().parents[2]


class Served:
    def __init__(self) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.edge.programs.bridge_server", str(self.port)],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        wait_for_port(self.port)
        self.said = b""
        self.url = f"http://127.0.0.1:{self.port}"

    def connect(self, request: bytes) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        client.sendall(request)
        return client

    def stop(self) -> float:
        """Seconds until it had ended."""
        begun = time.monotonic()
        self.process.terminate()
        try:
            self.said = self.process.communicate(timeout=20)[1]
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.communicate()
        return time.monotonic() - begun


@pytest.fixture(scope="module")
def shared() -> Iterator[Served]:
    served = Served()
    yield served
    served.stop()


@pytest.fixture
def own() -> Iterator[Served]:
    served = Served()
    yield served
    served.stop()


def test_the_environment_is_what_wsgi_asks_for(shared: Served) -> None:
    headers = [
        ("X-Twice", "1"),
        ("X-Twice", "2"),
        ("Cookie", "a=1"),
        ("Cookie", "b=2"),
        ("X_Forwarded_For", "6.6.6.6"),
        ("Content-Type", "text/x"),
        ("Host", "shop.example:99"),
    ]
    environ = httpx.post(f"{shared.url}/%E8%8C%B6/a%20b?q=%E8%8C%B6&x=1", headers=headers, content=b"12345").json()
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/茶/a b"
    assert environ["QUERY_STRING"] == "q=%E8%8C%B6&x=1"
    assert environ["REQUEST_METHOD"] == "POST"
    assert environ["SCRIPT_NAME"] == ""
    assert environ["CONTENT_LENGTH"] == "5"
    assert environ["CONTENT_TYPE"] == "text/x"
    assert environ["HTTP_X_TWICE"] == "1,2"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["HTTP_HOST"] == "shop.example:99"
    assert environ["REMOTE_ADDR"] == "127.0.0.1"
    assert environ["SERVER_PORT"] == str(shared.port)
    assert environ["wsgi.url_scheme"] == "http"
    assert "HTTP_X_FORWARDED_FOR" not in environ


def test_a_path_that_is_no_utf8_is_no_crash(shared: Served) -> None:
    with shared.connect(b"GET /a%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") as client:
        assert client.recv(100).split()[1] in {b"200", b"400"}
    assert httpx.get(shared.url).text == "ok"


def test_repeated_response_headers_all_arrive(shared: Served) -> None:
    assert httpx.get(shared.url).headers.get_list("set-cookie") == ["a=1", "b=2"]


def test_head_answers_like_get_without_the_body(shared: Served) -> None:
    answer = httpx.head(shared.url)
    assert answer.headers["content-length"] == "2"
    assert answer.content == b""


def test_no_content_has_no_length(shared: Served) -> None:
    answer = httpx.get(f"{shared.url}/none")
    assert answer.status_code == 204
    assert "content-length" not in answer.headers


def test_a_crash_is_an_answer(shared: Served) -> None:
    answer = httpx.get(f"{shared.url}/crash")
    assert answer.status_code == 500
    assert "as told" not in answer.text


@pytest.mark.parametrize("size", [0, 1, 1_999_999, 2_097_152, 2_097_153, 8_000_000])
def test_uploads_arrive_whole(shared: Served, size: int) -> None:
    content = os.urandom(size)
    assert httpx.post(f"{shared.url}/upload", content=content).text == hashlib.sha256(content).hexdigest()


def test_an_upload_of_unknown_length_gets_its_length(shared: Served) -> None:
    environ = httpx.post(f"{shared.url}/environ", content=iter([b"ab", b"cde"])).json()
    assert environ["CONTENT_LENGTH"] == "5"
    assert "HTTP_TRANSFER_ENCODING" not in environ


@pytest.mark.parametrize("content", [b"x" * 8_000_001, iter([b"x" * 4_000_001, b"x" * 4_000_001])], ids=["told", "not"])
def test_too_much_is_refused(shared: Served, content: bytes | Iterator[bytes]) -> None:
    with suppress(httpx.WriteError, httpx.ReadError):  # refused while it was still sending
        assert httpx.post(f"{shared.url}/upload", content=content).status_code == 413
    assert httpx.get(shared.url).text == "ok"


@pytest.mark.parametrize("content", [b"x" * 1_000_001, iter([b"x" * 600_000, b"x" * 600_000])], ids=["told", "not"])
def test_only_uploads_may_be_large(shared: Served, content: bytes | Iterator[bytes]) -> None:
    with suppress(httpx.WriteError, httpx.ReadError):
        assert httpx.post(f"{shared.url}/environ", content=content).status_code == 413
    assert httpx.post(f"{shared.url}/environ", content=b"x" * 1_000_000).status_code == 200


def test_only_forms_with_pictures_or_lists_take_large_uploads() -> None:
    parameters = inspect.signature(WsgiBridge).parameters
    sizes = (parameters["largest_body_bytes"].default, parameters["largest_upload_bytes"].default)
    assert sizes == (3 * 2**20, 64 * 2**20)
    uploads = parameters["uploads"].default
    order = "/orders/01a221ac-cb00-77e8-ab02-b01d4d783c5b"
    shop = "/api/v1/shops/01a221ac-cb00-77e8-ab02-b01d4d783c5b"
    for path in (
        "/console/tea/import",
        f"{order}/after-sale",
        "/after-sale/01a2/pictures",
        f"{order}/reviews/01a221ac",
        f"{shop}/imports",
        f"{shop}/products/01a221ac-cb00-77e8-ab02-b01d4d783c5b/pictures",
    ):
        assert uploads.match(path), path
    for path in (
        "/orders",
        order,
        f"{order}/pay",
        "/cart",
        "/s/tea/p/console/",
        "/accounts/login/",
        f"{shop}/products",
    ):
        assert not uploads.match(path), path


def test_a_large_answer_arrives_whole_and_its_source_is_closed(shared: Served) -> None:
    before = int(httpx.get(f"{shared.url}/closed").text)
    assert len(httpx.get(f"{shared.url}/big").content) == 20_000_000
    assert int(httpx.get(f"{shared.url}/closed").text) == before + 2


def test_clients_that_do_not_read_hold_no_thread(shared: Served) -> None:
    sleepers = [shared.connect(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(6)]
    try:
        time.sleep(0.5)
        assert httpx.get(shared.url, timeout=5).text == "ok"
    finally:
        for client in sleepers:
            client.close()


def test_clients_that_send_half_a_body_hold_no_thread_and_may_go(shared: Served) -> None:
    half = b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf"
    for _ in range(3):  # more in all than the bridge keeps waiting
        clients = [shared.connect(half) for _ in range(4)]
        assert httpx.get(shared.url, timeout=5).text == "ok"
        for client in clients:
            client.close()
        time.sleep(0.2)
    assert httpx.get(shared.url).text == "ok"


def test_clients_that_send_their_body_for_ever_take_no_place_and_are_sent_away(shared: Served) -> None:
    half = b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf"
    clients = [shared.connect(half) for _ in range(12)]  # more than the bridge keeps waiting
    try:
        assert httpx.get(shared.url, timeout=5).text == "ok"
        for client in clients:
            assert client.recv(100).startswith(b"HTTP/1.1 408 ")
    finally:
        for client in clients:
            client.close()


def test_who_trickles_is_sent_away_and_who_is_slow_but_steady_is_heard(shared: Served) -> None:
    head = b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
    with shared.connect(head) as client:
        client.settimeout(0.2)  # well within the patience of a second
        answer = b""
        began = time.monotonic()
        while not answer and time.monotonic() - began < 10:
            client.send(b"x")
            with suppress(TimeoutError):
                answer = client.recv(100)
    assert answer.startswith(b"HTTP/1.1 408 ")
    with shared.connect(head) as client:
        for _ in range(10):  # two seconds, at six times the slowest speed worth waiting for
            client.sendall(b"x" * 10_000)
            time.sleep(0.2)
        assert client.recv(100).startswith(b"HTTP/1.1 200 ")


def test_clients_that_go_while_django_works_leave_nothing_behind(shared: Served) -> None:
    for _ in range(4):
        clients = [shared.connect(b"GET /slow?0.2 HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(4)]
        time.sleep(0.05)
        for client in clients:
            client.close()
    time.sleep(2)
    assert httpx.get(shared.url, timeout=5).text == "ok"


def test_too_many_waiting_are_told_to_come_back(shared: Served) -> None:
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(httpx.get(f"{shared.url}/slow?0.3", timeout=20).status_code)

    threads = [threading.Thread(target=ask) for _ in range(14)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses.count(503) >= 1
    assert statuses.count(200) >= 8
    assert httpx.get(shared.url).text == "ok"


def test_a_request_in_hand_is_finished_at_shutdown(own: Served) -> None:
    with own.connect(b"GET /slow?1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") as client:
        time.sleep(0.3)
        own.process.terminate()
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
    assert own.stop() < 5


def test_shutdown_does_not_wait_for_clients_that_went_away(own: Served) -> None:
    for path in (b"/slow?0.5", b"/big"):
        for _ in range(3):
            own.connect(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n").close()
    with own.connect(b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf"):
        time.sleep(0.1)
    assert own.stop() < 8
    assert b"Traceback" not in own.said
