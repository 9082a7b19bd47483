from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import connection, transaction

from quanshi.accounts.types import Actor
from quanshi.kernel import clock
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, StaffAction
from quanshi.storefront import rules
from quanshi.storefront.models import PolicyVersion
from quanshi.storefront.services.texts import check_locale, checked_lines
from quanshi.storefront.types import PolicyKind


def save_policy(*, actor: Actor, shop_id: UUID, kind: PolicyKind, texts: Mapping[str, str]) -> int:
    """Say something of a matter from now on; the number of the version. All empty takes it back; older ones stay.

    Idempotent: the same words are no new version. Emits nothing. Raises: NotAllowed, InvalidInput.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    checked = {locale: text for locale, said in texts.items() if (text := _text(locale, said))}
    with transaction.atomic():
        _hold(shop_id)
        newest = PolicyVersion.objects.filter(shop_id=shop_id, kind=kind).order_by("-number").first()
        if newest is None and not checked:
            return 0
        if newest is not None and newest.texts == checked:
            return newest.number
        number = newest.number + 1 if newest else 1
        PolicyVersion.objects.create(
            shop_id=shop_id,
            kind=PolicyKind(kind),
            number=number,
            texts=checked,
            published_at=clock.now(),
            published_by=actor.id,
        )
        shops.record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.SHOP_POLICY_PUBLISHED,
            subject=PolicyKind(kind).value,
            after={"version": number},
        )
    return number


def hold_policies(  # house: staff-work-is-recorded it changes nothing
    *, actor: Actor, shop_id: UUID
) -> None:
    """Let nobody else change the policies until the transaction in progress ends, so that what is read stays true.

    Emits nothing. Raises: NotAllowed.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    _hold(shop_id)


def _hold(shop_id: UUID) -> None:
    with connection.cursor() as cursor:  # versions are numbered one after another
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"policies of {shop_id}"])


def _text(locale: str, said: str) -> str:
    check_locale(locale=locale, field="texts")
    return checked_lines(text=said, field=f"text_{locale}", most=rules.POLICY_LENGTH)
