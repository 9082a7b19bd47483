"""An address as people fill it in: for China its province, city and district one after the other, else one line."""

from __future__ import annotations

import re
from typing import Any, Final

from babel import Locale
from django import forms
from django.core.validators import RegexValidator
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from quanshi.accounts import selectors as accounts
from quanshi.accounts.types import AddressInput, AddressView
from quanshi.orders.types import Address

PHONE: Final = r"^\+?[0-9][0-9 \-()]{3,}[0-9]$"
COUNTRY_CODE: Final = re.compile(r"[A-Z]{2}")
NO_COUNTRIES: Final = frozenset({"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"})
CHINA: Final = "CN"
STEP: Final = "step"  # the button of a browser without scripts that asks for the next choice
ASKS: Final = {"hx-target": "closest .regions", "hx-include": "closest .regions", "hx-swap": "outerHTML"}


def as_entries(address: Address | AddressView) -> dict[str, str]:
    """What a form would have to be filled in with for this address."""
    names = ("recipient", "phone", "region", "street", "postcode", "country")
    return {name: getattr(address, name) for name in names}


def _countries() -> list[tuple[str, str]]:
    names = Locale.parse(get_language() or "zh-hans", sep="-").territories
    return sorted(
        ((code, name) for code, name in names.items() if COUNTRY_CODE.fullmatch(code) and code not in NO_COUNTRIES),
        key=lambda country: (country[0] != CHINA, country[1]),
    )


class RegionForm(forms.Form):
    """Where in the world. The choices of each field follow from the one before, whoever has filled them in.

    An address that was written by hand, or came by the API, names its region in one line: as much of it as the list of
    regions knows is chosen here, and the line itself is still taken.
    """

    is_delivered = True  # what is picked up needs no region

    country = forms.ChoiceField(
        label=_("Country or region"),
        choices=lazy(_countries, list),
        initial=CHINA,
        widget=forms.Select(attrs={"autocomplete": "country"}),
    )
    province = forms.ChoiceField(label=_("Province"), required=False)
    city = forms.ChoiceField(label=_("City"), required=False)
    district = forms.ChoiceField(label=_("District or county"), required=False)
    region = forms.CharField(
        label=_("Province or state, city"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-level1", "enterkeyhint": "next"}),
    )

    def __init__(self, data: Any = None, **options: Any) -> None:
        given: dict[str, Any] = dict(data.items()) if data is not None else {}
        known = {**options.get("initial", {}), **given}
        if self.is_in_china(known) and not known.get("province"):
            found = accounts.places_in(text=str(known.get("region", "")))
            chosen = dict(zip(("province", "city", "district"), (one.code for one in found), strict=False))
            given, known = given | (chosen if given else {}), known | chosen
            options["initial"] = {**options.get("initial", {}), **chosen}
        cities = accounts.cities(province=str(known.get("province", "")))
        city = str(known.get("city", ""))
        if city not in {one.code for one in cities}:
            city = cities[0].code if len(cities) == 1 else ""  # a city governed directly is not chosen twice
            given = given | {"city": city} if given else given
            options["initial"] = {**options.get("initial", {}), "city": city}
        super().__init__(given if data is not None else None, **options)
        choices = (accounts.provinces(), cities, accounts.districts(city=city))
        for name, regions in zip(("province", "city", "district"), choices, strict=True):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("Please choose")), *((one.code, one.name) for one in regions)]
            if not regions:
                field.widget.attrs["disabled"] = True
        asks = {"hx-get": reverse("people:regions"), **ASKS}
        for name in ("country", "province", "city"):
            self.fields[name].widget.attrs |= asks

    @staticmethod
    def is_in_china(known: dict[str, Any]) -> bool:
        return (known.get("country") or CHINA) == CHINA

    @property
    def shows_china(self) -> bool:
        return (self["country"].value() or CHINA) == CHINA

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("country") != CHINA:
            if self.is_delivered and not data.get("region") and "region" not in self.errors:
                self.add_error("region", _("Please fill this in."))
            return data
        place = accounts.place_of(code=data.get("district") or "")
        if place is not None:
            data["region"] = place.text
        elif self.is_delivered and not data.get("region"):
            missing = next(name for name in ("province", "city", "district") if not data.get(name))
            if missing not in self.errors:
                self.add_error(missing, _("Please choose."))
        return data


class AddressForm(RegionForm):
    """Where the goods go. Field names are those of `Address`, so that a refusal finds its field."""

    recipient = forms.CharField(
        label=_("Recipient"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name", "enterkeyhint": "next"}),
    )
    phone = forms.CharField(
        label=_("Mobile number"),
        max_length=24,
        validators=[RegexValidator(PHONE, _("Write a telephone number like 138 0013 8000."))],
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel", "enterkeyhint": "next"}
        ),
    )
    street = forms.CharField(
        label=_("Street, building, door"),
        min_length=2,
        max_length=200,
        error_messages={"min_length": _("Write the street and where in it, so that the parcel finds you.")},
        widget=forms.TextInput(attrs={"autocomplete": "street-address", "enterkeyhint": "next"}),
    )
    postcode = forms.CharField(
        label=_("Postcode"),
        max_length=16,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "enterkeyhint": "next"}),
    )

    def address(self) -> Address:
        return Address(**{name: self.cleaned_data[name] for name in Address.__struct_fields__})

    def entry(self, *, label: str = "") -> AddressInput:
        """The same for the address book, which knows the district by its code."""
        is_china = self.cleaned_data["country"] == CHINA
        return AddressInput(
            **{name: self.cleaned_data[name] for name in Address.__struct_fields__},
            region_code=self.cleaned_data.get("district", "") if is_china else "",
            label=label,
        )


def asks_for_next_choice(entries: QueryDict) -> bool:
    """Whether a browser without scripts wants the cities of a province, not yet the whole form to be read."""
    return STEP in entries
