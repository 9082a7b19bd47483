"""Orders that were placed together, as the pages of each of them show it to the buyer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.functional import Promise

from quanshi.accounts.types import Actor
from quanshi.catalog import selectors as catalog
from quanshi.catalog.types import VariantView
from quanshi.kernel.money import Money
from quanshi.orders import selectors as orders
from quanshi.orders.types import OrderCard, OrderView, PurchaseOrder
from quanshi.payments.types import AttemptState
from quanshi.shops import selectors as shops
from quanshi.shops.types import ShopView
from quanshi.web.refusals import SENTENCES


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """An order of the list and those that were placed with it."""

    card: OrderCard
    others: tuple[PurchaseOrder, ...]

    @property
    def paid_together(self) -> int:
        """How many orders one payment of this one pays."""
        return 1 + sum(other.is_payable for other in self.others)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A shop's part that was not placed while the others were. `variant` is what was short, as far as it is on sale."""

    shop: ShopView
    outcome: str
    sentence: Promise | None
    variant: VariantView | None
    available: int
    limit: int


def listed(cards: Sequence[OrderCard], *, actor: Actor, locale: str) -> list[ListedOrder]:
    purchase_ids = {card.purchase_id for card in cards if card.purchase_id is not None}
    purchases = orders.purchases_of(actor=actor, purchase_ids=purchase_ids, locale=locale)
    return [
        ListedOrder(card, tuple(other for other in _of(purchases, card.purchase_id) if other.id != card.id))
        for card in cards
    ]


def shown_with(order: OrderView, *, actor: Actor, locale: str) -> dict[str, Any]:
    """For the order's page and its payment: all that was placed with it, and what a payment now would pay.

    Whoever is not the buyer, like a member of the shop, is shown the order alone.
    """
    purchase_ids = [] if order.purchase_id is None else [order.purchase_id]
    purchase = _of(orders.purchases_of(actor=actor, purchase_ids=purchase_ids, locale=locale), order.purchase_id)
    payable = [one for one in purchase if one.is_payable]
    paid = (attempt for attempt in order.attempts if attempt.state is AttemptState.SUCCEEDED)
    shared = (attempt.amount for attempt in paid if len(attempt.parts) > 1)
    return {
        "others": [one for one in purchase if one.id != order.id],
        "payable": payable,
        "due": sum((one.total for one in payable), Money(0, order.total.currency)) if payable else order.total,
        "paid_together": next(shared, None) if purchase else None,
    }


def left_out(order: OrderView, *, actor: Actor, locale: str) -> list[LeftOut]:
    """What was asked for with the order and could not be had."""
    if order.purchase_id is None:
        return []
    missing = orders.left_out_of(actor=actor, purchase_id=order.purchase_id)
    if not missing:
        return []
    views = shops.shops_by_id(shop_ids={one.shop_id for one in missing}, locale=locale)
    variant_ids = {one.order_id: UUID(one.facts["variant_id"]) for one in missing if "variant_id" in one.facts}
    variants = catalog.variants_by_id(variant_ids=list(variant_ids.values()), locale=locale)
    return [
        LeftOut(
            shop=views[one.shop_id],
            outcome=one.outcome,
            sentence=SENTENCES.get(one.outcome),
            variant=_on_sale(variants.get(variant_ids.get(one.order_id, one.order_id))),
            available=one.facts.get("available", 0),
            limit=one.facts.get("limit", 0),
        )
        for one in missing
    ]


def _of(purchases: dict[UUID, tuple[PurchaseOrder, ...]], purchase_id: UUID | None) -> tuple[PurchaseOrder, ...]:
    return () if purchase_id is None else purchases.get(purchase_id, ())


def _on_sale(variant: VariantView | None) -> VariantView | None:
    return variant if variant is not None and variant.is_sellable else None
