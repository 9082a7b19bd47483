"""Who a visitor is to our WeChat account, kept in their session; and the one way to find out."""

from __future__ import annotations

import secrets
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from quanshi.kernel import clock
from quanshi.payments import selectors, services

KNOWN_KEY: Final = "wechat_payer"  # appid and openid
ASKED_KEY: Final = "wechat_asked"  # what ties the question under way to this session
SALT: Final = "quanshi.web.shop.wechat_payer"
STATE_SECONDS: Final = 600
ID_DIGITS: Final = 32
STAMP_DIGITS: Final = 8


def openid_of(request: HttpRequest) -> str:
    """The visitor's openid for the account that is set up now; empty while it is not known."""
    appid, openid = request.session.get(KNOWN_KEY, ("", ""))
    return str(openid) if appid and appid == selectors.wechat_appid() else ""


def can_ask(request: HttpRequest) -> bool:
    """Whether WeChat can be asked: it is set up, and the visitor is where WeChat would bring them back to."""
    return bool(selectors.wechat_appid()) and request.get_host() == urlsplit(settings.BASE_URL).netloc


def way_to_ask(request: HttpRequest, *, order_id: UUID) -> str:
    """Where the visitor goes to be recognised on the way to paying `order_id`.

    Its state says for which order, since when, and proves by our signature that this very session has asked. It names
    an order and no address, so whoever changes it can lead nobody anywhere else.
    """
    asked = request.session[ASKED_KEY] = secrets.token_hex(16)
    head = f"{order_id.hex}{int(clock.now().timestamp()):08x}"
    back = f"{settings.BASE_URL}{reverse('shop:wechat_payer')}"
    address, _appid = services.way_to_identify(redirect_uri=back, state=f"{head}{_seal(head, asked)}")
    return address


def order_of(request: HttpRequest, *, state: str) -> UUID | None:
    """The order that `state` was made for in this session a moment ago, else None. It counts once."""
    asked = request.session.pop(ASKED_KEY, "")
    head, seal = state[: ID_DIGITS + STAMP_DIGITS], state[ID_DIGITS + STAMP_DIGITS :]
    if not asked or not state.isascii() or not constant_time_compare(seal, _seal(head, asked)):
        return None
    asked_at = int(head[ID_DIGITS:], 16)
    return UUID(hex=head[:ID_DIGITS]) if clock.now().timestamp() - asked_at <= STATE_SECONDS else None


def remember(request: HttpRequest, *, code: str) -> None:
    """Take who came back with `code`, and keep it. Raises: PayerNotKnown, GatewayUnreachable, GatewayNotFound."""
    request.session[KNOWN_KEY] = services.identify_payer(code=code)


def _seal(head: str, asked: str) -> str:
    """Letters and digits alone, since WeChat carries no others; with its head it stays below WeChat's 128."""
    return salted_hmac(SALT, f"{head}:{asked}", algorithm="sha256").hexdigest()
