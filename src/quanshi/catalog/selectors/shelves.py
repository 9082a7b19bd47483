"""What shoppers see: active products only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from quanshi.catalog.errors import ProductNotFound
from quanshi.catalog.models import Category, FormerHandle, Media, Product, Variant
from quanshi.catalog.rules.cursors import read_cursor, write_cursor
from quanshi.catalog.selectors.cards import read_cards, read_named_cards
from quanshi.catalog.selectors.views import (
    category_link,
    first_media,
    media_view,
    options_of,
    picture_view,
    variant_view,
    words_of,
)
from quanshi.catalog.types import (
    CategoryView,
    MediaState,
    MediaView,
    Page,
    ProductCard,
    ProductStatus,
    ProductView,
    VariantView,
)
from quanshi.shops import selectors as shops

MAX_LIMIT: Final = 100
COUNTED_MAX: Final = 200  # of each shelf: every visit counts all of them

# What every visit of a shop asks, as it is: Django would compose each anew for every page, which takes longer than
# PostgreSQL takes to answer.
SHELVES_SQL: Final = """
    SELECT shelf.*, (
        SELECT count(*) FROM (
            SELECT FROM catalog_product AS product
            WHERE product.category_id = shelf.id AND product.status = %(active)s LIMIT %(most)s
        ) AS counted
    ) AS own_count
    FROM catalog_category AS shelf
    WHERE shelf.shop_id = %(shop)s
"""
PRODUCT_SQL: Final = """
    SELECT product.*, shop.currency
    FROM catalog_product AS product JOIN shops_shop AS shop ON shop.id = product.shop_id
    WHERE product.status = %(active)s AND """
BY_HANDLE: Final = PRODUCT_SQL + "product.shop_id = %(shop)s AND product.handle = %(handle)s"
BY_ID: Final = PRODUCT_SQL + "product.id = %(product)s"
PICTURES_SQL: Final = """
    SELECT * FROM catalog_media WHERE product_id = %(product)s AND state <> %(unreachable)s ORDER BY position
"""
VARIANTS_SQL: Final = """
    SELECT * FROM catalog_variant WHERE product_id = %(product)s AND NOT is_withdrawn ORDER BY position, id
"""


def list_products(
    *, locale: str, shop_id: UUID | None = None, category_id: UUID | None = None, cursor: str = "", limit: int = 24
) -> Page:
    """Active products, newest first: of all open shops, of one shop, or of one shelf with those below it.

    One query. Raises: InvalidInput for a cursor that is none of ours.
    """
    limit = max(1, min(limit, MAX_LIMIT))
    cards = read_cards(
        locale=locale, shop_id=shop_id, category_id=category_id, last_id=read_cursor(cursor), limit=limit + 1
    )
    is_last = len(cards) <= limit
    cards = cards[:limit]
    return Page(cards=cards, next_cursor="" if is_last else write_cursor(cards[-1].id))


def cards_by_id(*, product_ids: Sequence[UUID], locale: str, shop_id: UUID | None = None) -> dict[UUID, ProductCard]:
    """The active products among `product_ids`, of one shop or of any. One query, none for no ids."""
    cards = read_named_cards(locale=locale, shop_id=shop_id, product_ids=product_ids)
    return {card.id: card for card in cards}


def kept_picture(
    *, media_id: UUID, alt: str, width: int, height: int, renditions: Iterable[Mapping[str, Any]]
) -> MediaView:
    """A picture that `services.keep_picture` has kept for somebody, with its public addresses. No query."""
    return picture_view(
        media_id=media_id, alt=alt, state=MediaState.READY, width=width, height=height, renditions=renditions
    )


def product_page(*, shop_id: UUID, handle: str, locale: str) -> ProductView:
    """An active product with what can be bought of it. Three queries.

    Raises: ProductNotFound, for drafts and archived products too.
    """
    if "\x00" in handle:  # PostgreSQL cannot even be asked
        raise ProductNotFound(handle=handle)
    asked = {"shop": shop_id, "handle": handle, "active": ProductStatus.ACTIVE.value}
    product = next(iter(Product.objects.raw(BY_HANDLE, asked)), None)
    if product is None:
        raise ProductNotFound(handle=handle)
    return _product_view(product, locale=locale)


def moved_to(*, shop_id: UUID, handle: str) -> str:
    """The present address of active goods that once had this one. One query. Raises: ProductNotFound."""
    found = FormerHandle.objects.filter(
        shop_id=shop_id, handle=handle.replace("\x00", ""), product__status=ProductStatus.ACTIVE
    )
    present: str | None = found.values_list("product__handle", flat=True).first()
    if present is None:
        raise ProductNotFound(handle=handle)
    return present


def product_by_id(*, product_id: UUID, locale: str) -> ProductView:
    """As `product_page`, by the product's id alone. Three queries. Raises: ProductNotFound."""
    asked = {"product": product_id, "active": ProductStatus.ACTIVE.value}
    product = next(iter(Product.objects.raw(BY_ID, asked)), None)
    if product is None:
        raise ProductNotFound(product_id=product_id)
    return _product_view(product, locale=locale)


