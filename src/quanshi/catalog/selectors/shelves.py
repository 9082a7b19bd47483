"""What shoppers see: active products only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.db.models import Count, OuterRef, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from quanshi.catalog.errors import ProductNotFound
from quanshi.catalog.models import Category, Product, Variant
from quanshi.catalog.rules.cursors import read_cursor, write_cursor
from quanshi.catalog.selectors.views import (
    category_link,
    first_media,
    media_view,
    options_of,
    variant_view,
    words_of,
)
from quanshi.catalog.types import (
    CategoryView,
    MediaState,
    Page,
    ProductCard,
    ProductStatus,
    ProductView,
    VariantView,
)
from quanshi.kernel.money import Money
from quanshi.shops import selectors as shops
from quanshi.shops.types import ShopState

MAX_LIMIT: Final = 100


def list_products(
    *, locale: str, shop_id: UUID | None = None, category_id: UUID | None = None, cursor: str = "", limit: int = 24
) -> Page:
    """Active products, newest first: of all open shops, of one shop, or of one shelf with those below it.

    Three queries. Raises: InvalidInput for a cursor that is none of ours.
    """
    limit = max(1, min(limit, MAX_LIMIT))
    rows = Product.objects.filter(status=ProductStatus.ACTIVE)
    rows = rows.filter(shop_id=shop_id) if shop_id else rows.filter(shop__state=ShopState.OPEN)
    if category_id is not None:
        rows = rows.filter(category_id__in=_shelf_and_below(category_id))
    if (last_id := read_cursor(cursor)) is not None:
        rows = rows.filter(id__lt=last_id)
    products = list(rows.select_related("shop").defer("body_html").order_by("-id")[: limit + 1])
    is_last = len(products) <= limit
    products = products[:limit]
    return Page(
        cards=_cards(products, locale=locale),
        next_cursor="" if is_last else write_cursor(products[-1].id),
    )


def product_page(*, shop_id: UUID, handle: str, locale: str) -> ProductView:
    """An active product with what can be bought of it. Three queries.

    Raises: ProductNotFound, for drafts and archived products too.
    """
    if "\x00" in handle:  # PostgreSQL cannot even be asked
        raise ProductNotFound(handle=handle)
    product = (
        Product.objects.select_related("category", "shop")
        .filter(shop_id=shop_id, handle=handle, status=ProductStatus.ACTIVE)
        .first()
    )
    if product is None:
        raise ProductNotFound(handle=handle)
    currency = product.shop.currency
    rows = product.media.exclude(state=MediaState.UNREACHABLE).order_by("position")
    media = {row.id: media_view(media=row) for row in rows}
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
        for row in product.variants.filter(is_withdrawn=False).order_by("position", "id")
    )
    return ProductView(
        id=product.id,
        shop_id=shop_id,
        handle=product.handle,
        title=words.get("title") or product.title,
        body_html=words.get("body_html") or product.body_html,
        vendor=product.vendor,
        status=ProductStatus(product.status),
        category=category_link(category=product.category, locale=locale) if product.category else None,
        option_names=options_of(texts=product.option_names, translations=product.translations, locale=locale),
        variants=variants,
        media=tuple(media.values()),
    )


def categories(*, shop_id: UUID, locale: str) -> tuple[CategoryView, ...]:
    """The shop's shelves, each after the one it belongs to. One query."""
    on_shelf = (
        Product.objects.filter(category=OuterRef("pk"), status=ProductStatus.ACTIVE)
        .order_by()
        .values("category")
        .annotate(count=Count("pk"))
        .values("count")
    )
    rows = list(Category.objects.filter(shop_id=shop_id).annotate(own_count=Coalesce(Subquery(on_shelf), 0)))
    positions = {tuple(row.path): row.position for row in rows}
    shelves = sorted(rows, key=lambda row: _place_in_tree(row, positions))
    counts: Counter[tuple[str, ...]] = Counter()
    for shelf in shelves:
        for depth in range(1, len(shelf.path) + 1):
            counts[tuple(shelf.path[:depth])] += shelf.own_count
    links = (category_link(category=shelf, locale=locale) for shelf in shelves)
    return tuple(
        CategoryView(id=c.id, slug=c.slug, name=c.name, path=c.path, product_count=counts[c.path]) for c in links
    )


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


def _cards(products: list[Product], *, locale: str) -> tuple[ProductCard, ...]:
    views = {p.shop_id: shops.view_of(shop=p.shop, locale=locale) for p in products}
    media = first_media(product_ids=[p.id for p in products])
    cheapest = (
        Variant.objects.filter(product_id__in=[p.id for p in products], is_withdrawn=False)
        .order_by("product_id", "price_minor", "position")
        .distinct("product_id")
    )
    list_prices = {v.product_id: v.list_price_minor for v in cheapest}

    def card(product: Product) -> ProductCard:
        shop = views[product.shop_id]
        list_minor = list_prices.get(product.id)
        return ProductCard(
            id=product.id,
            shop_id=product.shop_id,
            shop_slug=shop.slug,
            shop_name=shop.name,
            handle=product.handle,
            title=words_of(translations=product.translations, locale=locale).get("title") or product.title,
            price_from=Money(product.price_from_minor, shop.currency),
            list_price=None if list_minor is None else Money(list_minor, shop.currency),
            has_price_range=product.price_from_minor != product.price_to_minor,
            media=media.get(product.id),
        )

    return tuple(card(product) for product in products)


def _shelf_and_below(category_id: UUID) -> RawSQL:
    return RawSQL(
        "SELECT below.id FROM catalog_category AS top JOIN catalog_category AS below"
        " ON below.shop_id = top.shop_id AND below.path[1:cardinality(top.path)] = top.path WHERE top.id = %s",
        [category_id],
    )


def _place_in_tree(category: Category, positions: dict[tuple[str, ...], int]) -> list[tuple[int, str]]:
    path = tuple(category.path)
    return [(positions.get(path[:depth], 0), path[depth - 1]) for depth in range(1, len(path) + 1)]
