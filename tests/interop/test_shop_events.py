"""What a shop's end says to who listens."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

from pytest_django import Settings

from quanshi.interop import services
from quanshi.interop.models import Delivery
from quanshi.interop.types import EventType
from quanshi.kernel import clock
from quanshi.kernel.models import OutboxEvent
from quanshi.shops import rules
from quanshi.shops import services as shops
from tests.interop.conftest import Receiver
from tests.support import trade
from tests.support.factories import make_actor, make_shop

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def said(day: date) -> str:
    """The beginning of the day in Shanghai, in UTC."""
    return f"{day - timedelta(days=1)}T16:00:00Z"


def test_a_shops_end_is_told_step_by_step(db: None, settings: Settings, receiver: Receiver) -> None:
    settings.WEBHOOK_TRUSTED = frozenset({"127.0.0.1"})
    owner = make_actor()
    shop, other = make_shop(actor=owner), make_shop(actor=owner)
    services.add_webhook(actor=owner, shop_id=shop.id, url=receiver.url, event_types=list(EventType))
    day = rules.first_closing_date(now=NOW)
    with clock.fixed(NOW):
        shops.announce_closing(actor=owner, shop_id=other.id, on=day)
        shops.announce_closing(actor=owner, shop_id=shop.id, on=day)
        shops.take_back_closing(actor=owner, shop_id=shop.id)
        shops.announce_closing(actor=owner, shop_id=shop.id, on=day + timedelta(days=1))
    trade.run_relay()
    with clock.fixed(NOW + timedelta(days=60)):
        shops.end_sales(now=clock.now())
        trade.run_relay()
    assert not OutboxEvent.objects.filter(relayed_at=None).exists()
    told = [json.loads(body) for body in Delivery.objects.order_by("id").values_list("body", flat=True)]
    assert [message["type"] for message in told] == [
        "shop.closing_announced",
        "shop.closing_taken_back",
        "shop.closing_announced",
        "shop.sales_ended",
    ]
    first, back, second, ended = (message["data"] for message in told)
    assert first == {"shop_id": str(shop.id), "sales_end_at": said(day)}
    assert second["sales_end_at"] == said(day + timedelta(days=1))
    assert back == ended == {"shop_id": str(shop.id)}
