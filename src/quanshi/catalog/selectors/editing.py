"""What the form that edits one product shows."""

from __future__ import annotations

import re
from uuid import UUID

from quanshi.catalog.errors import ProductNotFound
from quanshi.catalog.models import Media, Product, Variant
from quanshi.catalog.rules.cursors import read_cursor, write_cursor
from quanshi.catalog.rules.drafts import HANDLE_MAX
from quanshi.catalog.selectors.views import list_price, media_view, variant_view
from quanshi.catalog.types import (
    EditableProduct,
    MediaState,
    MissingPicture,
    MissingPictures,
    ProductStatus,
    Schedule,
)
from quanshi.kernel import ids
from quanshi.shops import selectors as shops


def product_to_edit(*, shop_id: UUID, product_id: UUID) -> EditableProduct:
    """One product of any status in the words in which the shop wrote it, with all its pictures. Four queries.

    The caller asks for permission. Raises: ProductNotFound, also for another shop's product.
    """
    product = Product.objects.select_related("category").filter(shop_id=shop_id, id=product_id).first()
    if product is None:
        raise ProductNotFound(product_id=product_id)
    shop = shops.shops_by_id(shop_ids=[shop_id], locale="")[shop_id]
    pictures = tuple(media_view(media=m) for m in Media.objects.filter(product_id=product_id).order_by("position"))
    rows = list(Variant.objects.filter(product_id=product_id).order_by("is_withdrawn", "position", "id"))
    first = next((picture for picture in pictures if picture.src), None)
    views = {
        row.id: variant_view(variant=row, product=product, currency=shop.currency, media=first, locale="")
        for row in rows
    }
    return EditableProduct(
        id=product.id,
        handle=product.handle,
        title=product.title,
        body_html=product.body_html,
        vendor=product.vendor,
        tags=tuple(product.tags),
        category_path=tuple(product.category.path) if product.category else (),
        status=ProductStatus(product.status),
        option_names=tuple(product.option_names),
        barcodes={variant.id: variant.barcode for variant in rows},
        updated_at=product.updated_at,
        variants=tuple(views[row.id] for row in rows if not row.is_withdrawn),
        withdrawn=tuple(views[row.id] for row in rows if row.is_withdrawn),
        media=pictures,
        attributes=tuple((name, value) for name, value in product.attributes),
        seo_title=product.seo_title,
        seo_description=product.seo_description,
        translations=product.translations,
        schedule=Schedule(publish_at=product.publish_at, withdraw_at=product.withdraw_at),
        list_prices=tuple(list_price(variant=row, currency=shop.currency) for row in rows),
    )


def free_handle(*, shop_id: UUID, title: str) -> str:
    """An address for a new product of this title that no product of the shop has. Only a suggestion. One query."""
    stem = "-".join(re.findall(r"\w+", title.lower()))[: HANDLE_MAX - 8].strip("-_") or "goods"
    taken = set(
        Product.objects.filter(shop_id=shop_id, handle__startswith=stem).values_list("handle", flat=True)[:1000]
    )
    choices = (stem, *(f"{stem}-{number}" for number in range(2, 100)), f"{stem}-{ids.new_id().hex[-7:]}")
    return next(handle for handle in choices if handle not in taken)


def missing_pictures(*, shop_id: UUID, cursor: str = "", limit: int = 50) -> MissingPictures:
    """The shop's pictures that could not be fetched, newest first. Two queries. Raises: InvalidInput for a cursor."""
    rows = Media.objects.select_related("product").filter(shop_id=shop_id, state=MediaState.UNREACHABLE)
    count = rows.count()
    if (last_id := read_cursor(cursor)) is not None:
        rows = rows.filter(id__lt=last_id)
    found = list(rows.order_by("-id")[: limit + 1])
    shown = found[:limit]
    return MissingPictures(
        rows=tuple(
            MissingPicture(
                id=row.id,
                product_id=row.product_id,
                product_title=row.product.title,
                source=row.source,
                fault=row.fault,
                attempts=row.attempts,
                next_try_at=row.next_try_at,
                can_retry="://" in row.source,
            )
            for row in shown
        ),
        count=count,
        next_cursor=write_cursor(shown[-1].id) if len(found) > limit else "",
    )
