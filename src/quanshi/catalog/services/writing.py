"""Drafts into rows: a few statements for any number of products, and none for what has not changed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from quanshi.catalog.models import Media, Product, Variant
from quanshi.catalog.rules.drafts import PictureDraft, ProductDraft
from quanshi.catalog.rules.retries import next_try
from quanshi.catalog.services.addresses import forget_former_handles
from quanshi.catalog.services.batches import Batch, Outcome, Row
from quanshi.catalog.services.pictures import (
    MissingPicture,
    PictureResult,
    StoredPicture,
    media_fields,
    picture_address,
)
from quanshi.catalog.services.prices import note_prices
from quanshi.catalog.services.shelves import ensure_shelves
from quanshi.catalog.types import MediaState, OpeningStock
from quanshi.kernel import clock, ids
from quanshi.kernel.lookups import AnyOf

PRODUCT_FIELDS: Final = (
    "title",
    "body_html",
    "vendor",
    "tags",
    "category_id",
    "status",
    "option_names",
    "translations",
    "price_from_minor",
    "price_to_minor",
    "attributes",
    "seo_title",
    "seo_description",
    "publish_at",
    "withdraw_at",
)
VARIANT_FIELDS: Final = (
    "sku",
    "position",
    "price_minor",
    "list_price_minor",
    "barcode",
    "weight_grams",
    "media_id",
    "is_withdrawn",
    "measure_milli",
    "measure_unit",
    "person_limit",
)
MEDIA_FIELDS: Final = (
    *("position", "alt", "state", "source", "sha256", "original", "width", "height", "renditions"),
    *("fault", "attempts", "next_try_at"),
)
# what a row has of which nobody has said anything yet
NEW_PRODUCT: Final[Row] = {
    "translations": {},
    "attributes": [],
    "seo_title": "",
    "seo_description": "",
    "publish_at": None,
    "withdraw_at": None,
}
NEW_VARIANT: Final[Row] = {"media_id": None, "measure_milli": None, "measure_unit": "", "person_limit": None}
NEW_MEDIA: Final[Row] = {
    **dict.fromkeys(("state", "sha256", "original", "fault"), ""),
    **dict.fromkeys(("width", "height", "attempts"), 0),
    "renditions": [],
    "next_try_at": None,
}

Pictures = Mapping[tuple[str, str], PictureResult]  # by handle and source


@dataclass(slots=True)
class Written:
    """What became of one draft."""

    product_id: UUID
    outcome: Outcome
    variants: Counter[Outcome] = field(default_factory=Counter)
    opening: list[OpeningStock] = field(default_factory=list)


@dataclass(slots=True)
class _Changes:
    """All that one call writes."""

    products: Batch = field(default_factory=lambda: Batch(Product, (*PRODUCT_FIELDS, "updated_at")))
    variants: Batch = field(default_factory=lambda: Batch(Variant, VARIANT_FIELDS))
    media: Batch = field(default_factory=lambda: Batch(Media, MEDIA_FIELDS))
    media_gone: list[UUID] = field(default_factory=list)

    def write(self) -> None:
        now = clock.now()
        for product in self.products.changed:
            product["updated_at"] = now
        self.products.write()
        if self.media_gone:
            Media.objects.filter(id__in=self.media_gone).delete()
        self.media.write()
        self.variants.write()


def write_products(
    *,
    shop_id: UUID,
    drafts: Sequence[ProductDraft],
    pictures: Pictures | None = None,
    translations: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Written]:
    """Create or update each draft's product by its handle, in one transaction; the outcomes in the drafts' order.

    Variants are known by their options; one that a complete draft leaves out is withdrawn, never deleted, since orders
    refer to it. `translations` are by handle; a product without an entry keeps its own. Idempotent. Emits nothing.
    """
    with transaction.atomic():
        lock_shelves(shop_id=shop_id)
        shelves = ensure_shelves(shop_id=shop_id, paths={d.category_path for d in drafts})
        # held until the end, in id order: a price changed by hand meanwhile would not be in the sums made here
        rows = Product.objects.select_for_update(no_key=True).filter(shop_id=shop_id)
        rows = rows.filter(AnyOf("handle", [draft.handle for draft in drafts]))
        known: dict[str, Row] = {product["handle"]: {**product} for product in rows.order_by("id").values()}
        ids_known = [product["id"] for product in known.values()]
        variants = _by_product(
            Variant.objects.filter(AnyOf("product_id", ids_known)).order_by("position", "id").values()
        )
        media = _by_product(Media.objects.filter(AnyOf("product_id", ids_known)).order_by("position").values())
        changes = _Changes()
        written = []
        for draft in drafts:
            product = known.get(draft.handle)
            before = _Before(
                product=product or {**NEW_PRODUCT, "id": ids.new_id(), "shop_id": shop_id, "handle": draft.handle},
                is_new=product is None,
                variants=variants.get(product["id"], []) if product else [],
                media=media.get(product["id"], []) if product else [],
            )
            words = (translations or {}).get(draft.handle, before.product["translations"])
            values = {"category_id": shelves.get(draft.category_path), "translations": words}
            written.append(_write_one(before, draft, values, pictures or {}, changes))
        changes.write()
        forget_former_handles(shop_id=shop_id, handles=[draft.handle for draft in drafts])
        note_prices(product_ids=[one.product_id for one in written if one.outcome is not Outcome.UNCHANGED])
    return written


def lock_shelves(*, shop_id: UUID) -> None:
    """Let one writer at a time change this shop's goods, until the transaction ends.

    Handles and shelves are looked up before they are made.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('catalog:' || %s, 0))", [str(shop_id)])


