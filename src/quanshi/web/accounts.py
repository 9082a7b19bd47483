"""django-allauth's hooks: how a sign-in joins what the guest did before."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from quanshi.web.middleware import visitor_of


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-up and sign-in by e-mail and password."""

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Sign `user` in and hand them the cart and the orders of the guest they were until now."""
        super().login(request, user)
        visitor_of(request).become_person(user.pk)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the page that follows shows that it worked."""
