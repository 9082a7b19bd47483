"""django-allauth's hooks: how a sign-in joins what the guest did before."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-up and sign-in by e-mail and password."""
