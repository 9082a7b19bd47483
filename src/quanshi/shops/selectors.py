from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from quanshi.kernel import ids
from quanshi.shops import rules
from quanshi.shops.errors import ShopNotFound
from quanshi.shops.models import Shop
from quanshi.shops.types import ShopState, ShopView, Theme


def shop_by_slug(*, slug: str, locale: str) -> ShopView:
    """One shop, open or paused. One query. Raises: ShopNotFound."""
    shop = Shop.objects.filter(slug=slug).first()
    if shop is None:
        raise ShopNotFound(slug=slug)
    return view_of(shop, locale=locale)


def shops_by_id(*, shop_ids: Iterable[UUID], locale: str) -> dict[UUID, ShopView]:
    """The shops that exist among `shop_ids`. One query, or none for no ids."""
    wanted = set(shop_ids)
    if not wanted:
        return {}
    return {shop.id: view_of(shop, locale=locale) for shop in Shop.objects.filter(id__in=wanted)}


def list_shops(*, locale: str) -> tuple[ShopView, ...]:
    """The open shops, oldest first. One query."""
    return tuple(view_of(shop, locale=locale) for shop in Shop.objects.filter(state=ShopState.OPEN).order_by("id"))


def shops_of(*, person_id: UUID, locale: str) -> tuple[ShopView, ...]:
    """The shops that a person works in, oldest membership first. One query."""
    shops = Shop.objects.filter(memberships__person_id=person_id).order_by("memberships__id")
    return tuple(view_of(shop, locale=locale) for shop in shops)


def shop_texts(*, shop_id: UUID) -> dict[str, dict[str, str]]:
    """The words of a shop in every language, for the form that edits them: {"": {"name", "tagline"}, "en": ...}.

    Raises: ShopNotFound.
    """
    shop = Shop.objects.filter(id=shop_id).first()
    if shop is None:
        raise ShopNotFound(shop_id=shop_id)
    return {"": {"name": shop.name, "tagline": shop.tagline}, **shop.translations}


def free_slug(*, name: str) -> str:
    """An address for a new shop of this name that nobody has yet. Only a suggestion: nothing is reserved. One query."""
    base = rules.slug_from_name(name) or f"shop-{ids.new_id().hex[-6:]}"
    stem = base[: rules.SLUG_MAX_LENGTH - 4]
    taken = set(Shop.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    choices = (base, *(f"{stem}-{number}" for number in range(2, 100)), f"shop-{ids.new_id().hex[-12:]}")
    return next(slug for slug in choices if slug not in taken)


def theme_of(*, accent: str) -> Theme:
    """The readable colours around `accent`. No query."""
    return rules.theme(accent)


def view_of(shop: Shop, *, locale: str) -> ShopView:
    """A row as others see it, in the words of `locale` where the shop has them."""
    words = shop.translations.get(locale) or shop.translations.get(locale.partition("-")[0]) or {}
    return ShopView(
        id=shop.id,
        slug=shop.slug,
        name=words.get("name") or shop.name,
        tagline=words.get("tagline") or shop.tagline,
        logo_url=shop.logo.url if shop.logo else "",
        accent=shop.accent,
        look=shop.look,
        currency=shop.currency,
        freight_minor=shop.freight_minor,
        free_freight_from_minor=shop.free_freight_from_minor,
        state=ShopState(shop.state),
        is_demo=shop.is_demo,
    )
