"""What every page's frame shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from quanshi.kernel import clock

THEME_COOKIE = "quanshi_theme"
THEMES = ("light", "dark")


def page(request: HttpRequest) -> dict[str, Any]:
    """`theme` is empty where the visitor follows their system. The cart is counted only where a page shows it."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "theme": theme if theme in THEMES else "",
        "now": clock.now(),
    }
