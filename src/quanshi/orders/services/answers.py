"""What programs are told of a placement: the same when it is placed and when the answer is fetched again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from quanshi.orders.types import OrderPlacement, Placement, PlacementOutcome

REFUSALS: Final = {
    PlacementOutcome.SOLD_OUT: "There is not enough left of these goods.",
    PlacementOutcome.SHOP_CLOSED: "This shop takes no orders at present.",
    PlacementOutcome.TOO_MANY_UNPAID: "Pay or cancel the orders of this shop that wait for payment, then order again.",
    PlacementOutcome.OVER_LIMIT: "One person cannot order so many of these.",
    PlacementOutcome.CLAIM_REFUSED: "A coupon or a hold of this order cannot be used any more.",
    PlacementOutcome.KEY_REUSED: "This key was used for another order.",
    PlacementOutcome.QUOTE_USED: "This quote was placed under another key.",
}
LIMITS: Final = frozenset({PlacementOutcome.TOO_MANY_UNPAID, PlacementOutcome.OVER_LIMIT})


@dataclass(frozen=True, slots=True)
class PlacementRefusal:
    """Nothing was placed. `code` is the outcome, `is_limit` says whether it is one that a limit of ours makes."""

    code: str
    detail: str
    is_limit: bool
    facts: Mapping[str, Any]


def placed_body(*, answer: Placement) -> dict[str, Any]:
    """The body of a placement of which at least one order was placed."""
    return {
        "outcome": answer.outcome,
        "pay_url": f"/orders/{answer.placed[0].order_id}/pay",
        "orders": [_told(order) for order in answer.orders],
    }


def refusal_of(*, answer: Placement) -> PlacementRefusal:
    """Why nothing was placed, by the first order."""
    outcome, first = answer.outcome, answer.orders[0]
    facts: dict[str, Any] = {"is_replay": answer.is_replay, **first.facts}
    if outcome is PlacementOutcome.QUOTE_USED:
        known = next(order for order in answer.orders if order.number)
        facts |= {"order_id": known.order_id, "number": known.number}
    return PlacementRefusal(code=outcome.value, detail=REFUSALS[outcome], is_limit=outcome in LIMITS, facts=facts)


def _told(order: OrderPlacement) -> dict[str, Any]:
    told = {"order_id": order.order_id, "shop_id": order.shop_id, "outcome": order.outcome, **order.facts}
    if order.number:
        told["number"] = order.number
    return told
