"""Guests who buy, in a process of its own: each walks from a product to its payment, with a cookie jar of their own.

    python bench/support/buyers.py --port 8000 --buyers 16 --guests 400 PRODUCT_ID

`--buyers` of them shop at a time; when one is done the next guest begins. Three requests: a quote of the cart with the
product put into it, placing with the gateway to pay by, and the payer's decision on the provider's page. With
`--one-by-one` five: the cart and the beginning of the payment have requests of their own. Plain epoll and sockets, as
in load.py: on the machine it shares with the server, whatever the client burns is missing there. The last line is one
JSON object.
"""

from __future__ import annotations

import argparse
import json
import select
import socket
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from load import is_whole

ADDRESS = {"recipient": "周一", "phone": "13800000000", "region": "浙江省 杭州市 西湖区", "street": "文三路 1 号"}
PAYING = {"gateway": "sandbox"}
CHOICE = b"choice=pay"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class Guest:
    """One sequence: each answer makes the next request, until there is none."""

    def __init__(self, number: int, product_id: str, *, is_one_by_one: bool) -> None:
        # every guest comes from a network of their own, as they would: limits count networks
        self._from = f"x-forwarded-for: 10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        self._wish = {"product_id": product_id, "quantity": 1}
        self._is_one_by_one = is_one_by_one
        self._cookie = ""
        self._steps = self._walk()
        self.requests = 0
        self.latencies: list[tuple[str, float]] = []
        self.outcome = ""
        self.order_id = ""
        self._answer = b""

    def next_request(self, answer: bytes = b"") -> bytes | None:
        """What to send after `answer`; None when the guest is done."""
        self._answer = answer
        request = next(self._steps, None)
        self.requests += request is not None
        return request

    def _walk(self) -> Iterator[bytes]:
        wanted: dict[str, Any] = {"address": ADDRESS}
        if self._is_one_by_one:
            yield self._request("PUT", "/api/v1/cart/lines", json.dumps(self._wish).encode())
            if not self._is("200"):
                return
            self._keep_cookie()
        else:
            wanted["cart_line"] = self._wish
        yield self._request("POST", "/api/v1/quotes", json.dumps(wanted).encode())
        if not self._is("201"):
            return
        self._keep_cookie()
        order = {"quote": self._between(b'"token":"', b'"')} | ({} if self._is_one_by_one else PAYING)
        yield self._request("POST", "/api/v1/orders", json.dumps(order).encode())
        if not self._is("201"):
            return
        self.order_id = self._between(b'"order_id":"', b'"')
        if self._is_one_by_one:
            yield self._request("POST", f"/api/v1/orders/{self.order_id}/payments", json.dumps(PAYING).encode())
            if not self._is("201"):
                return
        yield self._request("POST", self._between(b'"redirect_url":"', b'"'), CHOICE, FORM)
        if self._is("302"):
            self.outcome = "paid"

    def _keep_cookie(self) -> None:
        if cookie := self._between(b"set-cookie: ", b";"):
            self._cookie = f"cookie: {cookie}\r\n"

    def _request(self, method: str, path: str, body: bytes, content_type: str = JSON) -> bytes:
        head = f"{method} {path} HTTP/1.1\r\nhost: localhost\r\n{self._from}\r\n{self._cookie}"
        return f"{head}content-type: {content_type}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body

    def _is(self, status: str) -> bool:
        found = self._answer[9:12].decode()
        self.outcome = self._between(b'"code":"', b'"') or found
        return found == status

    def _between(self, before: bytes, after: bytes) -> str:
        start = self._answer.find(before)
        if start < 0:
            return ""
        start += len(before)
        return self._answer[start : self._answer.index(after, start)].decode()


class Shopping:
    """`guests` guests, `buyers` at a time."""

    def __init__(
        self, product_id: str, *, port: int, buyers: int, guests: int, first: int, is_one_by_one: bool
    ) -> None:
        self._port = port
        self._poll = select.epoll()
        self._open: dict[int, tuple[socket.socket, Guest, float, float]] = {}
        self._partial: dict[int, bytes] = {}
        self._waiting = iter(Guest(first + number, product_id, is_one_by_one=is_one_by_one) for number in range(guests))
        self._buyers = buyers
        self.requests = 0
        self.outcomes: Counter[str] = Counter()
        self.sequences: list[float] = []
        self.answers: list[float] = []

    def run(self) -> None:
        for _ in range(self._buyers):
            self._begin()
        while self._open:
            for number, _ in self._poll.poll():
                self._hear(number)

    def _begin(self) -> None:
        guest = next(self._waiting, None)
        if guest is None:
            return
        connection = socket.create_connection(("127.0.0.1", self._port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._poll.register(connection.fileno(), select.EPOLLIN)
        now = time.perf_counter()
        self._open[connection.fileno()] = (connection, guest, now, now)
        connection.sendall(guest.next_request() or b"")

    def _hear(self, number: int) -> None:
        connection, guest, began, sent = self._open[number]
        chunk = connection.recv(65536)
        if not chunk:
            raise ConnectionError("the server closed a connection")
        answer = self._partial.pop(number, b"") + chunk
        if not is_whole(answer):
            self._partial[number] = answer
            return
        now = time.perf_counter()
        self.answers.append(now - sent)
        request = guest.next_request(answer)
        if request is not None:
            self._open[number] = (connection, guest, began, now)
            connection.sendall(request)
            return
        self._poll.unregister(number)
        connection.close()
        del self._open[number]
        self.requests += guest.requests
        self.outcomes[guest.outcome] += 1
        if guest.outcome == "paid":
            self.sequences.append(now - began)
        self._begin()


def percentile_ms(values: list[float], share: float) -> float:
    return sorted(values)[int(len(values) * share)] * 1000 if values else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("product_id")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--buyers", type=int, default=16)
    parser.add_argument("--guests", type=int, default=400)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--one-by-one", action="store_true")
    options = parser.parse_args()
    shopping = Shopping(
        options.product_id,
        port=options.port,
        buyers=options.buyers,
        guests=options.guests,
        first=options.first,
        is_one_by_one=options.one_by_one,
    )
    began_at = time.time()
    shopping.run()
    result = {
        "began_at": began_at,
        "cpu_seconds": time.process_time(),
        "requests": shopping.requests,
        "outcomes": dict(shopping.outcomes),
        "p50_ms": percentile_ms(shopping.sequences, 0.5),
        "p99_ms": percentile_ms(shopping.sequences, 0.99),
        "answer_p99_ms": percentile_ms(shopping.answers, 0.99),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
