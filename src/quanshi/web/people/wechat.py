"""Where signing in by WeChat works."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from quanshi.accounts import selectors as accounts
from quanshi.payments import selectors as payments


def can_use_wechat(request: HttpRequest) -> bool:
    """In WeChat's own browser, where it would bring them back to, and with its secret set."""
    browser, _system = accounts.browser_of(user_agent=request.headers.get("User-Agent", ""))
    return (
        browser == "WeChat"
        and request.get_host() == urlsplit(settings.BASE_URL).netloc
        and bool(payments.wechat_appid())
    )
