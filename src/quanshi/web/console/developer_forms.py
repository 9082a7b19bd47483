"""What the console's pages for developers take."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quanshi.interop.types import TEST_EVENT, DeliveryState, EventType, OffReason
from quanshi.web.console.forms import ConsoleForm

EVENTS: Final[dict[str, Promise]] = {
    EventType.ORDER_PLACED: pgettext_lazy("webhook event", "Order placed"),
    EventType.ORDER_PAID: pgettext_lazy("webhook event", "Order paid"),
    EventType.ORDER_CANCELLED: pgettext_lazy("webhook event", "Order cancelled"),
    EventType.ORDER_SHIPPED: pgettext_lazy("webhook event", "Parcel sent"),
    EventType.ORDER_RECEIVED: pgettext_lazy("webhook event", "Order received"),
    EventType.ORDER_CLOSED: pgettext_lazy("webhook event", "Order completed"),
    EventType.AFTER_SALE_CHANGED: pgettext_lazy("webhook event", "After-sale case moved on"),
    EventType.REFUND_SUCCEEDED: pgettext_lazy("webhook event", "Refund arrived"),
    EventType.REFUND_FAILED: pgettext_lazy("webhook event", "Refund failed"),
    EventType.SHOP_CLOSING_ANNOUNCED: pgettext_lazy("webhook event", "Closing of the shop announced"),
    EventType.SHOP_CLOSING_TAKEN_BACK: pgettext_lazy("webhook event", "Closing of the shop taken back"),
    EventType.SHOP_SALES_ENDED: pgettext_lazy("webhook event", "Sales of the shop ended"),
    TEST_EVENT: pgettext_lazy("webhook event", "Test"),
}
DELIVERIES: Final[dict[str, Promise]] = {
    DeliveryState.PENDING: pgettext_lazy("webhook delivery", "Waiting"),
    DeliveryState.DELIVERED: pgettext_lazy("webhook delivery", "Arrived"),
    DeliveryState.DEAD: pgettext_lazy("webhook delivery", "Given up"),
}
DELIVERY_TONES: Final[dict[str, str]] = {
    DeliveryState.PENDING: "badge badge-warn",
    DeliveryState.DELIVERED: "badge badge-success",
    DeliveryState.DEAD: "badge badge-danger",
}
OFF: Final[dict[str, Promise]] = {
    OffReason.BY_SHOP: _("Switched off by the shop."),
    OffReason.GONE: _("Switched off: the receiver says that it wants no more (410)."),
    OffReason.FAILING: _("Switched off: nothing has arrived for three days."),
}


class WebhookForm(ConsoleForm):
    url = forms.CharField(
        label=pgettext_lazy("web address", "Address"),
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocapitalize": "none", "spellcheck": "false"}),
    )
    description = forms.CharField(label=_("Remark"), max_length=120, required=False)
    event_types = forms.MultipleChoiceField(
        label=_("What it hears of"),
        choices=[(each.value, EVENTS[each]) for each in EventType],
        widget=forms.CheckboxSelectMultiple,
    )

    def values(self) -> dict[str, Any]:
        """What `interop.services.add_webhook` takes."""
        return {**self.cleaned_data, "event_types": [EventType(word) for word in self.cleaned_data["event_types"]]}
