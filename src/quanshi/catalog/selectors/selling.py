"""What a purchase asks of the catalogue, over and over in a rush: one prepared statement each, and no pictures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

import msgspec

from quanshi.catalog.errors import ProductNotFound, SeveralVariants
from quanshi.catalog.types import VariantView
from quanshi.kernel import prepared
from quanshi.kernel.money import Money

PRICED_SQL: Final = """
    SELECT variant.id, variant.product_id, variant.shop_id, product.handle, product.title, variant.sku, variant.options,
        variant.price_minor,
        CASE WHEN variant.list_price_minor <= variant.former_price_minor THEN variant.list_price_minor END,
        shop.currency, variant.weight_grams, variant.person_limit,
        product.status = 'active' AND NOT variant.is_withdrawn,
        words.said ->> 'title', words.said ->> 'options'
    FROM catalog_variant AS variant
    JOIN catalog_product AS product ON product.id = variant.product_id
    JOIN shops_shop AS shop ON shop.id = variant.shop_id
    CROSS JOIN LATERAL (
        SELECT coalesce(nullif(product.translations -> %(locale)s, '{}'), product.translations -> %(language)s) AS said
    ) AS words
    WHERE variant.id = ANY(%(variants)s)
"""
ONLY_SQL: Final = """
    SELECT variant.id FROM catalog_variant AS variant JOIN catalog_product AS product ON product.id = variant.product_id
    WHERE product.id = %(product)s AND product.status = 'active' AND NOT variant.is_withdrawn
    ORDER BY variant.position, variant.id LIMIT 2
"""
SHOPS_SQL: Final = "SELECT id, shop_id FROM catalog_variant WHERE id = ANY(%(variants)s)"


def priced_variants(*, variant_ids: Iterable[UUID], locale: str) -> dict[UUID, VariantView]:
    """As `variants_by_id`, without pictures: for whoever reckons and shows nothing. One query."""
    values = {"variants": list(set(variant_ids)), "locale": locale, "language": locale.partition("-")[0]}
    return {row[0]: _view(*row) for row in prepared.fetch(sql=PRICED_SQL, values=values)}


def only_variant(*, product_id: UUID) -> UUID:
    """What is bought when somebody names a product that comes in one kind only. One query.

    Raises: ProductNotFound for a product that is not on sale, SeveralVariants when there is a choice to make.
    """
    found = prepared.fetch(sql=ONLY_SQL, values={"product": product_id})
    if not found:
        raise ProductNotFound(product_id=product_id)
    if len(found) > 1:
        raise SeveralVariants(field="product_id", value=str(product_id), reason="name one of its variants")
    variant_id: UUID = found[0][0]
    return variant_id


def shops_of_variants(*, variant_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Which shop each of the variants that exist belongs to. One query."""
    return dict(prepared.fetch(sql=SHOPS_SQL, values={"variants": list(set(variant_ids))}))


def _view(  # noqa: PLR0917 - a row of PRICED_SQL
    variant_id: UUID,
    product_id: UUID,
    shop_id: UUID,
    handle: str,
    title: str,
    sku: str,
    options: list[str],
    price_minor: int,
    list_price_minor: int | None,
    currency: str,
    weight_grams: int,
    person_limit: int | None,
    is_sellable: bool,  # noqa: FBT001
    own_title: str | None,
    option_words: str | None,
) -> VariantView:
    words: dict[str, Any] = msgspec.json.decode(option_words) if option_words else {}
    return VariantView(
        id=variant_id,
        product_id=product_id,
        shop_id=shop_id,
        product_handle=handle,
        product_title=own_title or title,
        sku=sku,
        options=tuple(words.get(text) or text for text in options),
        price=Money(price_minor, currency),
        list_price=None if list_price_minor is None else Money(list_price_minor, currency),
        media=None,
        weight_grams=weight_grams,
        person_limit=person_limit,
        is_sellable=is_sellable,
    )
