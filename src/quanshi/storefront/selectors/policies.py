from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from quanshi.kernel.errors import InvalidInput
from quanshi.storefront import rules
from quanshi.storefront.errors import PolicyNotFound
from quanshi.storefront.models import PolicyVersion
from quanshi.storefront.types import PolicyKind, PolicyLink, PolicyVersionPage, PolicyVersionView, PolicyView

CURSOR_DIGITS: Final = 9  # more would not fit the column


def policies(*, shop_ids: Iterable[UUID], at: datetime | None = None) -> dict[UUID, tuple[PolicyLink, ...]]:
    """What each shop tells now, or told at that moment, in the order of a foot; a shop without is left out. One query.

    An order needs no copy of what its buyer agreed to: versions are never changed, and the order knows its moment.
    """
    rows = PolicyVersion.objects.filter(shop_id__in=set(shop_ids))
    if at is not None:
        rows = rows.filter(published_at__lte=at)
    newest = rows.order_by("shop_id", "kind", "-number").distinct("shop_id", "kind")
    found: dict[UUID, dict[PolicyKind, PolicyLink]] = defaultdict(dict)
    for row in newest:
        if any(row.texts.values()):
            kind = PolicyKind(row.kind)
            found[row.shop_id][kind] = PolicyLink(kind=kind, number=row.number)
    return {shop_id: tuple(links[kind] for kind in PolicyKind if kind in links) for shop_id, links in found.items()}


def policy(*, shop_id: UUID, kind: str, locale: str, number: int | None = None) -> PolicyView:
    """A shop's policy as it is, or a version of it. Two queries. Raises: PolicyNotFound."""
    rows = PolicyVersion.objects.filter(shop_id=shop_id, kind=kind).order_by("-number")
    current = rows.first()
    row = current if number is None else rows.filter(number=number).first()
    if row is None or current is None or not any(row.texts.values()):
        raise PolicyNotFound(kind=kind[:20])
    text = row.texts.get(locale) or row.texts.get(locale.partition("-")[0]) or row.texts.get("") or ""
    return PolicyView(
        kind=PolicyKind(row.kind),
        number=row.number,
        published_at=row.published_at,
        is_current=row.id == current.id,
        blocks=rules.blocks(text or next(text for text in row.texts.values() if text)),
    )


def current_policies(*, shop_id: UUID) -> dict[PolicyKind, PolicyVersionView]:
    """The newest version of each policy that was ever written, also of one that was taken back. One query."""
    rows = PolicyVersion.objects.filter(shop_id=shop_id).order_by("kind", "-number").distinct("kind")
    return {PolicyKind(row.kind): _version(row) for row in rows}


def policy_versions(*, shop_id: UUID, kind: PolicyKind, cursor: str = "", limit: int = 50) -> PolicyVersionPage:
    """All that a shop has said of a matter, newest first. One query. Raises: InvalidInput for what is no cursor."""
    rows = PolicyVersion.objects.filter(shop_id=shop_id, kind=kind)
    if cursor:
        if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= CURSOR_DIGITS):
            raise InvalidInput(field="cursor", value=cursor[:80], reason="not a cursor of this list")
        rows = rows.filter(number__lt=int(cursor))
    found = list(rows.order_by("-number")[: limit + 1])
    return PolicyVersionPage(
        versions=tuple(_version(row) for row in found[:limit]),
        next_cursor=str(found[limit - 1].number) if len(found) > limit else "",
    )


def _version(row: PolicyVersion) -> PolicyVersionView:
    return PolicyVersionView(
        kind=PolicyKind(row.kind), number=row.number, published_at=row.published_at, texts=row.texts
    )
