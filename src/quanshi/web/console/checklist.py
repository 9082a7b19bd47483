"""What a new shop still lacks. Nobody ticks anything: each step is done when its fact is there."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quanshi.catalog import selectors as catalog
from quanshi.fulfilment import selectors as fulfilment
from quanshi.payments import selectors as payments
from quanshi.shops.types import ShopView
from quanshi.storefront import selectors as storefront

SANDBOX = "sandbox"  # moves no money


@dataclass(frozen=True, slots=True)
class Step:
    word: Promise
    hint: Promise
    href: str  # where it is done; empty where the installation's keeper does it
    is_done: bool


def steps(*, shop: ShopView, locale: str) -> tuple[Step, ...]:
    """The steps of a shop in the order in which they are best taken. Three queries."""
    has_goods = bool(catalog.list_products(shop_id=shop.id, locale=locale, limit=1).cards)
    has_freight = bool(fulfilment.templates(shop_id=shop.id))
    has_policies = bool(storefront.policies(shop_ids=[shop.id]))
    has_payment = any(name != SANDBOX for name in payments.gateway_names())
    return (
        Step(
            _("Put the first goods on the shelf"),
            _("A title, a price and a number are enough; pictures come after."),
            reverse("console:goods_new", args=[shop.slug]),
            has_goods,
        ),
        Step(
            _("Give the shop a logo"),
            _("Any square picture of at most 2 MB."),
            reverse("console:settings", args=[shop.slug]),
            bool(shop.logo_url),
        ),
        Step(
            _("Say what delivery costs"),
            _("Until then it is free. One price an order takes a minute."),
            reverse("console:freight_new", args=[shop.slug]),
            has_freight,
        ),
        Step(
            _("Take real payments"),
            _("Whoever keeps the installation sets up WeChat Pay, Alipay or Stripe; until then payment is simulated."),
            "",
            has_payment,
        ),
        Step(
            _("Write your policies and your licence"),
            _("Buyers look for them, and the law asks for the licence."),
            reverse("console:policies", args=[shop.slug]),
            has_policies,
        ),
    )
