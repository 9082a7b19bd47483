"""What every page's frame shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from quanshi.kernel import clock
from quanshi.orders import selectors as orders
from quanshi.web.middleware import actor_of, is_known

THEME_COOKIE = "quanshi_theme"
THEMES = ("light", "dark")


def page(request: HttpRequest) -> dict[str, Any]:
    """`theme` is empty where the visitor follows their system. The cart is counted only where a page shows it."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "theme": theme if theme in THEMES else "",
        "cart_count": SimpleLazyObject(lambda: _cart_count(request)),
        "now": clock.now(),
    }


def _cart_count(request: HttpRequest) -> int:
    return orders.cart_count(actor=actor_of(request)) if is_known(request) else 0
