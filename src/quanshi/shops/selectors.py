from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec
from django.db.models import OuterRef, Subquery

from quanshi.kernel import ids, prepared
from quanshi.shops import rules
from quanshi.shops.errors import ShopNotFound
from quanshi.shops.models import Membership, Shop
from quanshi.shops.types import Role, ShopState, ShopView, Theme

FIELDS: Final = (  # in the order of the model, as from_db() takes them
    "id",
    "slug",
    "name",
    "tagline",
    "translations",
    "logo",
    "accent",
    "look",
    "currency",
    "freight_minor",
    "free_freight_from_minor",
    "is_demo",
    "state",
)
SHOPS_SQL: Final = """
    SELECT id, slug, name, tagline, translations, logo, accent, look, currency, freight_minor, free_freight_from_minor,
        is_demo, state
    FROM shops_shop WHERE id = ANY(%(shops)s)
"""


@dataclass(frozen=True, slots=True)
class _Page:
    shops: dict[UUID, Shop]
    roles: dict[tuple[UUID, UUID], Role | None]


_page: ContextVar[_Page | None] = ContextVar("shops_page", default=None)


@contextmanager
def read_once() -> Iterator[None]:
    """While the block runs, what `desk` has read of a shop and a membership is not read again.

    For the length of one page that only reads: every selector below it asks for permission and currency anew, and
    each would cost a query. Never around a write, which must see what is true now.
    """
    token = _page.set(_Page(shops={}, roles={}))
    try:
        yield
    finally:
        _page.reset(token)


def shop_by_slug(*, slug: str, locale: str) -> ShopView:
    """One shop, open or paused. One query. Raises: ShopNotFound."""
    shop = Shop.objects.filter(slug=slug).first()
    if shop is None:
        raise ShopNotFound(slug=slug)
    return view_of(shop=shop, locale=locale)


def shops_by_id(*, shop_ids: Iterable[UUID], locale: str) -> dict[UUID, ShopView]:
    """The shops that exist among `shop_ids`. One query, or none for no ids."""
    wanted = set(shop_ids)
    page = _page.get()
    known = {} if page is None else {shop_id: page.shops[shop_id] for shop_id in wanted & page.shops.keys()}
    if missing := wanted - known.keys():
        known |= {shop.id: shop for shop in _read(missing)}
    return {shop_id: view_of(shop=shop, locale=locale) for shop_id, shop in known.items()}


def desk(*, slug: str, person_id: UUID, locale: str) -> ShopView:
    """The shop, read together with the person's role in it, for `read_once` to know both. One query.

    It decides nothing: ask `services.require_member`. Raises: ShopNotFound.
    """
    roles = Membership.objects.filter(shop_id=OuterRef("id"), person_id=person_id, person__is_active=True)
    shop = Shop.objects.filter(slug=slug).annotate(role=Subquery(roles.values("role")[:1])).first()
    if shop is None:
        raise ShopNotFound(slug=slug)
    if (page := _page.get()) is not None:
        page.shops[shop.id] = shop
        page.roles[shop.id, person_id] = Role(shop.role) if shop.role else None
    return view_of(shop=shop, locale=locale)


def role_of(*, shop_id: UUID, person_id: UUID) -> Role | None:
    """The role in which a person works in a shop; None for no role and for someone blocked. One query."""
    page = _page.get()
    if page is not None and (shop_id, person_id) in page.roles:
        return page.roles[shop_id, person_id]
    role = (
        Membership.objects.filter(shop_id=shop_id, person_id=person_id, person__is_active=True)
        .values_list("role", flat=True)
        .first()
    )
    return None if role is None else Role(role)


def membership_of(*, shop_id: UUID, person_id: UUID) -> UUID | None:
    """The id of a person's membership in a shop: who leaves and comes back has another. One query."""
    return Membership.objects.filter(shop_id=shop_id, person_id=person_id).values_list("id", flat=True).first()


def list_shops(*, locale: str) -> tuple[ShopView, ...]:
    """The open shops, oldest first. One query."""
    return tuple(view_of(shop=shop, locale=locale) for shop in Shop.objects.filter(state=ShopState.OPEN).order_by("id"))


def shops_of(*, person_id: UUID, locale: str) -> tuple[ShopView, ...]:
    """The shops that a person works in, oldest membership first. One query."""
    shops = Shop.objects.filter(memberships__person_id=person_id).order_by("memberships__id")
    return tuple(view_of(shop=shop, locale=locale) for shop in shops)


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


def _read(shop_ids: Iterable[UUID]) -> Iterator[Shop]:
    """Rows as the ORM would make them, of a statement that it does not compose anew for every quote."""
    for row in prepared.fetch(sql=SHOPS_SQL, values={"shops": list(shop_ids)}):
        yield Shop.from_db("default", FIELDS, [*row[:4], msgspec.json.decode(row[4]), *row[5:]])


def view_of(*, shop: Shop, locale: str) -> ShopView:
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
