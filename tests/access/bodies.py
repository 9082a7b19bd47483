"""What the routes of the matrix are sent, where an empty body would say nothing about who is let in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from quanshi.kernel import clock
from quanshi.shops import rules
from quanshi.shops import services as shops
from tests.support.factories import PASSWORD

if TYPE_CHECKING:
    from tests.access.test_matrix import World

FREIGHT = {"name": "Letters", "measure": "order", "zones": [{"first": {"minor": 500, "currency": "CNY"}}]}
# what a route needs to be told before it looks at who asks, or to have something to show
BODIES: dict[str, Callable[[World], dict[str, Any]]] = {
    "api-v1:startPayment": lambda _: {"gateway": "sandbox"},
    "api-v1:openShop": lambda _: {"slug": "new-house", "name": "New House"},
    "api-v1:requestAfterSale": lambda w: {
        "kind": "refund_only",
        "lines": [{"line_id": str(w.order.lines.get().id), "quantity": 1}],
        "reason": "broken",
    },
    "api-v1:requestExport": lambda _: {"password": PASSWORD},
    "api-v1:writeReview": lambda _: {"stars": 5},
    "api-v1:addToReview": lambda _: {"text": "still whole"},
    "api-v1:announceClosing": lambda _: {"on": str(rules.first_closing_date(now=clock.now()))},
    "api-v1:closeShop": lambda w: {"name": w.shop.name},
    "api-v1:changeMember": lambda _: {"role": "finance"},
    "api-v1:inviteMember": lambda _: {"role": "goods"},
    "api-v1:nameDomain": lambda _: {"name": "coffee-house.shop"},
    "api-v1:addFreightTemplate": lambda _: FREIGHT,
    "api-v1:replaceFreightTemplate": lambda _: FREIGHT,
    "api-v1:publishPolicy": lambda _: {"text": "Seven days."},
    "api-v1:replaceHomePageDraft": lambda w: {"sections": [{"kind": "text", "section_id": str(w.section_id)}]},
    "api-v1:addSynonyms": lambda _: {"words": ["thermos", "flask"]},
    "api-v1:replaceSynonyms": lambda _: {"words": ["thermos", "flask"]},
    "api-v1:nameShelf": lambda _: {"names": {"en": "Mine"}},
    "api-v1:sendBack": lambda _: {"carrier": "sf", "tracking_number": "SF1234567890123"},
    "shop:send_back": lambda _: {"carrier": "sf", "tracking_number": "SF1234567890123"},
    "console:join": lambda w: {"invitation": shops.link_secret(invitation_id=w.invitation_id)},
}
