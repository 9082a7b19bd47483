"""Pure decisions about people's data: lengths, versions, what a browser calls itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from quanshi.accounts.types import ADDRESS_LENGTHS, AccountState, AddressInput, Consent, ConsentKind

# the versions of web/people/templates/me/{terms,privacy_notice}.html; a new text is a new version
CURRENT: Final[Mapping[ConsentKind, str]] = {
    ConsentKind.TERMS: "2026-11",
    ConsentKind.PRIVACY: "2026-11",
    ConsentKind.MARKETING: "2026-11",
}
NEEDED: Final = (ConsentKind.TERMS, ConsentKind.PRIVACY)

LENGTHS: Final = {**ADDRESS_LENGTHS, "label": (0, 20)}
PHONE: Final = re.compile(r"\+?[0-9][0-9 \-()]*[0-9]")
COUNTRY: Final = re.compile(r"[A-Z]{2}")

# the first that is found counts: nearly every browser calls itself Mozilla, and Edge also Chrome and Safari
BROWSERS: Final = (
    ("MicroMessenger", "WeChat"),
    ("AlipayClient", "Alipay"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS: Final = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


def account_state(*, is_active: bool, closed_at: datetime | None) -> AccountState:
    """What has become of an account. An erased one is not active either, and never is again."""
    if closed_at is not None:
        return AccountState.ERASED
    return AccountState.ACTIVE if is_active else AccountState.BLOCKED


def missing(standing: Iterable[Consent]) -> tuple[ConsentKind, ...]:
    """What has to be agreed to and is not, in its present version."""
    agreed = {(consent.kind, consent.version) for consent in standing if consent.is_given}
    return tuple(kind for kind in NEEDED if (kind, CURRENT[kind]) not in agreed)


def fault_of(address: AddressInput) -> tuple[str, str] | None:
    """The first field that is too short or too long, with the reason."""
    for name, (least, most) in LENGTHS.items():
        text = getattr(address, name)
        if len(text) < least:
            return name, "required"
        if len(text) > most:
            return name, "too_long"
        if not text.isprintable():
            return name, "not_text"
    if not PHONE.fullmatch(address.phone):
        return "phone", "not_a_phone"
    return None if COUNTRY.fullmatch(address.country) else ("country", "unknown")


def browser_of(user_agent: str) -> tuple[str, str]:
    """The browser and the system that a User-Agent header names; empty where it names none that we know."""
    browser = next((word for sign, word in BROWSERS if sign in user_agent), "")
    system = next((word for sign, word in SYSTEMS if sign in user_agent), "")
    return browser, system
