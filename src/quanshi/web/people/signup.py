"""What sign-up asks beside e-mail address and password. Nothing is ticked for anybody."""

from __future__ import annotations

from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from quanshi.accounts import services
from quanshi.accounts.types import ConsentKind


class SignupForm(forms.Form):
    """django-allauth puts its own fields before these, and calls `signup` once the person is there."""

    agree = forms.BooleanField(
        label=_("I agree to the terms of use and have read the privacy notice"),
        error_messages={"required": _("Please read them and tick this, or buy without an account.")},
    )
    marketing = forms.BooleanField(label=_("Write to me about new things and offers"), required=False)

    def signup(self, _request: HttpRequest, user: AbstractBaseUser) -> None:
        agreed = [ConsentKind.TERMS, ConsentKind.PRIVACY]
        if self.cleaned_data["marketing"]:
            agreed.append(ConsentKind.MARKETING)
        for kind in agreed:
            services.record_consent(person_id=user.pk, kind=kind, is_given=True)
