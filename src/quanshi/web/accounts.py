"""django-allauth's hooks: how a sign-in joins what the guest did before."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from quanshi.orders import services as orders
from quanshi.web.middleware import GUEST_KEY


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-up and sign-in by e-mail and password."""

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Sign `user` in and hand them the cart and the orders of the guest they were until now."""
        guest_id = request.session.get(GUEST_KEY)
        super().login(request, user)
        if guest_id:
            orders.adopt_guest(guest_id=UUID(guest_id), person_id=user.pk)
            request.session.pop(GUEST_KEY, None)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the page that follows shows that it worked."""
