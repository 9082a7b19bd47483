"""What is asked for on the pages of bill differences."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quanshi.payments import selectors
from quanshi.payments.types import DifferenceKind
from quanshi.web.console import words


class DifferenceFilter(forms.Form):
    """Each field narrows the list; what makes no sense narrows nothing."""

    day = forms.DateField(label=_("Day of the bill"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    account = forms.ChoiceField(label=_("Provider"), required=False)
    kind = forms.ChoiceField(
        label=_("What differs"),
        required=False,
        choices=[("", _("Everything")), *((kind.value, words.DIFFERENCES[kind]) for kind in DifferenceKind)],
    )
    seen = forms.ChoiceField(
        label=_("Seen by somebody"),
        required=False,
        choices=[("", _("Either")), ("no", _("Not yet")), ("yes", _("Yes, seen"))],
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        known = [(account, words.PROVIDERS[account]) for account in selectors.billed_accounts()]
        self.fields["account"].choices = [("", _("Every provider")), *known]  # type: ignore[attr-defined]

    def wanted(self) -> dict[str, Any]:
        """As the selector takes it."""
        self.is_valid()
        given = self.cleaned_data
        found: dict[str, Any] = {
            "account": given.get("account", ""),
            "day": given.get("day"),
            "kind": DifferenceKind(given["kind"]) if given.get("kind") else None,
        }
        if given.get("seen"):
            found["is_seen"] = given["seen"] == "yes"
        return found


class NoteForm(forms.Form):
    text = forms.CharField(max_length=500, required=False)
