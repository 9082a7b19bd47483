"""What is asked for on the pages of members and activity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from quanshi.kernel import ids
from quanshi.shops.selectors import ACTION_KINDS
from quanshi.shops.types import Role
from quanshi.web.console import staff_words
from quanshi.web.console.forms import ConsoleForm


class InviteForm(ConsoleForm):
    """Whom to invite, as what. The same form sent twice is one invitation, known by its key."""

    role = forms.ChoiceField(label=_("As"))
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("With an address, only its owner can accept. Without one, whoever has the link can."),
    )
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, roles: Iterable[Role]) -> None:
        super().__init__(data, initial={"key": str(ids.new_id()), "role": Role.SUPPORT})
        choices = [(role.value, staff_words.ROLES[role]) for role in roles]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]


class RoleForm(ConsoleForm):
    """The role that a member gets."""

    role = forms.ChoiceField(choices=[(role.value, staff_words.ROLES[role]) for role in Role])


class ActivityFilter(forms.Form):
    """Each field narrows the list; what makes no sense narrows nothing."""

    person = forms.ChoiceField(label=_("Who"), required=False)
    kind = forms.ChoiceField(
        label=_("About"),
        required=False,
        choices=[("", _("Everything")), *((kind, staff_words.KINDS[kind]) for kind in ACTION_KINDS)],
    )

    def __init__(self, data: Any, *, people: Iterable[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["person"].choices = [("", _("Everybody")), *people]  # type: ignore[attr-defined]
        self.is_valid()

    def person_id(self) -> UUID | None:
        chosen = self.cleaned_data.get("person")
        return UUID(chosen) if chosen else None

    def kind_of_action(self) -> str:
        return str(self.cleaned_data.get("kind") or "")
