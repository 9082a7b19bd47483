"""What shelves are called in other languages. Their own names come with the goods that stand on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from django.db import transaction

from quanshi.accounts.services import LOCALES
from quanshi.accounts.types import Actor
from quanshi.catalog.errors import ShelfNotFound
from quanshi.catalog.models import Category
from quanshi.catalog.rules import entries
from quanshi.catalog.services.writing import lock_shelves
from quanshi.kernel.errors import InvalidInput
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, StaffAction

NAME_MAX: Final = 80


def name_shelf(*, actor: Actor, shop_id: UUID, category_id: UUID, names: Mapping[str, str]) -> None:
    """Call a shelf by `names` in other languages, in place of all that there are. Idempotent. Emits nothing.

    An empty name is none: there it is called as in the shop's own language. The index of goods follows by itself.
    Raises: NotAllowed, ShelfNotFound, InvalidInput.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_GOODS)
    words = {locale: {"name": name} for locale, said in names.items() if (name := _name(locale, said))}
    with transaction.atomic():
        hold_shelves(actor=actor, shop_id=shop_id)
        shelf = Category.objects.filter(shop_id=shop_id, id=category_id).first()
        if shelf is None:
            raise ShelfNotFound(category_id=category_id)
        if shelf.translations == words:
            return
        Category.objects.filter(id=category_id).update(translations=words)
        shops.record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.GOODS_SHELF_NAMED,
            subject_id=category_id,
            subject=" / ".join(shelf.path),
            before={"name": _listed(shelf.translations)},
            after={"name": _listed(words)},
        )


def hold_shelves(  # house: staff-work-is-recorded it changes nothing
    *, actor: Actor, shop_id: UUID
) -> None:
    """Let nobody else change the shelves until the transaction in progress ends, so that what is read stays true.

    Emits nothing. Raises: NotAllowed.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_GOODS)
    lock_shelves(shop_id=shop_id)


def _name(locale: str, said: str) -> str:
    if locale not in LOCALES:
        raise InvalidInput(field="names", value=locale[:80], reason="unknown")
    return entries.text("names", said, NAME_MAX)


def _listed(words: Mapping[str, Mapping[str, str]]) -> str:
    return ", ".join(said["name"] for said in words.values())
