"""People who pay: they place an order, go to the provider's page and decide there, and do not give up easily.

They speak HTTP to either edge, each with a guest's cookie; whatever fails is tried again.
"""

from __future__ import annotations

import base64
import random
import secrets
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from typing import Final, NamedTuple
from urllib.parse import urlencode

from quanshi.payments.sandbox import wire
from quanshi.web.visitor import _signer
from tests.support.judge import Case, hear
from tests.support.rush import Wish
from tests.support.torture.wishes import Fair, quote_by_dice

PATIENCE_SECONDS: Final = 90.0
PAUSE_SECONDS: Final = 0.2
TIMEOUT_SECONDS: Final = 30.0
CSRF_TOKEN: Final = secrets.token_hex(16)


class Plan(StrEnum):
    """What a buyer means to do."""

    PAY = "pay"
    NOTIFY_THRICE = "notify_thrice"
    NOTIFY_LATE = "notify_late"
    NEVER_NOTIFY = "never_notify"
    FAIL_THEN_SUCCEED = "fail_then_succeed"
    DECLINE_THEN_PAY = "decline_then_pay"
    CANCEL_THEN_PAY = "cancel_then_pay"  # the page of the provider was open in another window
    LEAVE = "leave"


PLANS: Final = {  # how many of a hundred
    Plan.PAY: 40,
    Plan.NOTIFY_THRICE: 10,
    Plan.NOTIFY_LATE: 10,
    Plan.NEVER_NOTIFY: 5,
    Plan.FAIL_THEN_SUCCEED: 10,
    Plan.DECLINE_THEN_PAY: 10,
    Plan.CANCEL_THEN_PAY: 10,
    Plan.LEAVE: 5,
}


@dataclass(slots=True)
class Purchase:
    """One buyer's way, and what they were told on it."""

    case: Case
    plan: Plan
    charged: list[str] = field(default_factory=list)  # what the provider said it had taken, by its merchant's reference
    requests: Counter[str] = field(default_factory=Counter)
    fault: str = ""  # it could not be ended within the patience


class GaveUp(Exception):
    """The patience is over."""


class Answer(NamedTuple):
    """Status 0 for none."""

    status: int
    location: str
    body: bytes


class Buyer:
    def __init__(self, fair: Fair, *, ports: Sequence[int], seed: int) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - a dice for tests
        (plan,) = self._dice.choices(list(PLANS), list(PLANS.values()))
        stalls = [self._dice.choice(fair.rush), fair.calm] if self._dice.random() < 0.3 else [fair.calm]
        quote = quote_by_dice(stalls, self._dice)
        self.purchase = Purchase(Case(Wish(quote, key="checkout")), plan)
        self._pay_url = ""
        self._ports = ports
        signed = _signer.sign(str(quote.buyer_id))
        cookies = [f"quanshi_guest_{port}={signed}; quanshi_csrf_{port}={CSRF_TOKEN}" for port in ports]
        self._headers = {"Cookie": "; ".join(cookies), "X-CSRFToken": CSRF_TOKEN}
        self._give_up_at = 0.0

    def run(self) -> Purchase:
        """Carry out the plan to its end. Never raises: what goes wrong is the purchase's fault."""
        self._give_up_at = time.monotonic() + PATIENCE_SECONDS
        try:
            if self._place() and self.purchase.plan is not Plan.LEAVE:
                self._pay()
        except GaveUp as fault:
            self.purchase.fault = str(fault)
        return self.purchase

    def _place(self) -> bool:
        """Whether the order stands."""
        case = self.purchase.case
        headers = {"Content-Type": "application/json", "Idempotency-Key": case.wish.key}
        body = case.wish.body()
        while not case.words:
            answer = self._try("place", "/api/v1/orders", body, headers)
            case.heard.append(hear(answer.status, answer.body))
        self._pay_url = case.heard[-1].body.get("pay_url", "")
        return bool(self._pay_url)

    def _pay(self) -> None:
        plan = self.purchase.plan
        page = self._start()
        if plan is Plan.DECLINE_THEN_PAY:
            self._decide(page, "decline")
            self._decide(self._start(but=page), "pay")
        elif plan is Plan.CANCEL_THEN_PAY:
            self._insist("cancel", self._pay_url.removesuffix("pay") + "cancel")
            self._decide(page, "pay")
        elif plan is Plan.FAIL_THEN_SUCCEED:
            self._decide(page, "fail_then_succeed")
            if (other := self._start(but=page)) != page:  # the first one was said to have failed: paid once too often
                self._decide(other, "pay")
        else:
            self._decide(page, plan)

    def _start(self, *, but: str = "") -> str:
        """The provider's page for this order; another one than `but`, once that has come to nothing."""
        while True:
            page = self._insist("start", self._pay_url, gateway="sandbox")
            if not page.startswith(wire.PAY_PATH):
                return but  # it is paid already
            if page != but:
                return page
            time.sleep(PAUSE_SECONDS)

    def _decide(self, page: str, choice: str) -> None:
        if not page:
            return
        self._insist("decide", page, choice=choice)
        if choice != "decline":
            payload = page.partition("order=")[2].partition(".")[0]
            self.purchase.charged.append(wire.decode(base64.urlsafe_b64decode(payload), wire.PayBody).reference)

    def _insist(self, step: str, path: str, **fields: str) -> str:
        """Post a form until the answer leads on; where to. Raises: GaveUp."""
        headers = {**self._headers, "Content-Type": "application/x-www-form-urlencoded"}
        while (answer := self._try(step, path, urlencode(fields).encode(), headers)).status not in {302, 303}:
            time.sleep(PAUSE_SECONDS)
        return answer.location

    def _try(self, step: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """One try at one of the edges. Raises: GaveUp when the patience is over."""
        if time.monotonic() > self._give_up_at:
            raise GaveUp(f"{step} {path}")
        connection = HTTPConnection("127.0.0.1", self._dice.choice(self._ports), timeout=TIMEOUT_SECONDS)
        try:
            connection.request("POST", path, body, dict(headers))
            response = connection.getresponse()
            answer = Answer(response.status, response.headers.get("Location", ""), response.read())
        except (OSError, HTTPException) as error:
            self.purchase.requests[f"{step} {type(error).__name__}"] += 1
            time.sleep(PAUSE_SECONDS)
            return Answer(0, "", b"")
        finally:
            connection.close()
        self.purchase.requests[f"{step} {answer.status}"] += 1
        return answer
