from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ShopState(StrEnum):
    OPEN = "open"
    PAUSED = "paused"


class Role(StrEnum):
    """As what a person works in a shop. `rules.PERMISSIONS` says what each may do."""

    OWNER = "owner"
    MANAGER = "manager"
    GOODS = "goods"
    ORDERS = "orders"
    FINANCE = "finance"
    SUPPORT = "support"


class Permission(StrEnum):
    """One thing that may be done with a shop. Services ask for it by name; who has it stands in `rules.PERMISSIONS`."""

    VIEW_TODAY = "view_today"
    VIEW_ORDERS = "view_orders"
    SHIP_ORDERS = "ship_orders"
    CANCEL_ORDERS = "cancel_orders"
    HANDLE_AFTER_SALE = "handle_after_sale"
    ORDER_REFUNDS = "order_refunds"  # see to refunds that a provider did not take
    REPLY_BUYERS = "reply_buyers"
    VIEW_GOODS = "view_goods"
    MANAGE_GOODS = "manage_goods"
    MANAGE_STOCK = "manage_stock"
    IMPORT_GOODS = "import_goods"
    MANAGE_CAMPAIGNS = "manage_campaigns"
    VIEW_MONEY = "view_money"
    MANAGE_MONEY = "manage_money"  # answer for differences with a provider's bill
    MANAGE_SETTINGS = "manage_settings"
    MANAGE_MEMBERS = "manage_members"
    VIEW_ACTIVITY = "view_activity"


@dataclass(frozen=True, slots=True)
class ShopView:
    """What pages and other rooms see of a shop. `name` and `tagline` are in the reader's language."""

    id: UUID
    slug: str
    name: str
    tagline: str
    logo_url: str
    accent: str
    look: str
    currency: str
    freight_minor: int
    free_freight_from_minor: int | None
    state: ShopState
    is_demo: bool = False  # made up, with simulated buyers: its pages say so


@dataclass(frozen=True, slots=True)
class Theme:
    """A shop's accent with the colours that can be read beside it; all as #rrggbb."""

    accent: str
    ink: str  # of words on the accent
    text_on_light: str  # the accent as words on a light page
    text_on_dark: str  # the accent as words on a dark page
