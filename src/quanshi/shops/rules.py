"""Who may do what in a shop, what a shop may be called, and which colours can be read on each other."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from quanshi.shops.types import SHOP_TIME_ZONE, Permission, Role, Theme, beginning_of

EVERYTHING: Final = frozenset(Permission)
OWNERS: Final = frozenset({Permission.CLOSE_SHOP, Permission.MANAGE_DOMAIN})
# what is left of a closed shop, for its owners alone: orders and books are kept for years, and somebody may look
AFTER_CLOSING: Final = frozenset(
    {
        Permission.VIEW_TODAY,
        Permission.VIEW_ORDERS,
        Permission.VIEW_GOODS,
        Permission.VIEW_MONEY,
        Permission.VIEW_ACTIVITY,
        Permission.CLOSE_SHOP,
    }
)
PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.OWNER: EVERYTHING,
    Role.MANAGER: EVERYTHING - OWNERS,  # and the rank below: a manager never touches an owner
    Role.GOODS: frozenset(
        {
            Permission.VIEW_TODAY,
            Permission.VIEW_GOODS,
            Permission.MANAGE_GOODS,
            Permission.MANAGE_STOCK,
            Permission.IMPORT_GOODS,
            Permission.MANAGE_CAMPAIGNS,
        }
    ),
    Role.ORDERS: frozenset(
        {
            Permission.VIEW_TODAY,
            Permission.VIEW_ORDERS,
            Permission.SHIP_ORDERS,
            Permission.CANCEL_ORDERS,
            Permission.HANDLE_AFTER_SALE,
            Permission.VIEW_GOODS,
            Permission.MANAGE_STOCK,
            Permission.REPLY_BUYERS,
        }
    ),
    Role.FINANCE: frozenset(
        {
            Permission.VIEW_TODAY,
            Permission.VIEW_ORDERS,
            Permission.ORDER_REFUNDS,
            Permission.VIEW_MONEY,
            Permission.MANAGE_MONEY,
        }
    ),
    Role.SUPPORT: frozenset(
        {
            Permission.VIEW_TODAY,
            Permission.VIEW_ORDERS,
            Permission.HANDLE_AFTER_SALE,
            Permission.VIEW_GOODS,
            Permission.REPLY_BUYERS,
        }
    ),
}
_RANKS: Final[Mapping[Role, int]] = {Role.OWNER: 2, Role.MANAGER: 1}  # the others stand side by side below

NOTICE: Final = timedelta(days=30)  # 电子商务法 Art. 16: so long before its end a shop says so on its first page
LONGEST_NOTICE: Final = timedelta(days=366)

SLUG_MIN_LENGTH: Final = 2
SLUG_MAX_LENGTH: Final = 48
NAME_MAX_LENGTH: Final = 80
TAGLINE_MAX_LENGTH: Final = 160
PHONE_MAX_LENGTH: Final = 24
READABLE_CONTRAST: Final = 4.5  # WCAG 2.2, 1.4.3, for text of any size

# words that would read as a part of the house, or that we may want as addresses of our own
RESERVED_SLUGS: Final = frozenset(
    {
        "about", "accounts", "admin", "api", "app", "assets", "c", "cart", "checkout", "circle", "circles", "console",
        "demo-reset", "docs", "edge", "everyone", "favicon", "health", "healthz", "help", "home", "index", "legal",
        "live", "login", "logout", "mail", "me", "media", "new", "note", "notes", "null", "open", "operator", "orders",
        "p", "pay", "payments", "platform", "quanshi", "robots", "root", "s", "sandbox-pay", "search", "service-worker",
        "settings", "shop", "shops", "sign-in", "sign-out", "sign-up", "sitemap", "static", "status", "stream",
        "support", "system", "theme", "undefined", "user", "users", "web", "webhooks", "well-known", "www",
    }
)  # fmt: skip

_SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ACCENT: Final = re.compile(r"#[0-9a-f]{6}")
_PHONE: Final = re.compile(r"\+?[0-9][0-9 \-()]{3,}[0-9]")
_WECHAT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{4,29}")  # an account's id, or the number it is found by
LIGHT_PAPER: Final = "#f0ebe3"  # --surface-sunken of either theme: its hardest surface to read on
DARK_PAPER: Final = "#2a2520"
_WHITE: Final = "#ffffff"
_BLACK: Final = "#000000"


def may_give(*, giver: Role, role: Role) -> bool:
    """Whether a member of role `giver` may bring somebody into `role`, out of it, or invite to it: never above."""
    return Permission.MANAGE_MEMBERS in PERMISSIONS[giver] and _RANKS.get(role, 0) <= _RANKS.get(giver, 0)


def permissions(*, role: Role, is_closed: bool) -> frozenset[Permission]:
    """What a member may do in a shop that is at work, or that is closed for good."""
    if not is_closed:
        return PERMISSIONS[role]
    return AFTER_CLOSING if role is Role.OWNER else frozenset()


def first_closing_date(*, now: datetime) -> date:
    """The first day on which a shop that announces its end at `now` may take no more orders."""
    return (now + NOTICE).astimezone(SHOP_TIME_ZONE).date() + timedelta(days=1)


def last_closing_date(*, now: datetime) -> date:
    """The last such day: an end that is years away is no notice."""
    return (now + LONGEST_NOTICE).astimezone(SHOP_TIME_ZONE).date()


def end_of_sales(day: date) -> datetime:
    """The beginning of `day` by the shop's calendar: the moment from which it takes no orders."""
    return beginning_of(day)


