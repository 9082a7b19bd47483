"""What the search reads: the texts by which goods are found, and shelves by their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from quanshi.catalog.models import Category, Product, Variant
from quanshi.catalog.selectors.views import category_link
from quanshi.catalog.types import CategoryLink, ProductStatus, ProductTexts
from quanshi.shops.types import ShopState

NAMED_MAX: Final = 20
NAMED_SQL: Final = """
    SELECT shelf.*, shop.slug AS shop_slug
    FROM catalog_category AS shelf JOIN shops_shop AS shop ON shop.id = shelf.shop_id
    WHERE shop.state = %(open)s AND (%(shop)s::uuid IS NULL OR shelf.shop_id = %(shop)s)
      AND (strpos(lower(shelf.path[cardinality(shelf.path)]), %(words)s) > 0
           OR strpos(lower(shelf.translations -> 'en' ->> 'name'), %(words)s) > 0)
      AND EXISTS (
          SELECT FROM catalog_category AS below JOIN catalog_product AS product ON product.category_id = below.id
          WHERE below.shop_id = shelf.shop_id AND below.path[1:cardinality(shelf.path)] = shelf.path
            AND product.status = %(active)s
      )
    ORDER BY cardinality(shelf.path), length(shelf.path[cardinality(shelf.path)]), shelf.id
    LIMIT %(limit)s
"""


def categories_named(
    *, words: str, locale: str, shop_id: UUID | None = None, limit: int = NAMED_MAX
) -> tuple[tuple[str, CategoryLink], ...]:
    """Shelves with goods on them whose name has `words` in it, of one shop or of all that are open. One query.

    Each with its shop's slug. `words` are lower case.
    """
    asked = {
        "words": words.replace("\x00", ""),
        "shop": shop_id,
        "open": ShopState.OPEN.value,
        "active": ProductStatus.ACTIVE.value,
        "limit": min(limit, NAMED_MAX),
    }
    rows: list[Any] = list(Category.objects.raw(NAMED_SQL, asked))
    return tuple((row.shop_slug, category_link(category=row, locale=locale)) for row in rows)


def texts(*, product_ids: Iterable[UUID]) -> tuple[ProductTexts, ...]:
    """What is written about those of `product_ids` that exist, whatever their status. Three queries."""
    products = list(Product.objects.select_related("category").filter(id__in=list(product_ids)).order_by("id"))
    variants: dict[UUID, list[Variant]] = defaultdict(list)
    for variant in Variant.objects.filter(product__in=products, is_withdrawn=False).order_by("position", "id"):
        variants[variant.product_id].append(variant)
    above = _shelf_words(products)
    return tuple(_texts(product, variants[product.id], above) for product in products)


def _shelf_words(products: Sequence[Product]) -> dict[tuple[UUID, tuple[str, ...]], list[str]]:
    """The names of shelves in other languages than the shop's own."""
    shelves = Category.objects.filter(shop_id__in={p.shop_id for p in products if p.category}).exclude(translations={})
    return {
        (shelf.shop_id, tuple(shelf.path)): [words["name"] for words in shelf.translations.values() if "name" in words]
        for shelf in shelves
    }


def _texts(
    product: Product, variants: Sequence[Variant], above: dict[tuple[UUID, tuple[str, ...]], list[str]]
) -> ProductTexts:
    others = [words for words in product.translations.values() if isinstance(words, dict)]
    path = tuple(product.category.path) if product.category else ()
    fields = [*path, product.vendor, *product.tags]
    for depth in range(1, len(path) + 1):
        fields += above.get((product.shop_id, path[:depth]), [])
    options = [value for variant in variants for value in variant.options]
    fields += options
    fields += [str(words["options"][o]) for words in others for o in options if o in (words.get("options") or {})]
    fields += [number for variant in variants for number in (variant.sku, variant.barcode)]
    return ProductTexts(
        id=product.id,
        shop_id=product.shop_id,
        is_on_sale=product.status == ProductStatus.ACTIVE and bool(variants),
        titles=tuple(t for t in (product.title, *(str(words.get("title") or "") for words in others)) if t),
        bodies=tuple(b for b in (product.body_html, *(str(words.get("body_html") or "") for words in others)) if b),
        fields=tuple(dict.fromkeys(f for f in fields if f)),
    )