def categories(*, shop_id: UUID, locale: str) -> tuple[CategoryView, ...]:
    """The shop's shelves, each after the one it belongs to. One query."""
    asked = {"shop": shop_id, "active": ProductStatus.ACTIVE.value, "most": COUNTED_MAX + 1}
    rows: list[Any] = list(Category.objects.raw(SHELVES_SQL, asked))
    positions = {tuple(row.path): row.position for row in rows}
    shelves = sorted(rows, key=lambda row: _place_in_tree(row, positions))
    counts: Counter[tuple[str, ...]] = Counter()
    more: set[tuple[str, ...]] = set()
    for shelf in shelves:
        for depth in range(1, len(shelf.path) + 1):
            counts[tuple(shelf.path[:depth])] += min(shelf.own_count, COUNTED_MAX)
            if shelf.own_count > COUNTED_MAX:
                more.add(tuple(shelf.path[:depth]))
    links = (category_link(category=shelf, locale=locale) for shelf in shelves)
    return tuple(
        CategoryView(
            id=c.id,
            slug=c.slug,
            name=c.name,
            path=c.path,
            product_count=counts[c.path],
            is_more_than_counted=c.path in more,
        )
        for c in links
    )


def shelf_names(*, shop_id: UUID) -> dict[UUID, dict[str, str]]:
    """What each shelf is called in other languages, by language. One query."""
    rows = Category.objects.filter(shop_id=shop_id).values_list("id", "translations")
    return {shelf_id: {locale: said["name"] for locale, said in words.items()} for shelf_id, words in rows}


def variants_by_id(*, variant_ids: Iterable[UUID], locale: str) -> dict[UUID, VariantView]:
    """The variants that exist among `variant_ids`, also those no longer for sale. Three queries, none for no ids."""
    wanted = set(variant_ids)
    if not wanted:
        return {}
    variants = Variant.objects.select_related("product", "media").defer("product__body_html")
    rows = list(variants.filter(id__in=wanted))
    views = shops.shops_by_id(shop_ids={row.shop_id for row in rows}, locale=locale)
    first = first_media(product_ids={row.product_id for row in rows})
    return {
        row.id: variant_view(
            variant=row,
            product=row.product,
            currency=views[row.shop_id].currency,
            media=(
                media_view(media=row.media)
                if row.media and row.media.state != MediaState.UNREACHABLE
                else first.get(row.product_id)
            ),
            locale=locale,
        )
        for row in rows
    }


def _product_view(product: Any, *, locale: str) -> ProductView:
    currency = product.currency
    of_product = {"product": product.id, "unreachable": MediaState.UNREACHABLE.value}
    media = {row.id: media_view(media=row) for row in Media.objects.raw(PICTURES_SQL, of_product)}
    first = next(iter(media.values()), None)
    words = words_of(translations=product.translations, locale=locale)
    variants = tuple(
        variant_view(
            variant=row,
            product=product,
            currency=currency,
            media=media.get(row.media_id, first) if row.media_id else first,
            locale=locale,
        )
        for row in Variant.objects.raw(VARIANTS_SQL, of_product)
    )
    return ProductView(
        id=product.id,
        shop_id=product.shop_id,
        handle=product.handle,
        title=words.get("title") or product.title,
        body_html=words.get("body_html") or product.body_html,
        vendor=product.vendor,
        status=ProductStatus(product.status),
        option_names=options_of(texts=product.option_names, translations=product.translations, locale=locale),
        variants=variants,
        media=tuple(media.values()),
        attributes=tuple((name, value) for name, value in product.attributes),
        seo_title=product.seo_title,
        seo_description=product.seo_description,
    )


def _place_in_tree(category: Category, positions: dict[tuple[str, ...], int]) -> list[tuple[int, str]]:
    path = tuple(category.path)
    return [(positions.get(path[:depth], 0), path[depth - 1]) for depth in range(1, len(path) + 1)]
