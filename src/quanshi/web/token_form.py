"""The form that makes a token, a person's or a shop's, and the words for what tokens may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quanshi.tokens.types import Scope

SCOPES: Final[dict[Scope, Promise]] = {
    Scope.READ_SHOP: _("Read the shop's settings"),
    Scope.WRITE_SHOP: _("Open shops and change their settings"),
    Scope.READ_GOODS: _("Read goods"),
    Scope.WRITE_GOODS: _("Change goods, add pictures, import"),
    Scope.READ_STOCK: _("Read stock"),
    Scope.WRITE_STOCK: _("Count stock"),
    Scope.READ_ORDERS: _("Read orders, with buyers' addresses"),
    Scope.WRITE_ORDERS: _("Ship and cancel orders"),
    Scope.READ_AFTER_SALES: _("Read after-sale cases"),
    Scope.WRITE_AFTER_SALES: _("Decide after-sale cases"),
    Scope.READ_REVIEWS: _("Read reviews of the shop's goods"),
    Scope.WRITE_REVIEWS: _("Answer reviews in the shop's name"),
    Scope.READ_MONEY: _("Read balances and statements"),
    Scope.WRITE_MONEY: _("Answer for differences with a provider's bill"),
    Scope.WRITE_REFUNDS: _("Send refused refunds again"),
    Scope.WRITE_WEBHOOKS: _("Manage webhooks"),
    Scope.READ_MEMBERS: _("Read who works in the shop, and open invitations"),
    Scope.WRITE_MEMBERS: _("Invite members, change their roles, remove them"),
    Scope.READ_ACTIVITY: _("Read what the staff has done"),
    Scope.WRITE_DOMAIN: _("Name the shop's own domain, or give it up"),
    Scope.CLOSE_SHOP: _("Announce the end of the shop, and close it for good"),
    Scope.BUY: _("Buy: cart, orders, payments, reviews"),
    Scope.READ_ME: _("Read my name, addresses, sessions, consents and copies of my data"),
    Scope.WRITE_ME: _("Change my name, addresses and consents, end sessions, ask for a copy of my data"),
}


class TokenForm(forms.Form):
    """Name, scopes and length of life of a new token."""

    name = forms.CharField(label=_("What it is for"), max_length=80)
    scopes = forms.MultipleChoiceField(label=_("What it may do"), widget=forms.CheckboxSelectMultiple)
    valid_days = forms.TypedChoiceField(
        label=_("Valid for"),
        coerce=int,
        initial=90,
        choices=[(7, _("7 days")), (30, _("30 days")), (90, _("90 days")), (365, _("A year"))],
    )

    def __init__(self, *args: Any, scopes: Sequence[Scope], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["scopes"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(scope.value, SCOPES[scope]) for scope in scopes]

    def values(self) -> dict[str, Any]:
        """What `tokens.services.make_token` takes."""
        return {**self.cleaned_data, "scopes": [Scope(word) for word in self.cleaned_data["scopes"]]}
