"""The words that people read for states, kinds and carriers. Each stands in one place, in both languages."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quanshi.fulfilment.types import Carrier
from quanshi.orders.types import AfterSaleKind, AfterSaleState, OrderState, PriceWord, Reason, RefundStatus
from quanshi.payments.types import AttemptState, RefundState
from quanshi.storefront.types import PolicyKind

ORDER: Final[dict[str, Promise]] = {
    OrderState.PLACED: pgettext_lazy("order state", "To pay"),
    OrderState.PAID: pgettext_lazy("order state", "Paid"),
    OrderState.TO_SHIP: pgettext_lazy("order state", "To ship"),
    OrderState.PARTLY_SHIPPED: pgettext_lazy("order state", "Partly shipped"),
    OrderState.SHIPPED: pgettext_lazy("order state", "On the way"),
    OrderState.RECEIVED: pgettext_lazy("order state", "Received"),
    OrderState.CLOSED: pgettext_lazy("order state", "Completed"),
    OrderState.CANCELLED: pgettext_lazy("order state", "Cancelled"),
}
TO_PICK_UP: Final = pgettext_lazy("order state", "To pick up")  # what is to ship, where nothing is shipped
ORDER_TONES: Final[dict[str, str]] = {
    OrderState.PLACED: "warn",
    OrderState.PAID: "info",
    OrderState.TO_SHIP: "info",
    OrderState.PARTLY_SHIPPED: "accent",
    OrderState.SHIPPED: "accent",
    OrderState.RECEIVED: "success",
    OrderState.CLOSED: "",
    OrderState.CANCELLED: "",
}
REFUND_STATUS: Final[dict[str, Promise | str]] = {
    RefundStatus.NONE: "",
    RefundStatus.PART: pgettext_lazy("refund status", "Partly refunded"),
    RefundStatus.WHOLE: pgettext_lazy("refund status", "Refunded"),
}
AFTER_SALE: Final[dict[str, Promise]] = {
    AfterSaleState.REQUESTED: pgettext_lazy("after-sale state", "Waiting for the shop"),
    AfterSaleState.APPROVED: pgettext_lazy("after-sale state", "Approved: send the goods back"),
    AfterSaleState.DECLINED: pgettext_lazy("after-sale state", "Declined"),
    AfterSaleState.RETURNING: pgettext_lazy("after-sale state", "On its way back"),
    AfterSaleState.RECEIVED: pgettext_lazy("after-sale state", "Return received"),
    AfterSaleState.REFUNDING: pgettext_lazy("after-sale state", "Refunding"),
    AfterSaleState.DONE: pgettext_lazy("after-sale state", "Refunded"),
    AfterSaleState.WITHDRAWN: pgettext_lazy("after-sale state", "Withdrawn"),
}
AFTER_SALE_TONES: Final[dict[str, str]] = {
    AfterSaleState.REQUESTED: "warn",
    AfterSaleState.APPROVED: "accent",
    AfterSaleState.DECLINED: "danger",
    AfterSaleState.RETURNING: "info",
    AfterSaleState.RECEIVED: "info",
    AfterSaleState.REFUNDING: "info",
    AfterSaleState.DONE: "success",
    AfterSaleState.WITHDRAWN: "",
}
AFTER_SALE_KIND: Final[dict[str, Promise]] = {
    AfterSaleKind.REFUND_ONLY: _("Refund only"),
    AfterSaleKind.RETURN_AND_REFUND: _("Return and refund"),
}
ATTEMPT: Final[dict[str, Promise]] = {
    AttemptState.PENDING: pgettext_lazy("payment state", "Waiting"),
    AttemptState.SUCCEEDED: pgettext_lazy("payment state", "Paid"),
    AttemptState.FAILED: pgettext_lazy("payment state", "Failed"),
    AttemptState.DISPUTED: pgettext_lazy("payment state", "Being looked at"),
}
REFUND: Final[dict[str, Promise]] = {
    RefundState.REQUESTED: pgettext_lazy("refund state", "Requested"),
    RefundState.SENDING: pgettext_lazy("refund state", "On its way"),
    RefundState.ABNORMAL: pgettext_lazy("refund state", "Could not arrive"),
    RefundState.SUCCEEDED: pgettext_lazy("refund state", "Refunded"),
    RefundState.FAILED: pgettext_lazy("refund state", "Failed"),
}
CARRIER: Final[dict[str, Promise | str]] = {
    Carrier.SF: _("SF Express"),
    Carrier.YTO: _("YTO Express"),
    Carrier.ZTO: _("ZTO Express"),
    Carrier.STO: _("STO Express"),
    Carrier.YUNDA: _("Yunda Express"),
    Carrier.JD: _("JD Logistics"),
    Carrier.EMS: "EMS",
    Carrier.DHL: "DHL",
    Carrier.UPS: "UPS",
    Carrier.FEDEX: "FedEx",
    Carrier.OTHER: _("Other carrier"),
    Carrier.PICKUP: _("Picked up"),
}
GATEWAY: Final[dict[str, Promise]] = {
    "sandbox": _("Simulated payment"),
    "wechat_native": _("WeChat Pay"),
    "wechat_h5": _("WeChat Pay"),
    "wechat_jsapi": _("WeChat Pay"),
    "wechat_app": _("WeChat Pay"),
    "alipay_page": _("Alipay"),
    "alipay_wap": _("Alipay"),
    "alipay_app": _("Alipay"),
    "stripe": _("Card and more by Stripe"),
}
GATEWAY_HINT: Final[dict[str, Promise]] = {
    "sandbox": _("For trying things out: no money moves."),
    "wechat_native": _("Scan a code with WeChat."),
    "wechat_h5": _("Opens WeChat."),
    "wechat_jsapi": _("Pay right here in WeChat."),
    "wechat_app": _("Opens WeChat."),
    "alipay_page": _("Goes to Alipay's page."),
    "alipay_wap": _("Opens Alipay."),
    "alipay_app": _("Opens Alipay."),
    "stripe": _("Goes to Stripe's page."),
}
TIMELINE: Final[dict[str, Promise]] = {
    OrderState.PLACED: _("Order placed"),
    OrderState.PAID: _("Payment received"),
    OrderState.TO_SHIP: _("The shop is preparing your parcel"),
    OrderState.PARTLY_SHIPPED: _("Part of the order is on its way"),
    OrderState.SHIPPED: _("Everything is on its way"),
    OrderState.RECEIVED: _("Received"),
    OrderState.CLOSED: _("Order completed"),
    OrderState.CANCELLED: _("Order cancelled"),
}
# reasons that are an entry of their own, whatever the order's state is beside them
HAPPENINGS: Final[dict[str, Promise]] = {
    Reason.PAYMENT_FAILED: _("A payment did not go through; you can pay again"),
    Reason.READY: _("Ready for pick-up"),
    Reason.PICKED_UP: _("Picked up"),
    Reason.REFUNDED: _("Money went back to you"),
    Reason.REFUND_FAILED: _("A refund did not go through; the shop is looking after it"),
}
REASONS: Final[dict[str, Promise]] = {
    Reason.FREE: _("There was nothing to pay."),
    Reason.UNPAID: _("It was not paid in time."),
    Reason.BY_BUYER: _("By the buyer."),
    Reason.BY_SHOP: _("By the shop."),
    Reason.BY_TIMER: _("Automatically, after the time was over."),
}
POLICY: Final[dict[str, Promise]] = {
    PolicyKind.SHIPPING: pgettext_lazy("policy", "Delivery"),
    PolicyKind.RETURNS: pgettext_lazy("policy", "Returns"),
    PolicyKind.PRIVACY: pgettext_lazy("policy", "Privacy"),
    PolicyKind.ABOUT: pgettext_lazy("policy", "About us"),
    PolicyKind.LICENCE: pgettext_lazy("policy", "Business licence"),
}
STEPS: Final[dict[str, Promise]] = {
    PriceWord.FREIGHT: _("Delivery"),
    PriceWord.FREE_FREIGHT: _("Free delivery"),
}
