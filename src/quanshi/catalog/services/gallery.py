"""The pictures of goods, one at a time: their order, what is said of them, and which go."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import Actor
from quanshi.catalog.errors import PictureNotFound
from quanshi.catalog.models import Media, Product
from quanshi.catalog.rules.drafts import ALT_MAX
from quanshi.catalog.rules.entries import text
from quanshi.catalog.services.pictures import lock_product
from quanshi.kernel.errors import InvalidInput
from quanshi.shops import services as shops
from quanshi.shops.types import Facts, Permission, StaffAction


def change_picture(
    *,
    actor: Actor,
    shop_id: UUID,
    product_id: UUID,
    picture_id: UUID,
    alt: str | None = None,
    position: int | None = None,
) -> None:
    """Change what a picture is said to show, or its place among the product's pictures, from 1. Idempotent.

    A place behind the last is the last. Emits nothing.
    Raises: NotAllowed, ProductNotFound, PictureNotFound, InvalidInput.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_GOODS)
    if position is not None and position < 1:
        raise InvalidInput(field="position", value=str(position), reason="out_of_range")
    with transaction.atomic():
        product = lock_product(shop_id=shop_id, product_id=product_id)
        pictures = list(Media.objects.filter(product_id=product_id).order_by("position"))
        picture = _one_of(pictures, picture_id)
        before: Facts = {"alt": picture.alt, "position": pictures.index(picture) + 1}
        if alt is not None:
            picture.alt = text("alt", alt, ALT_MAX)
        if position is not None:
            pictures.remove(picture)
            pictures.insert(position - 1, picture)
        _keep(pictures)
        after: Facts = {"alt": picture.alt, "position": pictures.index(picture) + 1}
        if after != before:
            _record(actor, product, StaffAction.GOODS_PICTURE_CHANGED, before=before, after=after)


def remove_picture(*, actor: Actor, shop_id: UUID, product_id: UUID, picture_id: UUID) -> None:
    """Take a picture away from its product; a variant that showed it shows the product's first from then on.

    Its files stay, as do those of pictures that an import replaces: they are named by their content, and other goods
    may show the same. Not idempotent: the second call finds none. Emits nothing.
    Raises: NotAllowed, ProductNotFound, PictureNotFound.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_GOODS)
    with transaction.atomic():
        product = lock_product(shop_id=shop_id, product_id=product_id)
        pictures = list(Media.objects.filter(product_id=product_id).order_by("position"))
        picture = _one_of(pictures, picture_id)
        before: Facts = {"alt": picture.alt, "position": pictures.index(picture) + 1}
        pictures.remove(picture)
        picture.delete()
        _keep(pictures)
        _record(actor, product, StaffAction.GOODS_PICTURE_REMOVED, before=before, after={})


def _one_of(pictures: list[Media], picture_id: UUID) -> Media:
    found = next((picture for picture in pictures if picture.id == picture_id), None)
    if found is None:
        raise PictureNotFound(picture_id=picture_id)
    return found


def _keep(pictures: list[Media]) -> None:
    for position, picture in enumerate(pictures, 1):
        picture.position = position
    Media.objects.bulk_update(pictures, ["alt", "position"])


def _record(actor: Actor, product: Product, action: StaffAction, *, before: Facts, after: Facts) -> None:
    changed = [name for name in before if before[name] != after.get(name)]
    shops.record_action(
        actor=actor,
        shop_id=product.shop_id,
        action=action,
        subject_id=product.id,
        subject=product.title,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed if name in after},
    )
