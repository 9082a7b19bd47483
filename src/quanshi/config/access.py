"""Who may do what, read from the routes themselves: pages, endpoints and edge. docs/access.md is printed from here.

What a route of ours says of itself stands at its view (`kernel.access.open_to`). A library's routes say nothing, so
they are listed here; one that is listed nowhere is None, which a test refuses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.urls import URLPattern, URLResolver, get_resolver

from quanshi.api.v1.router import PREFIX, api
from quanshi.edge.app import ORDERS_PATH, Front, create_app
from quanshi.kernel.access import EVERYONE, OPERATORS, SIGNED_IN, Access, Audience, access_of
from quanshi.shops.rules import PERMISSIONS
from quanshi.shops.types import Permission, Role

OPERATOR_PREFIX: Final = "operator/"  # every page of the operators' desk, which asks at its own door
LIBRARY: Final[dict[str, Access]] = {
    "set_language": EVERYONE,
    "account_login": EVERYONE,
    "account_logout": EVERYONE,
    "account_signup": EVERYONE,
    "account_inactive": EVERYONE,
    "account_reauthenticate": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "account_set_password": SIGNED_IN,
    "account_email": SIGNED_IN,
    "account_request_login_code": EVERYONE,
    "account_confirm_login_code": EVERYONE,
    "account_confirm_email": EVERYONE,
    "account_email_verification_sent": EVERYONE,
    "account_reset_password": EVERYONE,
    "account_reset_password_done": EVERYONE,
    "account_reset_password_from_key": EVERYONE,
    "account_reset_password_from_key_done": EVERYONE,
    "mfa_index": EVERYONE,  # leads to the list, which asks
    "mfa_authenticate": EVERYONE,  # a step of signing in
    "mfa_login_webauthn": EVERYONE,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_reauthenticate_webauthn": SIGNED_IN,
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_edit_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": SIGNED_IN,
}


class Who(StrEnum):
    """The columns of the matrix. Roles are of the shop that the address speaks of."""

    GUEST = "guest"
    BUYER = "buyer"  # of the order or case that the address names
    OTHER_BUYER = "other buyer"
    OWNER = "owner"
    MANAGER = "manager"
    GOODS = "goods"
    ORDERS = "orders"
    FINANCE = "finance"
    SUPPORT = "support"
    OTHER_OWNER = "other owner"
    OPERATOR = "operator"


class Verdict(StrEnum):
    LET_IN = "yes"
    SIGN_IN = "sign in"
    REFUSED = "403"
    NOT_THERE = "404"


@dataclass(frozen=True, slots=True)
class Route:
    """One address. `name` is its full name in Django, else empty; `methods` where they are told, else empty."""

    path: str
    name: str
    methods: tuple[str, ...]
    access: Access | None
    is_edge: bool = False


def routes() -> tuple[Route, ...]:
    """Every route that answers, in the order in which they stand."""
    return (*_edge_routes(), *_api_routes(), *_pages(get_resolver().url_patterns))


def expected(route: Route, who: Who) -> Verdict:
    """What `route` answers to `who`. A program is refused where a page would send its reader to sign in."""
    assert route.access is not None
    verdict = _expected(route.access, who)
    is_program = verdict is Verdict.SIGN_IN and route.path.startswith(PREFIX)
    return Verdict.REFUSED if is_program else verdict


def _expected(access: Access, who: Who) -> Verdict:
    role = Role(who.value) if who.value in set(Role) else None
    may = role is not None and access.permission in PERMISSIONS[role]
    is_let_in = {
        Audience.EVERYONE: True,
        Audience.BEARER: True,
        Audience.BUYER: who is Who.BUYER,
        Audience.BUYER_OR_STAFF: who is Who.BUYER or may,
        Audience.SIGNED_IN: who is not Who.GUEST,
        Audience.STAFF: may,
        Audience.OPERATORS: who is Who.OPERATOR,
    }[access.audience]
    if is_let_in:
        return Verdict.LET_IN
    if access.audience in {Audience.BUYER, Audience.BUYER_OR_STAFF}:
        # staff who see orders know that it is there; buying and paying are the buyer's all the same
        sees = role is not None and Permission.VIEW_ORDERS in PERMISSIONS[role]
        return Verdict.REFUSED if sees and access.audience is Audience.BUYER_OR_STAFF else Verdict.NOT_THERE
    return Verdict.SIGN_IN if who is Who.GUEST else Verdict.REFUSED


def document() -> str:
    """The matrix as Markdown."""
    lines = [
        "# Who may do what",
        "",
        "Printed from the routes by `python -m tools.access`; `make check` says when it is out of date, and",
        "`tests/access/` asks every route as each of these people. A route says for whom it is where its view stands",
        "(`kernel/access.py`); what each role may do is the table in `shops/rules.py`.",
        "",
        "`yes` let in, `sign in` sent to sign in, `403` refused, `404` told that it is not there. *bearer*: whoever",
        "brings a signed token or a provider's signature. *everyone*: each sees what is public or their own.",
        "",
        f"| route | for | {' | '.join(Who)} |",
        f"|---|---|{'---|' * len(Who)}",
    ]
    for route in routes():
        access = route.access
        if access is None:
            continue
        told = f"{access.audience}: {access.permission}" if access.permission else access.audience.value
        verdicts = " | ".join(expected(route, who).value for who in Who)
        where = f"{', '.join(route.methods)} {route.path}".strip()
        lines.append(f"| `{where}` | {told} | {verdicts} |")
    return "\n".join(lines) + "\n"


def _edge_routes() -> Iterator[Route]:
    front = create_app()
    assert isinstance(front, Front)
    yield Route(ORDERS_PATH, "", ("POST",), access_of(front.orders), is_edge=True)
    for route in front.routes:
        endpoint: Any = route.endpoint  # type: ignore[attr-defined] # all are starlette's Route
        yield Route(route.path, "", ("GET",), access_of(endpoint), is_edge=True)  # type: ignore[attr-defined]


def _api_routes() -> Iterator[Route]:
    for prefix, router in api._routers:  # noqa: SLF001 - ninja has no other way to list its operations
        for path, view in router.path_operations.items():
            for operation in view.operations:
                name = f"{api.urls_namespace}:{operation.operation_id}"
                whole = f"{PREFIX}{prefix}{path}".replace("//", "/").replace("{uuidstr:", "{uuid:")
                yield Route(whole, name, tuple(sorted(operation.methods)), access_of(operation.view_func))


def _pages(patterns: list[URLPattern | URLResolver], before: str = "", namespace: str = "") -> Iterator[Route]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if f"/{path}".startswith(PREFIX):
            continue  # ninja's, told above
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _pages(pattern.url_patterns, path, inner)
            continue
        name = f"{namespace}{pattern.name or ''}"
        said = access_of(pattern.callback) or LIBRARY.get(name)
        if path.startswith(OPERATOR_PREFIX):
            said = OPERATORS
        yield Route(f"/{path}", name, (), said)
