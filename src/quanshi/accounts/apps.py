from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """What the operators' desk calls the room."""

    name = "quanshi.accounts"
    verbose_name = _("People")
