"""django-allauth's hooks: how a sign-in joins what the guest did before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils.translation import gettext as _

from quanshi.accounts.selectors import account_state, browser_of, person_by_email
from quanshi.accounts.types import AccountState
from quanshi.web.middleware import visitor_of

UNKNOWN: Final = "account/email/unknown_account"
BLOCKED: Final = "account/email/account_blocked"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-up and sign-in by e-mail and password."""

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Sign `user` in and hand them the cart and the orders of the guest they were until now."""
        super().login(request, user)
        visitor_of(request).become_person(user.pk)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a letter. To the mailbox of a blocked account none says that there is no account of this address."""
        if template_prefix == UNKNOWN and _is_blocked(email):
            template_prefix = BLOCKED
        super().send_mail(template_prefix, email, context)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the page that follows shows that it worked."""


class PasskeyAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """A passkey is a way in beside the password, not a second lock on it."""

    def is_mfa_enabled(self, user: AbstractBaseUser, types: Iterable[str] | None = None) -> bool:
        """Whether the person has one of `types`.

        Asked for a second factor after a password, passkeys do not count: whoever adds one on their telephone could
        not sign in on another machine any more, and would be locked out for good with the telephone lost.
        """
        asked = None if types is None else set(types)
        if asked is not None and len(asked) > 1:
            asked.discard(Authenticator.Type.WEBAUTHN)
        return bool(super().is_mfa_enabled(user, types=asked))

    def generate_authenticator_name(self, *_of: Any, **_more: Any) -> str:
        """What the person will know it by: where it was made."""
        browser, system = browser_of(user_agent=allauth_context.request.headers.get("User-Agent", ""))
        return " · ".join(word for word in (system, browser) if word) or _("Passkey")


def _is_blocked(email: str) -> bool:
    person_id = person_by_email(email=email)
    return person_id is not None and account_state(person_id=person_id) is AccountState.BLOCKED
