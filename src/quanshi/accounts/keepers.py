"""Who keeps something of people, in this room and above. Higher rooms are not imported here: config names them."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string

from quanshi.accounts.types import Keeper


@lru_cache(maxsize=1)
def keepers() -> tuple[Keeper, ...]:
    """Those that settings.PERSONAL_DATA_KEEPERS names; by its path, so that no process can forget to register them."""
    return tuple(import_string(settings.PERSONAL_DATA_KEEPERS))
