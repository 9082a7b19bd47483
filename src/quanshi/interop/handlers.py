"""What other rooms' events mean here: parse, then one service call each. config/wiring.py names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from typing import Any, Final, LiteralString

from quanshi.interop import services
from quanshi.interop.types import EventType, Fact
from quanshi.kernel.outbox import Event
from quanshi.orders.events import (
    AfterSaleChanged,
    OrderCancelled,
    OrderClosed,
    OrderPaid,
    OrderPlaced,
    OrderReceived,
    OrderShipped,
)
from quanshi.payments.events import RefundAbnormal, RefundFailed, RefundSucceeded
from quanshi.shops.events import ClosingAnnounced, ClosingTakenBack, SalesEnded, ShopClosed, ShopEvent


def _amount(minor: int, currency: str) -> dict[str, Any]:
    return {"minor": minor, "currency": currency}


def _refund(event: RefundSucceeded | RefundFailed | RefundAbnormal) -> dict[str, Any]:
    return {"refund_id": event.refund_id, "amount": _amount(event.amount_minor, event.currency)}


# what is told beside shop and order: ids and amounts alone; whoever wants more reads it by the API, as a token may
DATA: Final[Mapping[type[Event], tuple[EventType, Callable[[Any], dict[str, Any]]]]] = {
    OrderPlaced: (EventType.ORDER_PLACED, lambda e: {"total": _amount(e.total_minor, e.currency)}),
    OrderPaid: (EventType.ORDER_PAID, lambda e: {"amount": _amount(e.amount_minor, e.currency)}),
    OrderCancelled: (EventType.ORDER_CANCELLED, lambda _: {}),
    OrderShipped: (EventType.ORDER_SHIPPED, lambda e: {"shipment_id": e.shipment_id}),
    OrderReceived: (EventType.ORDER_RECEIVED, lambda _: {}),
    OrderClosed: (EventType.ORDER_CLOSED, lambda e: {"settled": _amount(e.settled_minor, e.currency)}),
    AfterSaleChanged: (
        EventType.AFTER_SALE_CHANGED,
        lambda e: {"after_sale_id": e.after_sale_id, "state": e.state},
    ),
    RefundSucceeded: (EventType.REFUND_SUCCEEDED, _refund),
    RefundFailed: (EventType.REFUND_FAILED, _refund),
    RefundAbnormal: (EventType.REFUND_FAILED, _refund),
    # the last that a shop's webhooks hear: with its end they end themselves
    ClosingAnnounced: (EventType.SHOP_CLOSING_ANNOUNCED, lambda e: {"sales_end_at": e.sales_end_at.astimezone(UTC)}),
    ClosingTakenBack: (EventType.SHOP_CLOSING_TAKEN_BACK, lambda _: {}),
    SalesEnded: (EventType.SHOP_SALES_ENDED, lambda _: {}),
}


# of most shops' events nobody wants to hear: the relay passes them over, many at once
NOBODY_LISTENS: Final[LiteralString] = """
    NOT EXISTS (SELECT FROM interop_webhook AS webhook
                WHERE webhook.shop_id = coalesce((event.payload ->> 'shop_id')::uuid, event.aggregate_id)
                  AND webhook.state = 'on')
"""


def end_webhooks(event: ShopClosed) -> None:
    services.end_webhooks(shop_id=event.aggregate_id)


def tell_webhooks(events: Sequence[Any]) -> None:
    facts = []
    for event in events:
        event_type, data = DATA[type(event)]
        is_of_shop = isinstance(event, ShopEvent)
        facts.append(
            Fact(
                shop_id=event.aggregate_id if is_of_shop else event.shop_id,
                type=event_type,
                at=event.at,
                data=data(event) if is_of_shop else {"order_id": event.aggregate_id, **data(event)},
            )
        )
    services.tell(facts=facts)
