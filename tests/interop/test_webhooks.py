"""From a fact to the receiver: who is told, what is sent, what becomes of failures."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings
from standardwebhooks import Webhook as Receiving

from quanshi.accounts.types import Actor
from quanshi.interop import selectors, services
from quanshi.interop.errors import DeliveryNotFound, TooManyTries, TooManyWebhooks, WebhookNotFound, WebhookOff
from quanshi.interop.models import Delivery, Webhook
from quanshi.interop.services import keeping, sending, telling
from quanshi.interop.types import DeliveryState, EventType, MadeWebhook, OffReason, WebhookState
from quanshi.kernel import clock
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.kernel.models import OutboxEvent
from quanshi.orders import services as orders
from quanshi.shops.types import ShopView
from tests.interop.conftest import Receiver
from tests.support import trade
from tests.support.database import run_together
from tests.support.factories import make_actor, make_order, make_shop, make_variant

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def trusting(settings: Settings) -> None:
    settings.WEBHOOK_TRUSTED = frozenset({"127.0.0.1"})


@pytest.fixture
def owner(db: None) -> Actor:
    return make_actor()


@pytest.fixture
def shop(owner: Actor) -> ShopView:
    return make_shop(actor=owner)


def _add(owner: Actor, shop: ShopView, url: str, *types: EventType) -> MadeWebhook:
    return services.add_webhook(actor=owner, shop_id=shop.id, url=url, event_types=types or tuple(EventType))


def _send_all(now: datetime | None = None) -> int:
    now = now or clock.now()
    return sum(services.send_due(now=now, is_failing=is_failing) for is_failing in (False, True))


def _test(owner: Actor, shop: ShopView, made: MadeWebhook) -> Delivery:
    told = services.send_test(actor=owner, shop_id=shop.id, webhook_id=made.webhook.id)
    return Delivery.objects.get(id=told.id)


class TestTelling:
    def test_an_orders_life_is_told_in_ids_and_amounts(self, owner: Actor, shop: ShopView, receiver: Receiver) -> None:
        made = _add(owner, shop, receiver.url)
        order = make_order(shop=shop, lines=[(make_variant(shop=shop), 2)], note="call me on 13800000000")
        trade.run_relay()
        trade.pay(order)
        orders.cancel(actor=owner, order_id=order.id)
        trade.run_relay()
        trade.end_refunds(order)
        _send_all()
        told = [Receiving(made.secret).verify(m.body.decode(), m.headers) for m in receiver.messages]
        assert sorted(message["type"] for message in told) == [
            "order.cancelled",
            "order.paid",
            "order.placed",
            "refund.succeeded",
        ]
        assert all(message["version"] == 1 and message["timestamp"] for message in told)
        by_type = {message["type"]: message["data"] for message in told}
        amount = {"minor": order.total_minor, "currency": "CNY"}
        assert by_type["order.placed"] == {"shop_id": str(shop.id), "order_id": str(order.id), "total": amount}
        assert by_type["order.paid"]["amount"] == by_type["refund.succeeded"]["amount"] == amount
        everything = b"".join(m.body for m in receiver.messages).decode()
        for personal in (str(order.buyer_id), order.address["phone"], order.address["recipient"], "13800000000"):
            assert personal not in everything

    def test_only_who_listens_is_told(self, owner: Actor, shop: ShopView, receiver: Receiver) -> None:
        _add(owner, shop, f"{receiver.url}/paid", EventType.ORDER_PAID)
        off = _add(owner, shop, f"{receiver.url}/off")
        services.change_webhook(actor=owner, shop_id=shop.id, webhook_id=off.webhook.id, state=WebhookState.OFF)
        other = make_shop()
        Webhook.objects.create(shop_id=other.id, url=f"{receiver.url}/other", event_types=list(EventType))
        trade.pay(make_order(shop=shop, lines=[(make_variant(shop=shop), 1)]))
        _send_all()
        assert [(m.path, json.loads(m.body)["type"]) for m in receiver.messages] == [("/hook/paid", "order.paid")]

    def test_all_who_listen_get_one_id(self, owner: Actor, shop: ShopView, receiver: Receiver) -> None:
        for path in ("a", "b"):
            _add(owner, shop, f"{receiver.url}/{path}", EventType.ORDER_PLACED)
        make_order(shop=shop, lines=[(make_variant(shop=shop), 1)])
        trade.run_relay()
        _send_all()
        assert {m.path for m in receiver.messages} == {"/hook/a", "/hook/b"}
        assert len({m.headers["webhook-id"] for m in receiver.messages}) == 1

    def test_where_nobody_listens_nothing_is_written(self, shop: ShopView, django_assert_num_queries: Any) -> None:
        from quanshi.interop.types import Fact  # noqa: PLC0415 - this test alone tells by hand

        fact = Fact(shop_id=shop.id, type=EventType.ORDER_PAID, at=NOON, data={})
        with django_assert_num_queries(1):
            services.tell(facts=[fact] * 5)
        assert not Delivery.objects.exists()


class TestSending:
    def test_success_is_written_down(self, owner: Actor, shop: ShopView, receiver: Receiver) -> None:
        made = _add(owner, shop, receiver.url)
        receiver.answer(200, b"thanks\x00\xff")
        _test(owner, shop, made)
        assert _send_all() == 1
        (done,) = selectors.deliveries(shop_id=shop.id, webhook_id=made.webhook.id).deliveries
        assert (done.state, done.last_status, done.attempts, done.next_try_at) == (
            DeliveryState.DELIVERED,
            200,
            1,
            None,
        )
        assert done.answer == "thanks \ufffd"
        assert _send_all() == 0

    @pytest.mark.parametrize("status", [301, 302, 400, 404, 500, 503])
    def test_failure_is_tried_again_with_the_same_id(
        self, owner: Actor, shop: ShopView, receiver: Receiver, status: int
    ) -> None:
        made = _add(owner, shop, receiver.url)
        receiver.answer(status, b"no", Location=f"{receiver.url}/elsewhere")
        with clock.fixed(NOON):
            row = _test(owner, shop, made)
            _send_all()
            row.refresh_from_db()
            assert (row.state, row.last_status, row.attempts) == ("pending", status, 1)
            assert row.next_try_at is not None
            assert NOON + timedelta(seconds=4) <= row.next_try_at <= NOON + timedelta(seconds=6)
            assert _send_all() == 0
        receiver.answer(204)
        with clock.fixed(NOON + timedelta(seconds=6)):
            assert _send_all() == 1
        first, second = receiver.messages
        assert (first.path, second.path) == ("/hook", "/hook")  # redirects are not followed
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 6
        assert Webhook.objects.get().failing_since is None

    def test_a_receiver_that_asks_for_time_gets_it(self, owner: Actor, shop: ShopView, receiver: Receiver) -> None:
        made = _add(owner, shop, receiver.url)
        receiver.answer(429, Retry_After="120")
        with clock.fixed(NOON):
            row = _test(owner, shop, made)
            _send_all()
        row.refresh_from_db()
        assert row.next_try_at == NOON + timedelta(seconds=120)

    def test_after_the_last_try_it_is_dead_and_its_webhook_off(
        self, owner: Actor, shop: ShopView, receiver: Receiver
    ) -> None:
        made = _add(owner, shop, receiver.url)
        receiver.answer(500)
        at = NOON
        with clock.fixed(at):
            row = _test(owner, shop, made)
        for number in range(1, 11):
            with clock.fixed(at):
                _send_all()
            row.refresh_from_db()
            assert row.attempts == number
            at = row.next_try_at or at
            if Webhook.objects.get().state == WebhookState.OFF:
                break
        assert (row.state, row.next_try_at, len(receiver.messages)) == ("dead", None, 10)
        found = selectors.webhook(shop_id=shop.id, webhook_id=made.webhook.id)
        assert (found.state, found.off_reason) == (WebhookState.OFF, OffReason.FAILING)
        assert selectors.count_switched_off(shop_id=shop.id) == 1
        (event,) = OutboxEvent.objects.filter(type="interop.WebhookSwitchedOff")
        assert event.payload["reason"] == "failing"

    def test_one_success_ends_a_row_of_failures(self, owner: Actor, shop: ShopView, receiver: Receiver) -> None:
        made = _add(owner, shop, receiver.url)
        for hours, status in ((0, 500), (60, 204), (61, 500), (80, 500)):
            receiver.answer(status)
            with clock.fixed(NOON + timedelta(hours=hours)):
                _test(owner, shop, made)
                _send_all()
        assert Webhook.objects.get().state == WebhookState.ON

    def test_gone_switches_off_at_once_and_on_again_by_hand(
        self, owner: Actor, shop: ShopView, receiver: Receiver
    ) -> None:
        made = _add(owner, shop, receiver.url)
        receiver.answer(410)
        row = _test(owner, shop, made)
        _send_all()
        assert selectors.webhooks(shop_id=shop.id)[0].off_reason == OffReason.GONE
        assert _send_all(clock.now() + timedelta(days=1)) == 0
        with pytest.raises(WebhookOff):
            services.send_test(actor=owner, shop_id=shop.id, webhook_id=made.webhook.id)
        with pytest.raises(WebhookOff):
            services.resend(actor=owner, shop_id=shop.id, delivery_id=row.id)
        receiver.answer(204)
        services.change_webhook(actor=owner, shop_id=shop.id, webhook_id=made.webhook.id, state=WebhookState.ON)
        assert _send_all() == 1
        row.refresh_from_db()
        assert row.state == DeliveryState.DELIVERED

    def test_a_long_or_binary_answer_is_cut(self, owner: Actor, shop: ShopView, receiver: Receiver) -> None:
        made = _add(owner, shop, receiver.url)
        receiver.answer(500, b"\x1b[31m" + b"x" * 100_000)
        row = _test(owner, shop, made)
        _send_all()
        row.refresh_from_db()
        assert 400 <= len(row.answer) <= 500
        assert row.answer.isprintable()

    def test_nobody_there_is_a_failure(self, owner: Actor, shop: ShopView) -> None:
        made = _add(owner, shop, "http://127.0.0.1:1/hook")
        row = _test(owner, shop, made)
        _send_all()
        row.refresh_from_db()
        assert (row.state, row.last_status, row.answer) == ("pending", None, "the host could not be reached")

    def test_private_addresses_are_not_called(
        self, owner: Actor, shop: ShopView, receiver: Receiver, settings: Settings
    ) -> None:
        made = _add(owner, shop, receiver.url)
        row = _test(owner, shop, made)
        settings.WEBHOOK_TRUSTED = frozenset()
        _send_all()
        row.refresh_from_db()
        assert (row.last_status, row.answer) == (None, "the host's address is not a public one")
        assert not receiver.messages

    def test_a_sent_one_is_sent_again_by_hand(self, owner: Actor, shop: ShopView, receiver: Receiver) -> None:
        made = _add(owner, shop, receiver.url)
        row = _test(owner, shop, made)
        _send_all()
        services.resend(actor=owner, shop_id=shop.id, delivery_id=row.id)
        _send_all()
        assert len({m.headers["webhook-id"] for m in receiver.messages}) == 1
        assert len(receiver.messages) == 2

    def test_a_late_word_does_not_undo_a_repetition(self, owner: Actor, shop: ShopView, receiver: Receiver) -> None:
        made = _add(owner, shop, receiver.url)
        row = _test(owner, shop, made)

        def while_it_is_sent(send: Any, tries: Any) -> list[Any]:
            services.resend(actor=owner, shop_id=shop.id, delivery_id=row.id)
            return [send(one) for one in tries]

        services.send_due(now=clock.now(), each=while_it_is_sent)
        row.refresh_from_db()
        assert (row.state, row.attempts) == ("pending", 0)

    def test_one_busy_webhook_does_not_fill_a_batch(self, owner: Actor, shop: ShopView, receiver: Receiver) -> None:
        busy, quiet = (_add(owner, shop, f"{receiver.url}/{name}") for name in ("busy", "quiet"))
        for _ in range(10):
            _test(owner, shop, busy)
        _test(owner, shop, quiet)
        assert services.send_due(now=clock.now()) == sending.OF_ONE_WEBHOOK + 1
        assert sum(m.path == "/hook/quiet" for m in receiver.messages) == 1

    def test_ended_ones_are_forgotten_after_a_month(self, owner: Actor, shop: ShopView, receiver: Receiver) -> None:
        made = _add(owner, shop, receiver.url)
        _test(owner, shop, made)
        _send_all()
        waiting = _test(owner, shop, made)
        assert services.forget_deliveries(now=clock.now() + timedelta(days=29)) == 0
        assert services.forget_deliveries(now=clock.now() + timedelta(days=31)) == 1
        assert Delivery.objects.get().id == waiting.id


class TestKeeping:
    @pytest.mark.parametrize(
        "url",
        [
            "http://example.com/hook",
            "ftp://example.com/",
            "https://",
            "https://me:secret@example.com/",
            "https://example.com/#x",
            "https://example.com:0/",
            "https://example.com:99999/",
            "https://10.0.0.1/",
            "https://[::1]/",
            "https://169.254.169.254/latest",
            "https://localhost/",
            "https://例子.example/",
            "https://example.com/a b",
            "https://example.com/" + "x" * 500,
        ],
    )
    def test_what_cannot_be_called_is_refused(self, owner: Actor, shop: ShopView, url: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            _add(owner, shop, url)
        assert refused.value.details["field"] == "url"
        assert not Webhook.objects.exists()

    def test_a_new_secret_signs_beside_the_old_one_for_a_day(
        self, owner: Actor, shop: ShopView, receiver: Receiver
    ) -> None:
        at = clock.now()
        made = _add(owner, shop, receiver.url)
        with clock.fixed(at):
            renewed = services.renew_secret(actor=owner, shop_id=shop.id, webhook_id=made.webhook.id)
            _test(owner, shop, made)
            _send_all()
        (message,) = receiver.messages
        for secret in (made.secret, renewed.secret):
            Receiving(secret).verify(message.body.decode(), message.headers)
        assert len(message.headers["webhook-signature"].split()) == 2
        with clock.fixed(at + timedelta(hours=24)):
            _test(owner, shop, made)
            _send_all()
        assert len(receiver.messages[1].headers["webhook-signature"].split()) == 1

    def test_secrets_are_each_webhooks_own_and_nowhere_kept(self, owner: Actor, shop: ShopView) -> None:
        first, second = (_add(owner, shop, "https://example.com/hook") for _ in range(2))
        assert first.secret != second.secret
        assert first.secret.removeprefix("whsec_")[:12] not in str(list(Webhook.objects.values_list()))

    def test_others_get_nowhere(self, owner: Actor, shop: ShopView, receiver: Receiver) -> None:
        made = _add(owner, shop, receiver.url)
        row = _test(owner, shop, made)
        stranger = make_actor()
        theirs = make_shop(actor=stranger)
        before = [list(Webhook.objects.values()), list(Delivery.objects.values())]
        ids: dict[str, Any] = {"actor": stranger, "shop_id": shop.id}
        for refused in (
            lambda: _add(stranger, shop, receiver.url),
            lambda: services.change_webhook(**ids, webhook_id=made.webhook.id, url="https://example.com/"),
            lambda: services.renew_secret(**ids, webhook_id=made.webhook.id),
            lambda: services.remove_webhook(**ids, webhook_id=made.webhook.id),
            lambda: services.send_test(**ids, webhook_id=made.webhook.id),
            lambda: services.resend(**ids, delivery_id=row.id),
        ):
            with pytest.raises(NotAllowed):
                refused()
        ids["shop_id"] = theirs.id
        for absent in (
            lambda: services.renew_secret(**ids, webhook_id=made.webhook.id),
            lambda: services.send_test(**ids, webhook_id=made.webhook.id),
            lambda: services.resend(**ids, delivery_id=row.id),
            lambda: selectors.webhook(shop_id=theirs.id, webhook_id=made.webhook.id),
        ):
            with pytest.raises((WebhookNotFound, DeliveryNotFound)):
                absent()
        services.remove_webhook(**ids, webhook_id=made.webhook.id)
        assert [list(Webhook.objects.values()), list(Delivery.objects.values())] == before

    def test_tests_and_webhooks_are_bounded(
        self, owner: Actor, shop: ShopView, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(telling, "TRIES_AN_HOUR", 1)
        monkeypatch.setattr(keeping, "MOST_WEBHOOKS", 1)
        made = _add(owner, shop, receiver.url)
        _test(owner, shop, made)
        with pytest.raises(TooManyTries):
            _test(owner, shop, made)
        with pytest.raises(TooManyWebhooks):
            _add(owner, shop, receiver.url)


def test_two_workers_send_each_message_once(committed_db: None, receiver: Receiver) -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    for number in range(4):
        made = _add(owner, shop, f"{receiver.url}/{number}")
        for _ in range(4):
            _test(owner, shop, made)
    counts = run_together(*[lambda: services.send_due(now=clock.now())] * 3)
    assert sum(count for count in counts if isinstance(count, int)) == 16
    assert len({m.headers["webhook-id"] for m in receiver.messages}) == len(receiver.messages) == 16
