"""The words of the console for roles and for what the staff has done."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quanshi.shops.types import Role, ShopState, StaffAction

ROLES: Final[dict[str, Promise]] = {
    Role.OWNER: pgettext_lazy("role", "Owner"),
    Role.MANAGER: pgettext_lazy("role", "Manager"),
    Role.GOODS: pgettext_lazy("role", "Goods"),
    Role.ORDERS: pgettext_lazy("role", "Orders"),
    Role.FINANCE: pgettext_lazy("role", "Finance"),
    Role.SUPPORT: pgettext_lazy("role", "Support"),
}
ROLE_MEANINGS: Final[dict[str, Promise]] = {
    Role.OWNER: _("May do everything, and decides who else is an owner."),
    Role.MANAGER: _("Runs the shop: everything but changing owners."),
    Role.GOODS: _("Goods, stock, imports and campaigns."),
    Role.ORDERS: _("Ships and cancels orders, handles after-sales, counts stock."),
    Role.FINANCE: _("Money, differences with bills, refunds that got stuck; sees orders."),
    Role.SUPPORT: _("Answers buyers and handles after-sales; sees orders and goods."),
}
# as it stands in a list of what was done, and of an operator, who works in no shop
DOERS: Final[dict[str, Promise]] = {**ROLES, "operator": pgettext_lazy("role", "Operator of the platform")}
KINDS: Final[dict[str, Promise]] = {
    "shop": pgettext_lazy("activity", "Shop"),
    "member": pgettext_lazy("activity", "Members"),
    "goods": pgettext_lazy("activity", "Goods"),
    "delivery": pgettext_lazy("activity", "Delivery"),
    "stock": pgettext_lazy("activity", "Stock"),
    "order": pgettext_lazy("activity", "Orders"),
    "after_sale": pgettext_lazy("activity", "After-sales"),
    "page": pgettext_lazy("activity", "Home page"),
    "review": pgettext_lazy("activity", "Reviews"),
    "money": pgettext_lazy("activity", "Money"),
}
ACTIONS: Final[dict[str, Promise]] = {
    StaffAction.SHOP_OPENED: _("opened the shop"),
    StaffAction.SHOP_CHANGED: _("changed the settings"),
    StaffAction.SHOP_LOGO_SET: _("set a new logo"),
    StaffAction.SHOP_POLICY_PUBLISHED: _("published a policy"),
    StaffAction.SHOP_PAUSED: _("paused the shop"),
    StaffAction.SHOP_REOPENED: _("opened the shop again"),
    StaffAction.SHOP_STOPPED: _("stopped the shop"),
    StaffAction.SHOP_RESUMED: _("let the shop go on"),
    StaffAction.MEMBER_ADDED: _("added a member"),
    StaffAction.MEMBER_INVITED: _("made an invitation"),
    StaffAction.MEMBER_INVITATION_REVOKED: _("revoked an invitation"),
    StaffAction.MEMBER_JOINED: _("joined by invitation"),
    StaffAction.MEMBER_ROLE_CHANGED: _("changed the role of a member"),
    StaffAction.MEMBER_REMOVED: _("removed a member"),
    StaffAction.MEMBER_LEFT: _("left the shop"),
    StaffAction.GOODS_SAVED: _("saved goods"),
    StaffAction.GOODS_CHANGED: _("changed goods"),
    StaffAction.GOODS_PICTURE_ADDED: _("added a picture to goods"),
    StaffAction.GOODS_FILE_SENT: _("sent a file of goods to import"),
    StaffAction.GOODS_FREIGHT_SET: _("chose the freight template of goods"),
    StaffAction.GOODS_SYNONYMS_SAVED: _("saved a group of synonyms"),
    StaffAction.GOODS_SYNONYMS_REMOVED: _("removed a group of synonyms"),
    StaffAction.DELIVERY_FREIGHT_SAVED: _("saved a freight template"),
    StaffAction.DELIVERY_FREIGHT_DELETED: _("deleted a freight template"),
    StaffAction.DELIVERY_POINT_SAVED: _("saved a pick-up point"),
    StaffAction.DELIVERY_POINT_CLOSED: _("closed a pick-up point"),
    StaffAction.STOCK_PLACE_ADDED: _("added a place for stock"),
    StaffAction.STOCK_COUNTED: _("counted stock"),
    StaffAction.STOCK_POOL_FILLED: _("set stock aside for a campaign"),
    StaffAction.STOCK_POOL_CLOSED: _("gave back a campaign's stock"),
    StaffAction.ORDER_SHIPPED: _("shipped a parcel of an order"),
    StaffAction.ORDER_FILE_SENT: _("sent a file of parcels to look through"),
    StaffAction.ORDER_FILE_CONFIRMED: _("had the parcels of a file shipped"),
    StaffAction.ORDER_CANCELLED: _("cancelled an order"),
    StaffAction.ORDER_MADE_READY: _("told a buyer that the goods lie ready"),
    StaffAction.ORDER_HANDED_OVER: _("handed goods over to a buyer"),
    StaffAction.ORDER_REFUNDS_RETRIED: _("had refused refunds sent again"),
    StaffAction.ORDER_REFUND_REDIRECTED: _("decided where a refund goes"),
    StaffAction.AFTER_SALE_APPROVED: _("approved an after-sale case"),
    StaffAction.AFTER_SALE_DECLINED: _("declined an after-sale case"),
    StaffAction.AFTER_SALE_RECEIVED: _("took goods back"),
    StaffAction.PAGE_CHANGED: _("changed the draft of the home page"),
    StaffAction.PAGE_PUBLISHED: _("published the home page"),
    StaffAction.PAGE_DRAFT_DISCARDED: _("discarded the draft of the home page"),
    StaffAction.REVIEW_ANSWERED: _("answered a review"),
    StaffAction.REVIEW_FILE_SENT: _("imported reviews"),
    StaffAction.MONEY_DIFFERENCE_NOTED: _("noted a difference with a bill"),
}
FACTS: Final[dict[str, Promise]] = {
    "role": pgettext_lazy("fact", "role"),
    "name": pgettext_lazy("fact", "name"),
    "tagline": pgettext_lazy("fact", "tagline"),
    "translations": pgettext_lazy("fact", "English texts"),
    "accent": pgettext_lazy("fact", "colour"),
    "look": pgettext_lazy("fact", "look"),
    "measure": pgettext_lazy("fact", "reckoned by"),
    "is_default": pgettext_lazy("fact", "default"),
    "template": pgettext_lazy("fact", "template"),
    "address": pgettext_lazy("fact", "address"),
    "state": pgettext_lazy("fact", "state"),
    "reason": pgettext_lazy("fact", "reason"),
    "title": pgettext_lazy("fact", "title"),
    "status": pgettext_lazy("fact", "status"),
    "body_html": pgettext_lazy("fact", "description"),
    "price": pgettext_lazy("fact", "price"),
    "limit": pgettext_lazy("fact", "at most a person"),
    "priority": pgettext_lazy("fact", "emptied in order"),
    "on_hand": pgettext_lazy("fact", "on hand"),
    "place": pgettext_lazy("fact", "at"),
    "units": pgettext_lazy("fact", "units"),
    "rows": pgettext_lazy("fact", "rows"),
    "carrier": pgettext_lazy("fact", "carrier"),
    "tracking_number": pgettext_lazy("fact", "tracking number"),
    "refunds": pgettext_lazy("fact", "refunds"),
    "target": pgettext_lazy("fact", "sent to"),
    "answer": pgettext_lazy("fact", "answer"),
    "amount_minor": pgettext_lazy("fact", "amount"),
    "fit_to_sell": pgettext_lazy("fact", "fit to sell"),
    "text": pgettext_lazy("fact", "note"),
    "reviews": pgettext_lazy("fact", "reviews"),
    "added": pgettext_lazy("fact", "section"),
    "position": pgettext_lazy("fact", "position"),
    "version": pgettext_lazy("fact", "version"),
    "words": pgettext_lazy("fact", "words"),
}
STATES: Final[dict[str, Promise]] = {
    ShopState.OPEN: pgettext_lazy("shop", "open"),
    ShopState.PAUSED: pgettext_lazy("shop", "paused"),
    ShopState.STOPPED: pgettext_lazy("shop", "stopped by the platform"),
}
HIDDEN_FACTS: Final = frozenset({"currency", "refund_id"})  # read with the amount, and for machines
