"""What goods are called, for rooms above that speak of them. One query each."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from quanshi.catalog.models import Product
from quanshi.catalog.selectors.views import words_of
from quanshi.catalog.types import ProductName


def product_names(*, product_ids: Iterable[UUID], locale: str) -> dict[UUID, ProductName]:
    """The name of each product that exists, whatever its status. One query."""
    rows = Product.objects.filter(id__in=set(product_ids)).values_list(
        "id", "shop__slug", "handle", "title", "translations"
    )
    return {
        product_id: ProductName(
            id=product_id,
            shop_slug=slug,
            handle=handle,
            title=words_of(translations=translations, locale=locale).get("title") or title,
        )
        for product_id, slug, handle, title, translations in rows
    }


def ids_of_handles(*, shop_id: UUID, handles: Iterable[str]) -> dict[str, UUID]:
    """The products of a shop by their handles; what does not exist is left out. One query."""
    wanted = {handle for handle in handles if "\x00" not in handle}
    return dict(Product.objects.filter(shop_id=shop_id, handle__in=wanted).values_list("handle", "id"))
