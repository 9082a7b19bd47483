from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quanshi.accounts.types import AddressInput, AddressView, ConsentKind
from quanshi.web.address_form import AddressForm, as_entries


class BookForm(AddressForm):
    """One address of the book."""

    label = forms.CharField(
        label=_("What to call it"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "labels"}),
    )
    is_default = forms.BooleanField(label=_("Begin each checkout with this address"), required=False)

    @classmethod
    def of(cls, address: AddressView) -> BookForm:
        """Filled in with what the book holds."""
        return cls(initial={**as_entries(address), "label": address.label, "is_default": address.is_default})

    def as_input(self) -> AddressInput:
        return self.entry(label=self.cleaned_data["label"])


class ClaimForm(forms.Form):
    """What only the buyer of an order knows together."""

    number = forms.CharField(
        label=_("Order number"),
        max_length=24,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=_("Mobile number of the order"),
        max_length=24,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )


class NameForm(forms.Form):
    display_name = forms.CharField(
        label=_("What to call you"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
        help_text=_("How pages and shops call you. Left empty, it is your e-mail address."),
    )


class ConsentForm(forms.Form):
    """A yes or a no to one thing."""

    kind = forms.TypedChoiceField(choices=[(kind.value, kind.value) for kind in ConsentKind], coerce=ConsentKind)
    is_given = forms.TypedChoiceField(choices=[("0", "0"), ("1", "1")], coerce=lambda text: text == "1")


class CloseForm(forms.Form):
    """Closing an account cannot be undone, so a slip of the finger does not do it."""

    sure = forms.BooleanField(label=_("Yes, close my account and erase my data. I know that this cannot be undone."))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["sure"].error_messages["required"] = str(_("Tick this if you are sure."))
