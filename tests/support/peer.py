"""A payment provider on loopback: it speaks the provider's public protocol over real HTTP and misbehaves on demand."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from quanshi.kernel.money import Money
from quanshi.payments.types import AttemptView, PaymentStart
from tests.support.payout_desk import PayoutDesk

TIMEOUT_SECONDS = 10.0  # how long the gateways under test wait for a peer, on a busy machine too
SHORT_TIMEOUT_SECONDS = 0.4  # for one that is known to stay silent


class Trouble(StrEnum):
    """What goes wrong with every call while it is set."""

    SWALLOW_QUESTION = "swallow_question"
    SWALLOW_ANSWER = "swallow_answer"  # what was asked for is done, and nobody hears of it
    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    FORGED_ANSWER = "forged_answer"  # signed by somebody else, where answers are signed
    OTHER_ANSWER = "other_answer"  # a well signed answer to another question
    OTHER_FORM = "other_form"  # well signed, to the point, and without its amount
    NO_SENSE = "no_sense"  # 200 and a page of HTML, as a captive network answers


SILENT = frozenset({Trouble.SWALLOW_QUESTION, Trouble.SWALLOW_ANSWER})


@dataclass(frozen=True)
class Call:
    method: str
    target: str  # path and query as they were sent
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Notice:
    """A notification as the provider would send it."""

    gateway: str
    body: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def send(self) -> int:
        """POST it to our endpoint; the status it is answered with."""
        return (
            Client()
            .post(
                f"/payments/notify/{self.gateway}",
                data=self.body,
                content_type=self.content_type,
                headers=dict(self.headers),
            )
            .status_code
        )


class Peer(ABC):
    """`start` it, point a gateway at `account`, and `stop` it."""

    name: str  # of the account
    gateway: str  # the channel that tests take when any will do
    price: Money
    account: dict[str, Any]  # what stands in the settings for it
    payouts: PayoutDesk

    def __init__(self) -> None:
        self._trouble: Trouble | None = None
        self.calls: list[str] = []
        self.refused: list[str] = []  # calls whose signature or form did not fit
        self._is_over = threading.Event()
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                call = Call(
                    method=self.command,
                    target=self.path,
                    headers={name.lower(): value for name, value in self.headers.items()},
                    body=self.rfile.read(length),
                )
                reply = peer.answer(call)
                if reply is None:
                    return
                try:
                    self.send_response(reply.status)
                    for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(reply.body)
                except ConnectionError:
                    pass  # the client has given up

            do_POST = do_GET  # noqa: N815 - the name that http.server looks for

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def trouble(self) -> Trouble | None:
        return self._trouble

    @trouble.setter
    def trouble(self, trouble: Trouble | None) -> None:
        self._trouble = trouble
        self.account["timeout_seconds"] = SHORT_TIMEOUT_SECONDS if trouble in SILENT else TIMEOUT_SECONDS

    def stop(self) -> None:
        self._is_over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, call: Call) -> Reply | None:
        trouble = self.trouble
        self.calls.append(f"{call.method} {call.path}")
        if trouble is Trouble.ERROR_BEFORE:
            return Reply(502, b"bad gateway")
        if trouble is Trouble.NO_SENSE:
            return Reply(200, b"<html>sign in to the hotel's network</html>", {"Content-Type": "text/html"})
        if trouble is not Trouble.SWALLOW_QUESTION:
            reply = self.handle(call)
            if trouble is Trouble.ERROR_AFTER:
                return Reply(502, b"bad gateway")
            if trouble is not Trouble.SWALLOW_ANSWER:
                return reply
        self._is_over.wait(SHORT_TIMEOUT_SECONDS * 2)
        return None

    @abstractmethod
    def handle(self, call: Call) -> Reply:
        """Do what is asked, as the provider does."""

    @abstractmethod
    def pay(self, attempt: AttemptView, start: PaymentStart) -> None:
        """The payer goes where `start` leads, and pays."""

    @abstractmethod
    def payment_notice(
        self,
        attempt_id: UUID,
        *,
        is_paid: bool = True,
        amount: Money | None = None,
        notice_id: str = "n1",
        at: datetime | None = None,
        is_forged: bool = False,
    ) -> Notice:
        """What the provider tells of a payment by itself; `is_forged` signs it with somebody else's key."""

    @abstractmethod
    def refund_notice(self, refund_id: UUID, *, notice_id: str = "r1", amount: Money | None = None) -> Notice:
        """What the provider tells of a refund by itself."""

    @abstractmethod
    def refund_count(self) -> int:
        """How many refunds it has made."""

    @abstractmethod
    def is_payable(self, attempt_id: UUID) -> bool:
        """Whether a payer could still pay this."""


@cache
def key_pair(owner: str) -> tuple[rsa.RSAPrivateKey, str, str]:
    """A key of `owner`, with its PEM forms, private and public; made once a run."""
    assert owner
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return key, private.decode(), public.decode()
