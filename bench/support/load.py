"""A load generator in a process of its own: N keep-alive connections, each sends its next request when answered.

    python bench/support/load.py --port 8000 --clients 128 REQUESTS

REQUESTS is a file of whole HTTP requests, each after a line with its length. Plain epoll and sockets: on the machine
it shares with the server, whatever the client burns is missing there. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import select
import socket
import time
from collections import Counter
from pathlib import Path

END_OF_HEADERS = b"\r\n\r\n"
LENGTH = b"content-length: "


def read_requests(path: Path) -> list[bytes]:
    data = path.read_bytes()
    requests = []
    at = 0
    while at < len(data):
        end = data.index(b"\n", at)
        size = int(data[at:end])
        requests.append(data[end + 1 : end + 1 + size])
        at = end + 1 + size
    return requests


def write_requests(path: Path, requests: list[bytes]) -> None:
    path.write_bytes(b"".join(b"%d\n%b" % (len(request), request) for request in requests))


def is_whole(answer: bytes) -> bool:
    end = answer.find(END_OF_HEADERS)
    if end < 0:
        return False
    at = answer.find(LENGTH, 0, end)
    if at < 0:
        return True
    length = int(answer[at + len(LENGTH) : answer.index(b"\r", at)])
    return len(answer) >= end + len(END_OF_HEADERS) + length


def run(requests: list[bytes], *, port: int, clients: int) -> dict[str, object]:
    poll = select.epoll()
    sockets = {}
    for _ in range(min(clients, len(requests))):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sockets[connection.fileno()] = connection
        poll.register(connection.fileno(), select.EPOLLIN)
    waiting = iter(requests)
    sent_at = {}
    partial: dict[int, bytes] = {}
    statuses: Counter[str] = Counter()
    latencies = []
    started = time.perf_counter()
    for number, connection in sockets.items():
        sent_at[number] = time.perf_counter()
        connection.sendall(next(waiting))
    open_count = len(sockets)
    while open_count:
        for number, _ in poll.poll():
            connection = sockets[number]
            chunk = connection.recv(65536)
            if not chunk:
                raise ConnectionError("the server closed a connection")
            answer = partial.pop(number, b"") + chunk
            if not is_whole(answer):
                partial[number] = answer
                continue
            now = time.perf_counter()
            latencies.append(now - sent_at[number])
            statuses[answer[9:12].decode()] += 1
            request = next(waiting, None)
            if request is None:
                open_count -= 1
                continue
            sent_at[number] = now
            connection.sendall(request)
    seconds = time.perf_counter() - started
    latencies.sort()
    return {
        "requests": len(latencies),
        "seconds": seconds,
        "per_second": len(latencies) / seconds,
        "p50_ms": latencies[len(latencies) // 2] * 1000,
        "p99_ms": latencies[int(len(latencies) * 0.99)] * 1000,
        "statuses": dict(statuses),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("requests", type=Path)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--clients", type=int, default=128)
    options = parser.parse_args()
    print(json.dumps(run(read_requests(options.requests), port=options.port, clients=options.clients)))


if __name__ == "__main__":
    main()
