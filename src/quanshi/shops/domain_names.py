"""What a domain may be called, and when the record that proves it is looked for. No ORM, no clock, no I/O."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import idna

RECORD: Final = "_quanshi"  # the label in front of the domain whose TXT record proves it
PREFIX: Final = "quanshi-domain="
# names that the public DNS does not hold. Source: RFC 6761, RFC 6762, RFC 8375, RFC 7686, ICANN on .internal
SPECIAL: Final = frozenset({"arpa", "example", "internal", "invalid", "local", "localhost", "onion", "test", "alt"})
RECHECK: Final = timedelta(days=1)
AFTER_MISS: Final = timedelta(hours=6)
AFTER_SILENCE: Final = timedelta(minutes=10)
MOST_MISSED: Final = 4  # a day without the record, and the domain is somebody else's or nobody's
GIVE_UP: Final = timedelta(days=14)
FIRST_HOUR: Final = timedelta(hours=1)


def checked_name(text: str) -> str | None:
    """The domain as DNS has it; None for what is none: an address, a port, a single label, a name of no public DNS."""
    plain = text.strip().rstrip(".").lower()
    try:
        name = idna.encode(plain, uts46=True, std3_rules=True).decode()
    except idna.IDNAError:
        return None
    labels = name.split(".")
    if len(labels) < 2 or labels[-1] in SPECIAL or labels[-1].isdecimal():  # noqa: PLR2004 - a name below a top level
        return None
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name
    return None


def is_of_platform(name: str, *, hosts: Iterable[str]) -> bool:
    """Whether the platform itself is reached by this name, or lies above it."""
    return any(name == host or name.endswith(f".{host}") for host in map(str.lower, hosts))


def wait_before_next(*, age: timedelta, is_proven: bool, missed: int) -> timedelta | None:
    """How long until the record is looked for again; None where nobody seems to put it there any more."""
    if is_proven:
        return AFTER_MISS if missed else RECHECK
    if age > GIVE_UP:
        return None
    return timedelta(minutes=2) if age < FIRST_HOUR else timedelta(minutes=30)
