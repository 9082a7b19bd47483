"""How the list of orders is narrowed: the form, and a filter as an address."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from quanshi.kernel.money import Money
from quanshi.orders.types import OrderFilter, Way
from quanshi.web.console.forms import ConsoleForm, MoneyField

FIELDS: Final = ("number", "phone", "recipient", "goods", "first_day", "last_day", "way", "least", "most")


class OrderFilterForm(forms.Form):
    """Each field narrows the list. What makes no sense is said beside its field, and narrows nothing."""

    number = forms.CharField(label=_("Order number"), required=False, max_length=20)
    phone = forms.CharField(label=_("Telephone, or its last four digits"), required=False, max_length=30)
    recipient = forms.CharField(label=_("Recipient's name begins with"), required=False, max_length=60)
    goods = forms.CharField(label=_("Goods or article number"), required=False, max_length=80)
    first_day = forms.DateField(label=_("Placed from"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last_day = forms.DateField(label=_("Placed until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    way = forms.ChoiceField(
        label=_("Delivery or pick-up"),
        required=False,
        choices=[("", _("Either")), (Way.DELIVERY.value, _("Delivered")), (Way.PICKUP.value, _("Picked up"))],
    )

    def __init__(self, data: QueryDict, *, currency: str) -> None:
        super().__init__(data)
        self._currency = currency
        self.fields["least"] = MoneyField(label=_("Total from"), currency=currency, required=False)
        self.fields["most"] = MoneyField(label=_("Total up to"), currency=currency, required=False)

    def filters(self, *, state: str, query: str) -> OrderFilter:
        """As the selector takes it; `query` is what stands in the page's search field."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value not in {None, ""}}
        return OrderFilter(
            state=state,
            query=query,
            number=given.get("number", ""),
            phone=given.get("phone", ""),
            recipient=given.get("recipient", ""),
            goods=given.get("goods", ""),
            first_day=given.get("first_day"),
            last_day=given.get("last_day"),
            way=Way(given["way"]) if "way" in given else None,
            least_minor=_minor(given.get("least")),
            most_minor=_minor(given.get("most")),
        )

    @property
    def detailed(self) -> list[forms.BoundField]:
        """The fields behind "More filters"."""
        return [self[name] for name in FIELDS]

    @property
    def is_detailed(self) -> bool:
        """Whether one of them is filled in."""
        return any(self.data.get(name) for name in FIELDS)


class SaveFilterForm(ConsoleForm):
    name = forms.CharField(label=_("Name of the filter"), max_length=40)


def address_of(filters: OrderFilter, *, state: str, currency: str) -> str:
    """The query of the page that shows just these orders. `state` is the tab's name."""
    query = QueryDict(mutable=True)
    given: dict[str, Any] = {
        "state": state,
        "goods": filters.goods,
        "first_day": _day(filters.first_day),
        "last_day": _day(filters.last_day),
        "way": filters.way or "",
        "least": _major(filters.least_minor, currency),
        "most": _major(filters.most_minor, currency),
    }
    query.update({name: str(value) for name, value in given.items() if value})
    return query.urlencode()


def _minor(amount: Money | None) -> int | None:
    return None if amount is None else amount.minor


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _major(minor: int | None, currency: str) -> str:
    return "" if minor is None else str(Money(minor, currency).decimal)
