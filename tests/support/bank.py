"""A bank at the other end of the sandbox's wire: books of its own, signed answers and letters, and moods.

It speaks the provider's protocol from memory, so that a test decides what it does and when it says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from uuid import UUID

import httpx
import msgspec
from django.conf import settings

from quanshi.kernel import clock
from quanshi.kernel.money import Money
from quanshi.payments import gateways, services
from quanshi.payments.sandbox import wire
from quanshi.payments.types import NotificationKind, Outcome


class Mood(Enum):
    """How the bank takes calls."""

    WELL = auto()
    DEAF = auto()  # the question gets lost
    MUTE = auto()  # the question arrives and the answer gets lost


@dataclass
class Entry:
    """What the bank knows of one payment or refund, by the merchant's reference."""

    kind: NotificationKind
    reference: UUID
    amount: Money
    outcome: Outcome
    of: UUID | None = None  # the payment that a refund gives back


@dataclass(frozen=True)
class Word:
    """What the bank says of one entry, in an answer or a letter."""

    kind: NotificationKind
    reference: UUID
    outcome: Outcome
    amount: Money | None
    id: str = ""  # of a letter: its copies share it


class Bank(httpx.BaseTransport):
    """Answers calls, writes letters. `answers` holds what it has said to calls and the merchant has heard."""

    def __init__(self) -> None:
        self.mood = Mood.WELL
        self.refund_outcome = Outcome.SUCCEEDED  # what becomes of refunds asked for from now on
        self.payments: dict[UUID, Entry] = {}
        self.refunds: dict[UUID, Entry] = {}
        self.letters: list[Word] = []
        self.answers: list[Word] = []
        self.complaints: list[str] = []  # what no merchant in their right mind would ask for
        self._merchant = wire.Signer(secret=settings.SECRET_KEY, party=wire.MERCHANT)
        self._signer = wire.Signer(secret=settings.SECRET_KEY, party=wire.PROVIDER)

    def charge(self, reference: UUID, amount: Money, outcome: Outcome) -> None:
        """The payer has decided, or decides anew after a refusal; the bank writes a letter unless it still waits."""
        known = self.payments.get(reference)
        assert known is None or known.outcome is not Outcome.SUCCEEDED, "no payer pays twice on one page"
        entry = Entry(NotificationKind.PAYMENT, reference, amount, outcome)
        self.payments[reference] = entry
        self._write(entry)

    def end_refund(self, reference: UUID, outcome: Outcome) -> None:
        """A refund that waited is decided, or a refusal turns out to have been wrong."""
        entry = self.refunds[reference]
        assert entry.outcome is not Outcome.SUCCEEDED, "what has been given back is gone"
        entry.outcome = outcome
        self._check_refunds(entry.of)
        self._write(entry)

    def held(self) -> int:
        """Minor units that lie here for the merchant."""
        taken = sum(entry.amount.minor for entry in self.payments.values() if entry.outcome is Outcome.SUCCEEDED)
        returned = sum(entry.amount.minor for entry in self.refunds.values() if entry.outcome is Outcome.SUCCEEDED)
        return taken - returned

    def post(self, letter: Word) -> None:
        """Deliver `letter`, signed as of now."""
        body = msgspec.json.encode(
            wire.NotificationBody(
                id=letter.id, kind=letter.kind, merchant_reference=str(letter.reference), answer=_answer(letter)
            )
        )
        headers = self._signer.headers(purpose="notification", target="", body=body, at=clock.now())
        services.receive_notification(gateway="sandbox", headers=headers, body=body)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.mood is Mood.DEAF:
            raise httpx.ConnectTimeout("the question was lost", request=request)
        body, path = request.read(), request.url.path
        self._merchant.check(request.headers, purpose=request.method, target=path, body=body, at=clock.now())
        word = self._refund(wire.decode(body, wire.RefundBody)) if request.method == "POST" else self._look_up(path)
        if self.mood is Mood.MUTE:
            raise httpx.ReadTimeout("the answer was lost", request=request)
        self.answers.append(word)
        content = msgspec.json.encode(_answer(word))
        nonce = request.headers[wire.NONCE]
        headers = self._signer.headers(purpose="answer", target=nonce, body=content, at=clock.now())
        return httpx.Response(200, headers=headers, content=content, request=request)

    def _look_up(self, path: str) -> Word:
        folder, _, name = path.rpartition("/")
        is_payment = folder == wire.PAYMENTS_PATH
        kind = NotificationKind.PAYMENT if is_payment else NotificationKind.REFUND
        entry = (self.payments if is_payment else self.refunds).get(UUID(name))
        return _word(entry) if entry else Word(kind, UUID(name), Outcome.UNKNOWN, None)

    def _refund(self, asked: wire.RefundBody) -> Word:
        reference = UUID(asked.merchant_reference)
        entry = self.refunds.get(reference)
        if entry is None:
            entry = Entry(
                NotificationKind.REFUND,
                reference,
                Money(asked.amount_minor, asked.currency),
                self.refund_outcome,
                of=UUID(asked.payment_reference),
            )
            self.refunds[reference] = entry
            self._check_refunds(entry.of)
            self._write(entry)
        if (entry.amount.minor, str(entry.of)) != (asked.amount_minor, asked.payment_reference):
            self.complaints.append(f"{asked} under the name of {entry}")
        return _word(entry)

    def _check_refunds(self, payment: UUID | None) -> None:
        """Nobody asks for more than came."""
        assert payment is not None
        charge = self.payments[payment]
        asked = [entry for entry in self.refunds.values() if entry.of == payment]
        minor = sum(entry.amount.minor for entry in asked if entry.outcome is not Outcome.FAILED)
        if charge.outcome is not Outcome.SUCCEEDED or minor > charge.amount.minor:
            self.complaints.append(f"{minor} minor units back of {charge}")

    def _write(self, entry: Entry) -> None:
        if entry.outcome is not Outcome.PENDING:
            word = _word(entry)
            self.letters.append(
                Word(word.kind, word.reference, word.outcome, word.amount, id=f"{word.reference}-{word.outcome}")
            )


@contextmanager
def open_bank() -> Iterator[Bank]:
    """The sandbox gateway speaks to this bank while the block runs."""
    bank = Bank()
    gateway = gateways.SandboxGateway(base_url=settings.BASE_URL, secret=settings.SECRET_KEY, transport=bank)
    with gateways.in_place(gateway):
        yield bank


def _word(entry: Entry) -> Word:
    return Word(entry.kind, entry.reference, entry.outcome, entry.amount)


def _answer(word: Word) -> wire.Answer:
    return wire.Answer(
        outcome=word.outcome,
        reference=f"B{word.reference.hex}"[:32],
        amount_minor=word.amount.minor if word.amount else None,
        currency=word.amount.currency if word.amount else "",
        reason="declined" if word.outcome is Outcome.FAILED else "",
    )
