"""Who is told first when more wait than a batch has room for."""

from __future__ import annotations

from datetime import timedelta

from pytest_django import Settings

from quanshi.interop import services
from quanshi.interop.models import Delivery, Webhook
from quanshi.interop.services import sending
from quanshi.kernel import clock
from tests.interop.conftest import Receiver
from tests.support.factories import make_shop


def test_every_webhook_gets_its_turn_before_any_gets_a_second(db: None, settings: Settings, receiver: Receiver) -> None:
    """As many as a batch has room for. Those that were made first have much to tell, the others waited longer."""
    settings.WEBHOOK_TRUSTED = frozenset({"127.0.0.1"})
    shop, now, busy = make_shop(), clock.now(), 20
    webhooks = Webhook.objects.bulk_create(
        Webhook(shop_id=shop.id, url=f"{receiver.url}/{place}", event_types=["order.paid"])
        for place in range(sending.BATCH + 1)
    )
    Delivery.objects.bulk_create(
        Delivery(
            shop_id=shop.id,
            webhook=webhook,
            message_id=f"msg_{place}_{turn}",
            event_type="order.paid",
            body="{}",
            next_try_at=now - timedelta(minutes=place, seconds=10 - turn),
        )
        for place, webhook in enumerate(webhooks)
        for turn in range(6 if place < busy else 1)
    )
    assert services.send_due(now=now) == sending.BATCH
    # the youngest of all waits for the next pass, and then comes before whoever has had a turn since
    first = {message.headers["webhook-id"] for message in receiver.messages}
    assert first == {f"msg_{place}_0" for place in range(1, sending.BATCH + 1)}
    receiver.messages.clear()
    services.send_due(now=now)
    assert "msg_0_0" in {message.headers["webhook-id"] for message in receiver.messages}
