from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

SHOP_TIME_ZONE: Final = ZoneInfo("Asia/Shanghai")  # by whose calendar a shop's days end


def beginning_of(day: date) -> datetime:
    """The first moment of `day` by that calendar."""
    return datetime.combine(day, time.min, tzinfo=SHOP_TIME_ZONE)


class ShopState(StrEnum):
    OPEN = "open"
    PAUSED = "paused"  # by its own staff
    STOPPED = "stopped"  # by who keeps the installation, who alone lets it go on
    CLOSING = "closing"  # its last day of sales is over; what is open is brought to its end
    CLOSED = "closed"  # for good


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
    CLOSE_SHOP = "close_shop"  # for good: the owner's alone
    MANAGE_DOMAIN = "manage_domain"  # the owner's alone: who holds the name decides what people see there
    MANAGE_MEMBERS = "manage_members"
    VIEW_ACTIVITY = "view_activity"


class StaffAction(StrEnum):
    """What somebody of the staff has done, as "kind.verb"; every service that works for a shop writes one down."""

    SHOP_OPENED = "shop.opened"
    SHOP_CHANGED = "shop.changed"
    SHOP_LOGO_SET = "shop.logo_set"
    SHOP_LOGO_REMOVED = "shop.logo_removed"
    SHOP_POLICY_PUBLISHED = "shop.policy_published"
    SHOP_PAUSED = "shop.paused"
    SHOP_REOPENED = "shop.reopened"
    SHOP_STOPPED = "shop.stopped"
    SHOP_RESUMED = "shop.resumed"
    SHOP_CLOSING_ANNOUNCED = "shop.closing_announced"
    SHOP_CLOSING_TAKEN_BACK = "shop.closing_taken_back"
    SHOP_CLOSED = "shop.closed"
    SHOP_DOMAIN_NAMED = "shop.domain_named"
    SHOP_DOMAIN_DROPPED = "shop.domain_dropped"
    MEMBER_ADDED = "member.added"
    MEMBER_INVITED = "member.invited"
    MEMBER_INVITATION_REVOKED = "member.invitation_revoked"
    MEMBER_JOINED = "member.joined"
    MEMBER_ROLE_CHANGED = "member.role_changed"
    MEMBER_REMOVED = "member.removed"
    MEMBER_LEFT = "member.left"
    GOODS_SAVED = "goods.saved"
    GOODS_CHANGED = "goods.changed"
    GOODS_PICTURE_ADDED = "goods.picture_added"
    GOODS_PICTURE_CHANGED = "goods.picture_changed"
    GOODS_PICTURE_REMOVED = "goods.picture_removed"
    GOODS_FILE_SENT = "goods.file_sent"
    GOODS_FREIGHT_SET = "goods.freight_set"
    GOODS_CHANGED_TOGETHER = "goods.changed_together"
    GOODS_PICTURE_RETRIED = "goods.picture_retried"
    GOODS_SHELF_NAMED = "goods.shelf_named"
    GOODS_SYNONYMS_SAVED = "goods.synonyms_saved"
    GOODS_SYNONYMS_REMOVED = "goods.synonyms_removed"
    GOODS_EXPORTED = "goods.exported"
    DELIVERY_FREIGHT_SAVED = "delivery.freight_saved"
    DELIVERY_FREIGHT_DELETED = "delivery.freight_deleted"
    DELIVERY_POINT_SAVED = "delivery.point_saved"
    DELIVERY_POINT_CLOSED = "delivery.point_closed"
    STOCK_PLACE_ADDED = "stock.place_added"
    STOCK_COUNTED = "stock.counted"
    STOCK_TAKE_BEGUN = "stock.take_begun"
    STOCK_TAKE_COUNTED = "stock.take_counted"
    STOCK_TAKE_APPLIED = "stock.take_applied"
    STOCK_TAKE_DROPPED = "stock.take_dropped"
    STOCK_POOL_FILLED = "stock.pool_filled"
    STOCK_POOL_CLOSED = "stock.pool_closed"
    ORDER_SHIPPED = "order.shipped"
    ORDER_FILE_SENT = "order.file_sent"
    ORDER_FILE_CONFIRMED = "order.file_confirmed"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_MADE_READY = "order.made_ready"
    ORDER_HANDED_OVER = "order.handed_over"
    ORDER_REFUNDS_RETRIED = "order.refunds_retried"
    ORDER_REFUND_REDIRECTED = "order.refund_redirected"
    ORDER_EXPORTED = "order.exported"
    ORDER_SLIPS_PRINTED = "order.slips_printed"
    AFTER_SALE_APPROVED = "after_sale.approved"
    AFTER_SALE_DECLINED = "after_sale.declined"
    AFTER_SALE_RECEIVED = "after_sale.received"
    AFTER_SALE_EXPORTED = "after_sale.exported"
    PAGE_CHANGED = "page.changed"
    PAGE_PUBLISHED = "page.published"
    PAGE_DRAFT_DISCARDED = "page.draft_discarded"
    REVIEW_ANSWERED = "review.answered"
    REVIEW_FILE_SENT = "review.file_sent"
    REVIEW_HIDDEN = "review.hidden"
    REVIEW_SHOWN = "review.shown"
    REVIEW_KEPT = "review.kept"
    DEVELOPER_TOKEN_MADE = "developer.token_made"  # noqa: S105 - no secret
    DEVELOPER_TOKEN_REVOKED = "developer.token_revoked"  # noqa: S105 - no secret
    DEVELOPER_WEBHOOK_ADDED = "developer.webhook_added"
    DEVELOPER_WEBHOOK_CHANGED = "developer.webhook_changed"
    DEVELOPER_WEBHOOK_REMOVED = "developer.webhook_removed"
    DEVELOPER_SECRET_RENEWED = "developer.secret_renewed"  # noqa: S105 - no secret
    DEVELOPER_TEST_SENT = "developer.test_sent"
    DEVELOPER_MESSAGE_RESENT = "developer.message_resent"
    MONEY_DIFFERENCE_NOTED = "money.difference_noted"
    MONEY_EXPORTED = "money.exported"

    @property
    def kind(self) -> str:
        return self.value.partition(".")[0]


