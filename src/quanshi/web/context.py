"""What every page's frame shows."""

from __future__ import annotations

import ipaddress
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from quanshi.kernel import clock
from quanshi.orders import selectors as orders
from quanshi.web.middleware import actor_of, is_known
from quanshi.web.people.wechat import can_use_wechat

THEME_COOKIE = "quanshi_theme"
THEMES = ("light", "dark")


def page(request: HttpRequest) -> dict[str, Any]:
    """`theme` is empty where the visitor follows their system. The cart is counted only where a page shows it."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "theme": theme if theme in THEMES else "",
        "cart_count": SimpleLazyObject(lambda: _cart_count(request)),
        "now": clock.now(),
        "can_use_wechat": SimpleLazyObject(lambda: can_use_wechat(request)),
        "can_use_passkeys": _is_a_name(request.get_host().rpartition(":")[0] or request.get_host()),
    }


def _is_a_name(host: str) -> bool:
    """Whether a passkey can belong to `host`: browsers make none for a bare address."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return True
    return False


def _cart_count(request: HttpRequest) -> int:
    return orders.cart_count(actor=actor_of(request)) if is_known(request) else 0
