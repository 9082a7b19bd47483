"""Whom a page, an endpoint or a stream is for: said where it is defined, and tried for every route by a test.

A route that says nothing is refused by that test, so nobody can be let in, or kept out, by forgetting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

View = TypeVar("View", bound=Callable[..., Any])

ATTRIBUTE: Final = "access"  # functools.wraps hands it on, so it may stand below other decorators


class Audience(StrEnum):
    EVERYONE = "everyone"  # each sees what is public, or what is their own
    SIGNED_IN = "signed in"
    BUYER = "buyer"  # of the order or case that the address names; to others it is not there
    BUYER_OR_STAFF = "buyer or staff"  # the buyer, or who has the permission in the shop of the order
    STAFF = "staff"  # who has the permission in the shop that the address names
    OPERATORS = "operators"  # who keeps the installation
    BEARER = "bearer"  # who brings a signed token, whoever that is


@dataclass(frozen=True, slots=True)
class Access:
    """`permission` is one of `shops.types.Permission`, where staff are let in."""

    audience: Audience
    permission: str = ""


EVERYONE: Final = Access(Audience.EVERYONE)
SIGNED_IN: Final = Access(Audience.SIGNED_IN)
BUYER: Final = Access(Audience.BUYER)
OPERATORS: Final = Access(Audience.OPERATORS)
BEARER: Final = Access(Audience.BEARER)


def buyer_or_staff(permission: str) -> Access:
    """For the buyer of what the address names, and for staff with `permission` in its shop."""
    return Access(Audience.BUYER_OR_STAFF, permission)


def staff(permission: str) -> Access:
    """For staff with `permission` in the shop that the address names."""
    return Access(Audience.STAFF, permission)


def open_to(access: Access) -> Callable[[View], View]:
    """Say whom a view is for. It checks nothing: the services do, and the test of all routes shows it."""

    def declare(view: View) -> View:
        setattr(view, ATTRIBUTE, access)
        return view

    return declare


def access_of(view: Callable[..., Any]) -> Access | None:
    """What `open_to` said of it; None where nothing was said."""
    said: Access | None = getattr(view, ATTRIBUTE, None)
    return said
