"""What the address of a list of goods says: words, order, and what the list is narrowed to."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import parse_money
from quanshi.search.types import Filters, Sort

PAGES_MAX: Final = 42
QUERY_MAX: Final = 64  # as the field takes it


class SearchForm(forms.Form):
    """Everything is allow-listed here; what is none of it is left out of the list and told beside the field."""

    q = forms.CharField(required=False, max_length=2000, strip=True)
    sort = forms.ChoiceField(required=False, choices=[(sort.value, sort.value) for sort in Sort])
    page = forms.IntegerField(required=False, min_value=1, max_value=PAGES_MAX)
    category = forms.CharField(required=False, max_length=120)
    shop = forms.SlugField(required=False, max_length=48)
    vendor = forms.CharField(required=False, max_length=120)
    tag = forms.CharField(required=False, max_length=80)
    stock = forms.BooleanField(required=False)
    exact = forms.BooleanField(required=False)
    currency = forms.RegexField(r"^[A-Z]{3}$", required=False)
    least = forms.CharField(required=False, max_length=16)
    most = forms.CharField(required=False, max_length=16)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("least", "most"):
            if not data.get(name):
                continue
            try:
                data[f"{name}_minor"] = parse_money(data[name], data.get("currency") or "CNY").minor
            except InvalidInput:
                self.add_error(name, _("Write a price like 20 or 19.90."))
        return data

    @property
    def query(self) -> str:
        return str(self.cleaned_data.get("q") or "")[: QUERY_MAX * 4]

    @property
    def sort_by(self) -> Sort:
        return Sort(self.cleaned_data.get("sort") or Sort.RELEVANCE)

    @property
    def number(self) -> int:
        return self.cleaned_data.get("page") or 1

    def filters(self, *, category: str = "") -> Filters:
        """What the list is narrowed to; `category` where the page itself is a shelf's."""
        data = self.cleaned_data
        most = data.get("most_minor")
        has_price = most is not None or data.get("least_minor") is not None
        return Filters(
            category=category or data.get("category") or "",
            shop=data.get("shop") or "",
            vendor=data.get("vendor") or "",
            tag=data.get("tag") or "",
            in_stock=bool(data.get("stock")),
            currency=(data.get("currency") or "CNY") if has_price else "",
            from_minor=data.get("least_minor"),
            below_minor=most,
        )
