"""The simulated provider itself: its page, its interface, and what it refuses."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from django.conf import settings
from django.test import Client

from quanshi.kernel import clock, ids
from quanshi.kernel.money import Money
from quanshi.payments import gateways
from quanshi.payments.errors import BadSignature
from quanshi.payments.models import SandboxCharge, SandboxNotice, SandboxRefund
from quanshi.payments.sandbox import wire
from quanshi.payments.types import AttemptView, Outcome, PaymentRequest, PaymentStart
from tests.support.factories import make_shop
from tests.support.jobs import run_due_jobs
from tests.support.sandbox import Sandbox, pass_on, time_out_before

PRICE = Money(12900, "CNY")


@pytest.fixture
def started(db: None, sandbox: Sandbox) -> tuple[AttemptView, PaymentStart]:
    return sandbox.start(shop_id=make_shop().id, amount=PRICE)


def test_the_page_says_that_it_is_a_simulation_in_both_languages(
    started: tuple[AttemptView, PaymentStart], client: Client
) -> None:
    english = client.get(started[1].redirect_url, headers={"Accept-Language": "en"}).content.decode()
    chinese = client.get(started[1].redirect_url, headers={"Accept-Language": "zh-hans"}).content.decode()

    assert "No money moves here" in english
    assert "这里不会产生真实扣款" in chinese
    for page in (english, chinese):
        assert "Order 42" in page
        assert "129.00" in page
        assert "<script" not in page


def test_looking_charges_nothing(started: tuple[AttemptView, PaymentStart], client: Client) -> None:
    client.get(started[1].redirect_url)

    assert not SandboxCharge.objects.exists()


def test_a_decision_from_another_site_is_refused(started: tuple[AttemptView, PaymentStart]) -> None:
    foreign = {"origin": "https://elsewhere.test"}
    response = Client(enforce_csrf_checks=True).post(started[1].redirect_url, {"choice": "pay"}, headers=foreign)

    assert response.status_code == 403
    assert not SandboxCharge.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("amount_minor", "1"),
        ("return_url", "/elsewhere"),
        ("notify_url", "http://127.0.0.1:1/payments/notify/sandbox"),
        ("reference", str(UUID(int=3))),
        ("signature", "AAAA"),
        ("extra", "1"),
    ],
)
def test_an_altered_order_is_refused(
    started: tuple[AttemptView, PaymentStart], client: Client, name: str, value: str
) -> None:
    path, _, word = started[1].redirect_url.partition("?order=")
    payload, _, signature = word.partition(".")
    body = json.loads(base64.urlsafe_b64decode(payload))
    if name == "signature":
        signature = value
    else:
        body[name] = value
    altered = base64.urlsafe_b64encode(json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()).decode()

    for bad in (f"{altered}.{signature}", altered, "", "."):
        assert client.post(f"{path}?order={bad}", {"choice": "pay"}).status_code == 403
    assert client.post(path, {"choice": "pay"}).status_code == 403
    assert not SandboxCharge.objects.exists()
    assert client.post(f"{path}?order={word}", {"choice": "pay"}).status_code == 302


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    "url",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "http://127.0.0.1:1/", "javascript:alert(1)", "x"],
)
@pytest.mark.parametrize("which", ["return_url", "notify_url"])
def test_the_provider_leads_and_calls_nowhere_else_even_when_signed(client: Client, url: str, which: str) -> None:
    gateway = gateways.SandboxGateway(base_url=settings.BASE_URL, secret=settings.SECRET_KEY)
    start = gateway.start(
        PaymentRequest(
            attempt_id=ids.new_id(),
            amount=PRICE,
            subject="Order 42",
            return_url=url if which == "return_url" else "/orders/42",
            notify_url=url if which == "notify_url" else "/payments/notify/sandbox",
            expires_at=clock.now() + timedelta(minutes=5),
        )
    )

    assert client.post(start.redirect_url, {"choice": "pay"}).status_code == 403
    assert not SandboxCharge.objects.exists()


@pytest.mark.usefixtures("db")
def test_an_absolute_return_address_keeps_the_payers_own_host(client: Client, sandbox: Sandbox) -> None:
    start = gateways.by_name("sandbox").start(
        PaymentRequest(
            attempt_id=ids.new_id(),
            amount=PRICE,
            subject="Order 42",
            return_url=f"{settings.BASE_URL}/orders/1?paid=1",
            notify_url="/payments/notify/sandbox",
            expires_at=clock.now() + timedelta(minutes=5),
        )
    )

    response = client.post(start.redirect_url, {"choice": "pay"})
    assert (response.status_code, response.headers["Location"]) == (302, "/orders/1?paid=1")
    assert sandbox.network.calls == []


def test_the_first_decision_stands(sandbox: Sandbox, started: tuple[AttemptView, PaymentStart], client: Client) -> None:
    sandbox.choose(started[1], "decline")
    sandbox.choose(started[1], "pay")

    assert SandboxCharge.objects.get().outcome == Outcome.FAILED
    assert run_due_jobs() == 1
    page = client.get(started[1].redirect_url, headers={"Accept-Language": "en"}).content.decode()
    assert "declined" in page
    assert 'value="pay"' not in page


def test_nobody_pays_after_the_time_is_over(sandbox: Sandbox, started: tuple[AttemptView, PaymentStart]) -> None:
    with clock.fixed(clock.now() + timedelta(minutes=15, seconds=1)):
        sandbox.choose(started[1], "pay")

    assert not SandboxCharge.objects.exists()


@pytest.mark.parametrize("party", [wire.PROVIDER, "stranger"])
def test_only_the_merchants_key_opens_the_interface(
    started: tuple[AttemptView, PaymentStart], sandbox: Sandbox, client: Client, party: str
) -> None:
    sandbox.choose(started[1])
    body = msgspec.json.encode(
        wire.RefundBody(
            merchant_reference=str(ids.new_id()),
            payment_reference=str(started[0].id),
            amount_minor=1,
            currency="CNY",
        )
    )
    key = wire.Signer(secret=settings.SECRET_KEY, party=party)
    headers = key.headers(purpose="POST", target=wire.REFUNDS_PATH, body=body, at=clock.now())

    for sent in ({}, headers):
        response = client.post(wire.REFUNDS_PATH, body, content_type="application/json", headers=sent)
        assert response.status_code == 401
    assert not SandboxRefund.objects.exists()


def test_a_signed_call_cannot_be_led_to_another_address(
    started: tuple[AttemptView, PaymentStart], sandbox: Sandbox, client: Client
) -> None:
    path = f"{wire.PAYMENTS_PATH}/{started[0].id}"
    headers = sandbox.merchant.headers(purpose="GET", target=path, body=b"", at=clock.now())

    assert client.get(path, headers=headers).status_code == 200
    assert client.get(f"{wire.PAYMENTS_PATH}/{ids.new_id()}", headers=headers).status_code == 401
    with clock.fixed(clock.now() + timedelta(seconds=wire.WINDOW_SECONDS + 2)):
        assert client.get(path, headers=headers).status_code == 401


def test_a_refund_order_sent_twice_is_one_refund(
    started: tuple[AttemptView, PaymentStart], sandbox: Sandbox, client: Client
) -> None:
    sandbox.choose(started[1])
    body = msgspec.json.encode(
        wire.RefundBody(
            merchant_reference=str(ids.new_id()),
            payment_reference=str(started[0].id),
            amount_minor=500,
            currency="CNY",
        )
    )
    headers = sandbox.merchant.headers(purpose="POST", target=wire.REFUNDS_PATH, body=body, at=clock.now())
    answers = [
        client.post(wire.REFUNDS_PATH, body, content_type="application/json", headers=headers).json() for _ in range(3)
    ]

    assert answers[0]["outcome"] == "succeeded"
    assert answers[1] == answers[2] == answers[0]
    assert SandboxCharge.objects.get().refunded_minor == 500


def test_a_merchant_that_does_not_acknowledge_is_told_again(
    started: tuple[AttemptView, PaymentStart], sandbox: Sandbox
) -> None:
    sandbox.choose(started[1])
    sandbox.network.behave = time_out_before

    assert run_due_jobs() == 0
    sandbox.network.behave = pass_on
    assert [run_due_jobs(), run_due_jobs(later_seconds=5), run_due_jobs(later_seconds=5)] == [0, 1, 0]


def test_a_merchant_that_never_acknowledges_is_told_eight_times(
    started: tuple[AttemptView, PaymentStart], sandbox: Sandbox
) -> None:
    sandbox.choose(started[1])
    sandbox.network.behave = time_out_before
    for day in range(20):
        run_due_jobs(later_seconds=day * 24 * 3600)

    assert len(sandbox.network.calls) == 8
    assert not SandboxNotice.objects.exists()


def test_an_answer_over_no_money_is_no_answer() -> None:
    answer = wire.Answer(outcome=Outcome.SUCCEEDED, reference="P1", amount_minor=100, currency="yuan")

    with pytest.raises(BadSignature):
        answer.as_gateway_answer()