def slug_fault(slug: str) -> str | None:
    """Why `slug` cannot be a shop's address: wrong_length, wrong_characters or reserved; None when it can."""
    if not SLUG_MIN_LENGTH <= len(slug) <= SLUG_MAX_LENGTH:
        return "wrong_length"
    if not _SLUG.fullmatch(slug):
        return "wrong_characters"
    if slug in RESERVED_SLUGS:
        return "reserved"
    return None


def slug_from_name(name: str) -> str:
    """An address made of the name's Latin letters and digits; empty when too little of it is Latin."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", ascii_name.replace("'", ""))
    slug = "-".join(words)[:SLUG_MAX_LENGTH].strip("-")
    return slug if slug_fault(slug) is None else ""


def is_phone(text: str) -> bool:
    """Digits as people write a telephone number, with the country's code or without."""
    return _PHONE.fullmatch(text) is not None


def is_wechat_id(text: str) -> bool:
    """What is typed into WeChat's search to find somebody."""
    return _WECHAT.fullmatch(text) is not None


def is_accent(text: str) -> bool:
    """A colour as the database keeps it: # and six lower-case hexadecimal digits."""
    return _ACCENT.fullmatch(text) is not None


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours, 1 to 21. Source: WCAG 2.2, "contrast ratio"."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(accent: str) -> str:
    """White where it can be read on `accent`, else black. One of the two always reaches 4.5 to 1."""
    return _WHITE if contrast(_WHITE, accent) >= READABLE_CONTRAST else _BLACK


def text_on(accent: str, paper: str) -> str:
    """`accent` itself where it can be read on `paper`, else the nearest shade of it that can."""
    towards = ink_on(paper)
    for tenths in range(11):
        shade = _mix(accent, towards, tenths / 10)
        if contrast(shade, paper) >= READABLE_CONTRAST:
            return shade
    return towards


def theme(accent: str) -> Theme:
    """Every colour that a page needs beside `accent` so that its words can be read, in light and in dark."""
    return Theme(
        accent=accent,
        ink=ink_on(accent),
        text_on_light=text_on(accent, LIGHT_PAPER),
        text_on_dark=text_on(accent, DARK_PAPER),
    )


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - the sRGB curve
        for channel in (value / 255 for value in _channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mix(colour: str, towards: str, share: float) -> str:
    mixed = (round(a + (b - a) * share) for a, b in zip(_channels(colour), _channels(towards), strict=True))
    return "#" + "".join(f"{value:02x}" for value in mixed)