@dataclass(frozen=True, slots=True)
class _Before:
    """A product as it was; a new one has nothing yet."""

    product: Row
    is_new: bool
    variants: list[Row]
    media: list[Row]


def _write_one(
    before: _Before, draft: ProductDraft, values: dict[str, Any], results: Pictures, changes: _Changes
) -> Written:
    written = Written(before.product["id"], Outcome.UNCHANGED)
    has_other_pictures, by_source = _pictures(before, draft, results, changes)
    rows = _variants(before, draft, by_source, changes, written)
    prices = [row["price_minor"] for row in rows if not row["is_withdrawn"]] or [0]
    values |= {
        "title": draft.title,
        "body_html": draft.body_html,
        "vendor": draft.vendor,
        "tags": list(draft.tags),
        "status": draft.status.value,
        "option_names": list(draft.option_names),
        "price_from_minor": min(prices),
        "price_to_minor": max(prices),
        **draft.more,
    }
    written.outcome = changes.products.add(before.product, values, is_new=before.is_new)
    is_touched = has_other_pictures or written.variants[Outcome.CREATED] or written.variants[Outcome.UPDATED]
    if written.outcome is Outcome.UNCHANGED and is_touched:
        written.outcome = Outcome.UPDATED
        changes.products.changed.append(before.product)
    return written


def _variants(
    before: _Before, draft: ProductDraft, by_source: Mapping[str, UUID] | None, changes: _Changes, written: Written
) -> list[Row]:
    product, rows, out = before.product, before.variants, changes.variants
    by_options = {tuple(row["options"]): row for row in rows}
    for position, wanted in enumerate(draft.variants, 1):
        is_new = wanted.options not in by_options
        if is_new:
            of_product = {"id": ids.new_id(), "shop_id": product["shop_id"], "product_id": product["id"]}
            by_options[wanted.options] = {**NEW_VARIANT, **of_product, "options": list(wanted.options)}
        row = by_options[wanted.options]
        values: dict[str, Any] = {
            "sku": wanted.sku,
            "position": position,
            "price_minor": wanted.price_minor,
            "list_price_minor": wanted.list_price_minor,
            "barcode": wanted.barcode,
            "weight_grams": wanted.weight_grams,
            "is_withdrawn": False,
            **wanted.more,
        }
        if by_source is not None:
            values["media_id"] = by_source.get(wanted.picture)
        written.variants[out.add(row, values, is_new=is_new)] += 1
        if is_new and wanted.opening_quantity:
            written.opening.append(OpeningStock(variant_id=row["id"], quantity=wanted.opening_quantity))
    if draft.is_complete:
        kept = {variant.options for variant in draft.variants}
        for row in rows:
            is_left_out = tuple(row["options"]) not in kept
            if is_left_out and out.add(row, {"is_withdrawn": True}, is_new=False) is Outcome.UPDATED:
                written.variants[Outcome.UPDATED] += 1
    return list(by_options.values())


def _pictures(
    before: _Before, draft: ProductDraft, results: Pictures, changes: _Changes
) -> tuple[bool, dict[str, UUID] | None]:
    """Whether anything changes, and the media of each source; None when the draft does not speak of pictures."""
    if draft.pictures is None:
        return False, None
    product, rows, out = before.product, before.media, changes.media
    by_source = {_address(row): row for row in rows}
    wanted = {picture.source for picture in draft.pictures}
    found: dict[str, UUID] = {}
    is_other = False
    for position, picture in enumerate(draft.pictures, 1):
        known = by_source.get(picture.source)
        of_product = {"shop_id": product["shop_id"], "product_id": product["id"], "source": picture.source}
        row = known or {**NEW_MEDIA, "id": ids.new_id(), **of_product}
        found[picture.source] = row["id"]
        values = _media_values(picture, results.get((draft.handle, picture.source)), is_new=known is None)
        is_other |= out.add(row, {"position": position, **values}, is_new=known is None) is not Outcome.UNCHANGED
    position = len(draft.pictures)
    for row in rows:
        if row["source"] and row["source"] not in wanted and draft.is_complete:
            changes.media_gone.append(row["id"])
            is_other = True
        elif _address(row) not in wanted:  # uploaded or drawn: behind those of the list
            position += 1
            is_other |= out.add(row, {"position": position}, is_new=False) is not Outcome.UNCHANGED
    return is_other, found


def _address(row: Row) -> str:
    return picture_address(source=row["source"], renditions=row["renditions"])


def _media_values(picture: PictureDraft, result: PictureResult, *, is_new: bool) -> dict[str, Any]:
    values: Row = {"alt": picture.alt}
    if isinstance(result, StoredPicture):
        values |= media_fields(stored=result)
    elif isinstance(result, MissingPicture) and is_new:  # one that is known keeps what it has, or its turn
        later = next_try(attempts=1, now=clock.now()) if result.is_passing else None
        values |= {"state": MediaState.UNREACHABLE.value, "fault": result.reason, "attempts": 1, "next_try_at": later}
    return values


def _by_product(rows: Iterable[Any]) -> dict[UUID, list[Row]]:
    groups: dict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["product_id"]].append(row)
    return groups
