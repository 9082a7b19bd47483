"""What the one that posts puts up with from receivers."""

from __future__ import annotations

import socketserver
import threading

from quanshi.interop.gateways import WebPoster
from tests.interop.conftest import Receiver


def test_a_redirect_is_not_followed_and_a_name_is_checked(receiver: Receiver) -> None:
    receiver.answer(307, Location="http://127.0.0.1:1/")
    assert WebPoster(trusted=frozenset({"127.0.0.1"})).post(receiver.url, headers={}, body="{}").status == 307
    inward = WebPoster().post(receiver.url.replace("127.0.0.1", "localhost"), headers={}, body="{}")
    assert (inward.status, inward.words) == (None, "the host's address is not a public one")
    assert len(receiver.messages) == 1


def test_who_says_a_letter_now_and_then_is_not_waited_for() -> None:
    """Each letter comes within the time-out of a read, so no read ever fails."""
    is_over = threading.Event()

    class Dribbling(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not is_over.wait(0.05):
                self.request.sendall(b"z")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, *_request: object) -> None:
            """The caller has hung up."""

    with Server(("127.0.0.1", 0), Dribbling) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        patience = threading.Timer(20, is_over.set)
        patience.start()
        poster = WebPoster(trusted=frozenset({"127.0.0.1"}), total_seconds=0.3)
        answer = poster.post(f"http://127.0.0.1:{server.server_address[1]}/", headers={}, body="{}")
        was_heard_out = is_over.is_set()
        patience.cancel()
        is_over.set()
        server.shutdown()
    assert (answer.status, answer.words) == (None, "the host did not answer in time")
    assert not was_heard_out
