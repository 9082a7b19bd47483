"""The gateways that take and return money, behind one Protocol, each offered when its credentials are set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

from django.conf import settings

from quanshi.payments.errors import GatewayNotFound
from quanshi.payments.gateways.alipay import AlipayAccount, AlipayGateway
from quanshi.payments.gateways.protocol import (
    TIMEOUT_SECONDS,
    BilledGateway,
    Gateway,
    PayingGateway,
    RedirectingGateway,
    SplittingGateway,
)
from quanshi.payments.gateways.sandbox import SandboxGateway
from quanshi.payments.gateways.stripe import StripeAccount, StripeGateway
from quanshi.payments.gateways.wechat import WechatAccount, WechatGateway
from quanshi.payments.gateways.wechat_oauth import WechatOauth
from quanshi.payments.types import Scene

__all__ = [
    "SCENES",
    "TIMEOUT_SECONDS",
    "BilledGateway",
    "Gateway",
    "PayingGateway",
    "RedirectingGateway",
    "SandboxGateway",
    "SplittingGateway",
    "account_of",
    "accounts",
    "billed_by",
    "by_name",
    "identity",
    "in_place",
    "names",
    "notify_url",
    "paying_from",
    "redirecting",
    "splitting",
]

# the channels of each account, the one that comes first in a list of ways to pay first
CHANNELS: Final[Mapping[str, tuple[str, ...]]] = {
    "wechat": ("wechat_native", "wechat_h5", "wechat_jsapi", "wechat_app"),
    "alipay": ("alipay_page", "alipay_wap", "alipay_app"),
    "stripe": ("stripe",),
    "sandbox": (SandboxGateway.name,),
}
_PAGES: Final = frozenset({Scene.DESKTOP, Scene.PHONE, Scene.WECHAT})
SCENES: Final[Mapping[str, frozenset[Scene]]] = {
    "wechat_native": frozenset({Scene.DESKTOP}),
    "wechat_h5": frozenset({Scene.PHONE}),
    "wechat_jsapi": frozenset({Scene.WECHAT}),
    "wechat_app": frozenset({Scene.APP}),
    "alipay_page": frozenset({Scene.DESKTOP}),
    "alipay_wap": frozenset({Scene.PHONE}),  # WeChat's browser opens no Alipay
    "alipay_app": frozenset({Scene.APP}),
    "stripe": _PAGES,
    "sandbox": _PAGES,
}
_in_place: dict[str, Gateway] = {}


def by_name(name: str) -> Gateway:
    """Raises: GatewayNotFound when it is not installed, has no credentials or is switched off."""
    if name not in names():
        raise GatewayNotFound(gateway=name)
    if name in _in_place:
        return _in_place[name]
    if name == SandboxGateway.name:
        return _sandbox(settings.BASE_URL, settings.SECRET_KEY)
    account = account_of(name)
    return _installed(name, account, tuple(sorted(settings.PAYMENT_ACCOUNTS[account].items())))


def names() -> tuple[str, ...]:
    """Every gateway that works here."""
    return tuple(name for account in accounts() for name in CHANNELS[account])


def accounts() -> tuple[str, ...]:
    """The accounts at providers that are set up here; the sandbox last."""
    real = tuple(account for account in CHANNELS if account in settings.PAYMENT_ACCOUNTS)
    return (*real, "sandbox") if settings.SANDBOX_GATEWAY else real


def billed_by(account: str) -> tuple[BilledGateway, tuple[str, ...]]:
    """One gateway of `account` that gives its bill, and the names of all gateways that the bill covers.

    Raises: GatewayNotFound for an account that gives none.
    """
    if account not in accounts() or account == SandboxGateway.name:
        raise GatewayNotFound(gateway=account)
    gateway = by_name(CHANNELS[account][0])
    assert isinstance(gateway, (WechatGateway, AlipayGateway, StripeGateway))
    return gateway, CHANNELS[account]


def redirecting(name: str) -> RedirectingGateway:
    """Raises: GatewayNotFound for a gateway that sends a refund nowhere but back."""
    gateway = by_name(name)
    if not isinstance(gateway, WechatGateway):
        raise GatewayNotFound(gateway=name)
    return gateway


def identity() -> WechatOauth:
    """Who tells who pays inside WeChat. Raises: GatewayNotFound where WeChat Pay or the app secret is not set up."""
    given: dict[str, Any] = settings.PAYMENT_ACCOUNTS.get("wechat", {})
    account = WechatAccount(**given) if given.get("app_secret") else None
    if account is None:
        raise GatewayNotFound(gateway="wechat_jsapi")
    return WechatOauth(
        appid=account.appid,
        app_secret=account.app_secret,
        connect_url=account.connect_url,
        api_url=account.api_url,
        timeout_seconds=account.timeout_seconds,
    )


def paying_from(account: str) -> PayingGateway:
    """The gateway that pays out of `account`. Raises: GatewayNotFound."""
    if account not in accounts():
        raise GatewayNotFound(gateway=account)
    gateway = by_name(CHANNELS[account][0])
    assert isinstance(gateway, (WechatGateway, AlipayGateway, StripeGateway, SandboxGateway))
    return gateway


def splitting(account: str) -> SplittingGateway:
    """Raises: GatewayNotFound for an account whose payments cannot be split."""
    gateway = paying_from(account)
    if not isinstance(gateway, WechatGateway):
        raise GatewayNotFound(gateway=account)
    return gateway


def account_of(name: str) -> str:
    """The account that the gateway `name` is a channel of. Raises: GatewayNotFound."""
    for account, channels in CHANNELS.items():
        if name in channels:
            return account
    raise GatewayNotFound(gateway=name)


def notify_url(name: str) -> str:
    """Where the gateway tells us by itself."""
    return f"{settings.BASE_URL}/payments/notify/{name}"


@contextmanager
def in_place(gateway: Gateway) -> Iterator[None]:
    """Use `gateway` for its name while the block runs: another transport, another time-out."""
    before = _in_place.get(gateway.name)
    _in_place[gateway.name] = gateway
    try:
        yield
    finally:
        if before is None:
            del _in_place[gateway.name]
        else:
            _in_place[gateway.name] = before


@lru_cache(maxsize=1)
def _sandbox(base_url: str, secret: str) -> SandboxGateway:
    return SandboxGateway(base_url=base_url, secret=secret)


@lru_cache(maxsize=16)
def _installed(name: str, account: str, credentials: tuple[tuple[str, Any], ...]) -> Gateway:
    given = dict(credentials)
    if account == "wechat":
        return WechatGateway(account=WechatAccount(**given), channel=name)
    if account == "alipay":
        return AlipayGateway(account=AlipayAccount(**given), channel=name)
    return StripeGateway(account=StripeAccount(**given))
