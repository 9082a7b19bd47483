from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db.models import QuerySet

from quanshi.accounts.types import Actor, Bar
from quanshi.shops import services as shops
from quanshi.shops.types import Permission
from quanshi.tokens.models import Token
from quanshi.tokens.types import Scope, TokenView

MOST_SHOWN = 200


def own_tokens(*, actor: Actor) -> tuple[TokenView, ...]:
    """The actor's personal tokens, newest first, those that have ended as well. One query."""
    return _views(Token.objects.filter(person_id=actor.id, shop=None))


def shop_tokens(*, actor: Actor, shop_id: UUID) -> tuple[TokenView, ...]:
    """All tokens of a shop, whoever made them, newest first. Two queries. Raises: NotAllowed."""
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    return _views(Token.objects.filter(shop_id=shop_id))


def data_of_maker(*, person_id: UUID) -> Mapping[str, object]:
    """The tokens' part of what is told to a person of themselves. One query. No secret is kept, so none is told."""
    rows = Token.objects.filter(person_id=person_id).order_by("id")
    shown = ("shop__slug", "name", "hint", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
    return {"tokens": list(rows.values(*shown))}


def bars_of_maker(*, person_id: UUID) -> tuple[Bar, ...]:  # noqa: ARG001 - every keeper's signature
    """Why a person cannot leave: never for a token, which ends with them."""
    return ()


def view_of(*, row: Token) -> TokenView:
    """A row as others see it. No query."""
    return TokenView(
        id=row.id,
        person_id=row.person_id,
        shop_id=row.shop_id,
        name=row.name,
        hint=row.hint,
        scopes=frozenset(map(Scope, row.scopes)),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        has_left=row.shop_id is not None and row.membership_id is None,
    )


def _views(rows: QuerySet[Token]) -> tuple[TokenView, ...]:
    return tuple(view_of(row=row) for row in rows.order_by("-id")[:MOST_SHOWN])
