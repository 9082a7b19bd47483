from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from quanshi.accounts.types import Actor, ActorKind
from quanshi.kernel import clock
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.shops import selectors as shop_views
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, ShopState, StaffAction
from quanshi.tokens import rules
from quanshi.tokens.errors import TokenNotFound, TokenRefused, TooManyTokens
from quanshi.tokens.models import Token
from quanshi.tokens.selectors import view_of
from quanshi.tokens.types import PERSONAL_SCOPES, SHOP_SCOPES, Bearer, MadeToken, Scope

MOST_TOKENS: Final = 50  # valid ones of one person, or of one shop
MOST_DAYS: Final = 366
NAME_LENGTH: Final = 80
USE_NOTED_EVERY: Final = timedelta(hours=1)


def make_token(
    *, actor: Actor, name: str, scopes: Collection[Scope], valid_days: int, shop_id: UUID | None = None
) -> MadeToken:
    """A token of the actor's own, or with `shop_id` of their work in that shop; its secret is given out this once.

    It never may more than its maker may at the time of a call. Not idempotent: each call makes another. Emits nothing.
    Raises: NotAllowed, InvalidInput, TooManyTokens.
    """
    if actor.kind is not ActorKind.PERSON:
        raise NotAllowed(operation="make_token")
    words = " ".join(name.split())
    if not 0 < len(words) <= NAME_LENGTH or not words.isprintable():
        raise InvalidInput(field="name", value=name[:NAME_LENGTH], reason=f"write 1 to {NAME_LENGTH} characters")
    offered = PERSONAL_SCOPES if shop_id is None else SHOP_SCOPES
    if not scopes or not set(scopes) <= set(offered):
        raise InvalidInput(
            field="scopes", value=", ".join(sorted(scopes)), reason="choose at least one that is offered"
        )
    if not 1 <= valid_days <= MOST_DAYS:
        raise InvalidInput(field="valid_days", value=str(valid_days), reason=f"write 1 to {MOST_DAYS}")
    membership_id = None
    if shop_id is not None:
        shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
        membership_id = shop_views.membership_of(shop_id=shop_id, person_id=actor.id)
    secret = rules.new_secret(is_shop=shop_id is not None)
    now = clock.now()
    with transaction.atomic():
        _check_room(actor, shop_id, now)
        row = Token.objects.create(
            person_id=actor.id,
            shop_id=shop_id,
            membership_id=membership_id,
            name=words,
            hint=secret[: rules.HINT_LENGTH],
            digest=_digest(secret),
            scopes=sorted(set(scopes)),
            expires_at=now + timedelta(days=valid_days),
        )
        row.refresh_from_db()
        if shop_id is not None:
            shops.record_action(
                actor=actor,
                shop_id=shop_id,
                action=StaffAction.DEVELOPER_TOKEN_MADE,
                subject_id=row.id,
                subject=row.name,
                after={"scopes": ", ".join(row.scopes)},
            )
    return MadeToken(token=view_of(row=row), secret=secret)


def revoke_token(*, actor: Actor, token_id: UUID, shop_id: UUID | None = None) -> None:
    """End a token of the actor's own, or with `shop_id` any of that shop. Idempotent. Emits nothing.

    Raises: TokenNotFound, NotAllowed.
    """
    if shop_id is None:
        rows = Token.objects.filter(id=token_id, person_id=actor.id, shop=None)
    else:
        shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
        rows = Token.objects.filter(id=token_id, shop_id=shop_id)
    row = rows.first()
    if row is None:
        raise TokenNotFound(token_id=token_id)
    with transaction.atomic():
        is_ended = rows.filter(revoked_at=None).update(revoked_at=clock.now())
        if is_ended and shop_id is not None:
            shops.record_action(
                actor=actor,
                shop_id=shop_id,
                action=StaffAction.DEVELOPER_TOKEN_REVOKED,
                subject_id=row.id,
                subject=row.name,
            )


def end_tokens_of(*, person_id: UUID, operator_id: UUID) -> None:
    """End all tokens that a person has made, in the shops too, since an operator has blocked them. Emits nothing.

    Until this has run they are refused for their maker's sake; afterwards also once that person is let in again.
    Idempotent. A shop's activity says that its tokens were ended, and by whom.
    """
    operator = Actor(kind=ActorKind.PERSON, id=operator_id)
    with transaction.atomic():
        valid = list(Token.objects.select_for_update().filter(person_id=person_id, revoked_at=None).order_by("id"))
        Token.objects.filter(id__in=[row.id for row in valid]).update(revoked_at=clock.now())
        for row in valid:
            if row.shop_id is not None:
                shops.record_action(
                    actor=operator,
                    shop_id=row.shop_id,
                    action=StaffAction.DEVELOPER_TOKEN_REVOKED,
                    subject_id=row.id,
                    subject=row.name,
                )


def forget_maker(*, person_id: UUID) -> None:
    """Forget all tokens that a person who closes their account has made. Idempotent. Emits nothing."""
    Token.objects.filter(person_id=person_id).delete()


def recognise(*, secret: str) -> Bearer:
    """Whom a secret speaks for. One query, and once an hour a second that notes the use. Emits nothing.

    What its maker may do is for the rooms that are asked: a token adds nothing to it.
    Raises: TokenRefused for one that is damaged, unknown, revoked or expired, whose maker is blocked, or has left the
    shop that it is of, and for one of a shop that has closed for good.
    """
    if not rules.is_secret(secret):
        raise TokenRefused
    now = clock.now()
    row = Token.objects.filter(
        Q(shop=None) | Q(membership__isnull=False) & ~Q(shop__state=ShopState.CLOSED),
        digest=_digest(secret),
        revoked_at=None,
        expires_at__gt=now,
        person__is_active=True,
    ).first()
    if row is None:
        raise TokenRefused
    if row.last_used_at is None or row.last_used_at <= now - USE_NOTED_EVERY:
        Token.objects.filter(id=row.id).update(last_used_at=now)
    return Bearer(
        token_id=row.id, person_id=row.person_id, shop_id=row.shop_id, scopes=frozenset(map(Scope, row.scopes))
    )


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _check_room(actor: Actor, shop_id: UUID | None, now: datetime) -> None:
    with connection.cursor() as cursor:  # two makers at once count one after another
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"tokens of {shop_id or actor.id}"])
    of_whom = Q(person_id=actor.id, shop=None) if shop_id is None else Q(shop_id=shop_id)
    if Token.objects.filter(of_whom, revoked_at=None, expires_at__gt=now).count() >= MOST_TOKENS:
        raise TooManyTokens(limit=MOST_TOKENS)
