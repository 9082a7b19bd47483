"""Who may tell us what became of a payment, and that it counts once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connections, transaction
from django.test import Client

from quanshi.kernel import clock, ids
from quanshi.kernel.models import OutboxEvent
from quanshi.kernel.money import Money
from quanshi.payments.models import Attempt, ReceivedNotification
from quanshi.payments.sandbox import wire
from quanshi.payments.types import AttemptView, Outcome
from tests.support.database import run_together
from tests.support.factories import make_shop
from tests.support.sandbox import Sandbox
from tests.support.waiting import is_statement_waiting, wait_until

PRICE = Money(12900, "CNY")


def snapshot() -> tuple[object, ...]:
    return (
        list(Attempt.objects.order_by("id").values()),
        list(OutboxEvent.objects.values()),
        ReceivedNotification.objects.count(),
    )


@pytest.fixture
def shop_id(db: None) -> UUID:
    return make_shop().id


def _altered(sandbox: Sandbox, attempt: AttemptView) -> tuple[dict[str, str], bytes]:
    headers, body = sandbox.notification(subject_id=attempt.id, outcome=Outcome.FAILED, amount=PRICE)
    return headers, body.replace(b"failed", b"succeeded")


def _by_the_merchant(sandbox: Sandbox, attempt: AttemptView) -> tuple[dict[str, str], bytes]:
    return sandbox.notification(subject_id=attempt.id, outcome=Outcome.SUCCEEDED, amount=PRICE, signer=sandbox.merchant)


def _by_another_installation(sandbox: Sandbox, attempt: AttemptView) -> tuple[dict[str, str], bytes]:
    other = wire.Signer(secret="another", party=wire.PROVIDER)
    return sandbox.notification(subject_id=attempt.id, outcome=Outcome.SUCCEEDED, amount=PRICE, signer=other)


def _too_old(sandbox: Sandbox, attempt: AttemptView) -> tuple[dict[str, str], bytes]:
    at = clock.now() - timedelta(seconds=wire.WINDOW_SECONDS + 2)
    return sandbox.notification(subject_id=attempt.id, outcome=Outcome.SUCCEEDED, amount=PRICE, at=at)


def _refreshed(sandbox: Sandbox, attempt: AttemptView) -> tuple[dict[str, str], bytes]:
    headers, body = _too_old(sandbox, attempt)
    return {**headers, wire.TIMESTAMP: str(int(clock.now().timestamp()))}, body


def _unsigned(sandbox: Sandbox, attempt: AttemptView) -> tuple[dict[str, str], bytes]:
    return {}, sandbox.notification(subject_id=attempt.id, outcome=Outcome.SUCCEEDED, amount=PRICE)[1]


def _not_ours_to_read(sandbox: Sandbox, _attempt: AttemptView) -> tuple[dict[str, str], bytes]:
    body = b'{"id": "n1"}'
    return sandbox.provider.headers(purpose="notification", target="", body=body, at=clock.now()), body


def _an_answer_as_notification(sandbox: Sandbox, attempt: AttemptView) -> tuple[dict[str, str], bytes]:
    _, body = sandbox.notification(subject_id=attempt.id, outcome=Outcome.SUCCEEDED, amount=PRICE)
    return sandbox.provider.headers(purpose="answer", target="", body=body, at=clock.now()), body


@pytest.mark.parametrize(
    "forge",
    [
        _altered,
        _by_the_merchant,
        _by_another_installation,
        _too_old,
        _refreshed,
        _unsigned,
        _not_ours_to_read,
        _an_answer_as_notification,
    ],
)
def test_what_the_provider_did_not_just_sign_is_refused_and_leaves_no_trace(
    sandbox: Sandbox, shop_id: UUID, forge: Callable[[Sandbox, AttemptView], tuple[dict[str, str], bytes]]
) -> None:
    attempt, _ = sandbox.start(shop_id=shop_id, amount=PRICE)
    before = snapshot()

    assert sandbox.send(*forge(sandbox, attempt)) == 401
    assert snapshot() == before


def test_a_captured_notification_sent_again_changes_nothing(sandbox: Sandbox, shop_id: UUID) -> None:
    attempt, _ = sandbox.start(shop_id=shop_id, amount=PRICE)
    failure = sandbox.notification(subject_id=attempt.id, outcome=Outcome.FAILED, amount=PRICE)
    success = sandbox.notification(subject_id=attempt.id, outcome=Outcome.SUCCEEDED, amount=PRICE, notification_id="n2")
    assert [sandbox.send(*failure), sandbox.send(*success)] == [200, 200]
    before = snapshot()

    assert [sandbox.send(*success), sandbox.send(*failure)] == [200, 200]
    assert snapshot() == before
    with clock.fixed(clock.now() + timedelta(seconds=wire.WINDOW_SECONDS + 2)):
        assert sandbox.send(*success) == 401


def test_a_notification_about_nothing_of_ours_is_not_acknowledged(sandbox: Sandbox, shop_id: UUID) -> None:
    sandbox.start(shop_id=shop_id, amount=PRICE)
    before = snapshot()

    for gateway in ("sandbox", "nobody"):
        message = sandbox.notification(subject_id=ids.new_id(), outcome=Outcome.SUCCEEDED, amount=PRICE)
        assert sandbox.send(*message, gateway=gateway) == 404
    assert snapshot() == before


@pytest.mark.usefixtures("shop_id")
def test_the_endpoint_takes_small_posts_only(sandbox: Sandbox) -> None:
    assert sandbox.send({}, b"x" * (64 * 1024 + 1)) == 413
    assert Client().get("/payments/notify/sandbox").status_code == 405


@pytest.mark.usefixtures("committed_db")
def test_one_notification_arriving_twice_at_once_counts_once(sandbox: Sandbox) -> None:
    attempt, _ = sandbox.start(shop_id=make_shop().id, amount=PRICE)
    headers, body = sandbox.notification(subject_id=attempt.id, outcome=Outcome.SUCCEEDED, amount=PRICE)

    statuses = run_together(*[lambda: sandbox.send(headers, body)] * 4)

    assert statuses == [200] * 4
    assert Attempt.objects.get().state == "succeeded"
    assert [OutboxEvent.objects.get().type, ReceivedNotification.objects.count()] == ["payments.PaymentSucceeded", 1]


@pytest.mark.usefixtures("committed_db")
def test_different_words_at_once_about_one_payment_tell_it_once(sandbox: Sandbox) -> None:
    for _ in range(3):
        attempt, _start = sandbox.start(shop_id=make_shop().id, amount=PRICE)
        words = [
            sandbox.notification(
                subject_id=attempt.id, outcome=Outcome.SUCCEEDED, amount=PRICE, notification_id=f"{attempt.id}-{n}"
            )
            for n in range(6)
        ]

        assert run_together(*[lambda word=word: sandbox.send(*word) for word in words]) == [200] * 6
    assert OutboxEvent.objects.count() == 3


@pytest.mark.usefixtures("committed_db")
def test_a_word_that_finds_its_attempt_changed_meanwhile_is_weighed_again(sandbox: Sandbox) -> None:
    """The gateway's refusal is being written while its success, which was looked at before, waits for the row."""
    attempt, _ = sandbox.start(shop_id=make_shop().id, amount=PRICE)
    headers, body = sandbox.notification(subject_id=attempt.id, outcome=Outcome.SUCCEEDED, amount=PRICE)
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            Attempt.objects.filter(id=attempt.id).update(state="failed", reason="declined", ended_at=clock.now())
            heard = pool.submit(_send_and_hang_up, sandbox, headers, body)
            wait_until(lambda: is_statement_waiting("payments_take_notification"))
        assert heard.result(timeout=30) == 200

    ended = Attempt.objects.get()
    assert (ended.state, ended.gateway_reference != "") == ("succeeded", True)
    assert ReceivedNotification.objects.count() == 1
    assert [event.type for event in OutboxEvent.objects.all()] == ["payments.PaymentSucceeded"]


def _send_and_hang_up(sandbox: Sandbox, headers: dict[str, str], body: bytes) -> int:
    try:
        return sandbox.send(headers, body)
    finally:
        connections.close_all()
