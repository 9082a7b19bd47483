from __future__ import annotations

from typing import Any, Final

from django import forms
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quanshi.kernel import clock
from quanshi.orders.types import OpenBusiness, OpenKind
from quanshi.shops import selectors
from quanshi.shops.types import SHOP_TIME_ZONE, ShopView
from quanshi.web.console.forms import ConsoleForm

# what it is called, what ends it, and the page where that is done
STEPS: Final[dict[OpenKind, tuple[Promise, Promise, str]]] = {
    OpenKind.UNPAID: (
        _("Unpaid orders"),
        _("They are cancelled by themselves when the time to pay is over."),
        "orders",
    ),
    OpenKind.TO_SHIP: (
        _("Orders to ship"),
        _("Ship them, or cancel them: then the money goes back."),
        "orders",
    ),
    OpenKind.ON_THE_WAY: (
        _("Orders on the way"),
        _("They count as received at the latest ten days after they left."),
        "orders",
    ),
    OpenKind.AFTER_SALE_PERIOD: (
        _("Received orders with time for after-sale"),
        _("They end by themselves when the time is over."),
        "orders",
    ),
    OpenKind.CASES: (
        _("Open after-sale cases"),
        _("Answer them; each has a deadline and an outcome by itself."),
        "after_sales",
    ),
    OpenKind.PAYMENTS: (
        _("Payments without an answer"),
        _("The payment provider is asked again until it says how they ended."),
        "money",
    ),
    OpenKind.REFUNDS: (
        _("Refunds that have not arrived"),
        _("Those that were refused can be sent again or elsewhere."),
        "money",
    ),
    OpenKind.PAYOUTS: (
        _("Pay-outs on their way"),
        _("The provider has not confirmed them yet."),
        "money",
    ),
    OpenKind.OWED: (
        _("Money that is owed"),
        _("Whoever keeps the platform pays it out, or settles what the shop owes."),
        "money",
    ),
}
STATES: Final = {
    OpenKind.UNPAID: "placed",
    OpenKind.TO_SHIP: "to_ship",
    OpenKind.ON_THE_WAY: "shipped",
    OpenKind.AFTER_SALE_PERIOD: "received",
}


class AnnounceForm(ConsoleForm):
    """From which day the shop takes no more orders."""

    on = forms.DateField(
        label=_("First day without sales"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, data: Any = None, *, shop: ShopView) -> None:
        first, last = selectors.closing_dates(now=clock.now())
        said = shop.sales_end_at.astimezone(SHOP_TIME_ZONE).date() if shop.sales_end_at else first
        super().__init__(data, initial={"on": said})
        # what was announced may be nearer than a new notice allows: to leave it there changes nothing
        self.fields["on"].widget.attrs |= {"min": min(said, first).isoformat(), "max": last.isoformat()}


class CloseForm(ConsoleForm):
    """Closing for good asks for the shop's name: nobody closes one by a slip of the hand."""

    name = forms.CharField(label=_("The name of the shop, to be sure"), max_length=80)

    def __init__(self, data: Any = None, *, shop: ShopView) -> None:
        super().__init__(data)
        self._wanted = shop.name

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if " ".join(name.split()) != self._wanted:
            raise forms.ValidationError(_("This is not the name of the shop."))
        return name


def step(open_: OpenBusiness, *, slug: str) -> dict[str, Any]:
    """What stands in the way, in words, with the page where it is seen to."""
    word, advice, page = STEPS[open_.kind]
    state = STATES.get(open_.kind, "")
    return {
        "word": word,
        "advice": advice,
        "href": reverse(f"console:{page}", args=[slug]) + (f"?state={state}" if state else ""),
        "open": open_,
    }
