"""django-allauth's hooks: how a sign-in joins what the guest did before."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from quanshi.accounts.types import ActorKind
from quanshi.kernel import clock
from quanshi.orders import services as orders
from quanshi.web.middleware import GUEST_KEY, actor_of

FORMER_GUEST_KEY: Final = "former_guest"  # who the session was before it signed in
LATE_SECONDS: Final = 3600  # longer than a quote can be placed


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-up and sign-in by e-mail and password."""

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Sign `user` in and hand them the cart and the orders of the guest they were until now."""
        guest_id = request.session.get(GUEST_KEY)
        super().login(request, user)
        if guest_id:
            orders.adopt_guest(guest_id=UUID(guest_id), person_id=user.pk)
            request.session.pop(GUEST_KEY, None)
            request.session[FORMER_GUEST_KEY] = [guest_id, clock.now().timestamp() + LATE_SECONDS]

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the page that follows shows that it worked."""


def claim_late_orders(request: HttpRequest) -> None:
    """Hand the person what was quoted to the guest they were and placed after they had signed in. Idempotent."""
    guest_id, until = request.session.get(FORMER_GUEST_KEY, ("", 0))
    if guest_id and actor_of(request).kind is ActorKind.PERSON:
        orders.adopt_guest(guest_id=UUID(guest_id), person_id=actor_of(request).id)
        if until < clock.now().timestamp():
            del request.session[FORMER_GUEST_KEY]