Facts = Mapping[str, str | int | bool | None]  # small: what a reader needs to see that something has changed


@dataclass(frozen=True, slots=True)
class MemberView:
    """Somebody who works in a shop."""

    person_id: UUID
    role: Role
    since: datetime


@dataclass(frozen=True, slots=True)
class InvitationView:
    """An invitation that can still be accepted. `email` is empty where whoever has the link may."""

    id: UUID
    shop_id: UUID
    role: Role
    email: str
    invited_by: UUID
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class InvitationOffer:
    """What somebody who follows an invitation's link is told before they accept. `shop` is closed to others yet."""

    shop: ShopView
    role: Role
    email: str


@dataclass(frozen=True, slots=True)
class StaffActionView:
    """One line of a shop's activity. `subject` is what it was called then."""

    id: int
    person_id: UUID
    role: str  # a Role, or "operator"
    action: StaffAction
    subject_id: UUID | None
    subject: str
    before: Facts
    after: Facts
    request_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StaffActionPage:
    actions: tuple[StaffActionView, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """What a purchase asks of a shop. `name` is in the reader's language."""

    id: UUID
    name: str
    currency: str
    state: ShopState
    sales_end_at: datetime | None = None  # announced: from then on it takes no orders

    def takes_orders(self, *, now: datetime) -> bool:
        """Placement asks the same of the row itself; see orders/sql/place.sql."""
        return self.state is ShopState.OPEN and (self.sales_end_at is None or now < self.sales_end_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopView(Seller):
    """What pages and other rooms see of a shop. `tagline` is in the reader's language too."""

    slug: str
    tagline: str
    logo_url: str
    accent: str
    look: str
    is_demo: bool = False  # made up, with simulated buyers: its pages say so
    domain: str = ""  # its own, proven; see services/domains.py
    closed_at: datetime | None = None
    contact_phone: str = ""  # how buyers reach it; each may be empty
    contact_email: str = ""
    contact_wechat: str = ""

    @property
    def has_contact(self) -> bool:
        return bool(self.contact_phone or self.contact_email or self.contact_wechat)


@dataclass(frozen=True, slots=True)
class DomainView:
    """A domain that an owner has named. Until the record is in its DNS, it serves nothing."""

    name: str
    record_name: str
    record_text: str
    is_proven: bool
    is_failing: bool  # proven, and the record was not there when it was looked for last
    checked_at: datetime | None
    next_check_at: datetime | None


@dataclass(frozen=True, slots=True)
class Theme:
    """A shop's accent with the colours that can be read beside it; all as #rrggbb."""

    accent: str
    ink: str  # of words on the accent
    text_on_light: str  # the accent as words on a light page
    text_on_dark: str  # the accent as words on a dark page
