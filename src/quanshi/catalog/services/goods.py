"""Products as people and the demo make them, one at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import Actor
from quanshi.catalog.errors import HandleTaken
from quanshi.catalog.rules import entries
from quanshi.catalog.rules.cells import HANDLE
from quanshi.catalog.rules.drafts import (
    BARCODE_MAX,
    HANDLE_MAX,
    SHELF_MAX,
    SKU_MAX,
    TITLE_MAX,
    VENDOR_MAX,
    ProductDraft,
    VariantDraft,
    printable,
)
from quanshi.catalog.rules.entries import text
from quanshi.catalog.rules.measures import measure_columns
from quanshi.catalog.services.batches import Outcome
from quanshi.catalog.services.pictures import lock_product
from quanshi.catalog.services.shelves import ensure_shelves
from quanshi.catalog.services.variants import of_row
from quanshi.catalog.services.writing import lock_shelves, write_products
from quanshi.catalog.types import ProductStatus, VariantInput
from quanshi.kernel.errors import InvalidInput
from quanshi.shops import selectors as shop_views
from quanshi.shops import services as shops
from quanshi.shops.errors import ShopNotFound
from quanshi.shops.types import Permission, StaffAction


def save_product(
    *,
    actor: Actor,
    shop_id: UUID,
    handle: str,
    title: str,
    body_html: str = "",
    vendor: str = "",
    tags: Sequence[str] = (),
    attributes: Sequence[tuple[str, str]] | None = None,
    category_path: Sequence[str] = (),
    status: ProductStatus = ProductStatus.ACTIVE,
    option_names: Sequence[str] = (),
    variants: Sequence[VariantInput],
    translations: entries.Translations | None = None,
    category_translations: Mapping[str, Sequence[str]] | None = None,
    is_new: bool = False,
) -> UUID:
    """Create the product of this handle, or make it what is said here; its id.

    Variants that are not named any more are withdrawn. `category_translations` are the names along `category_path` in
    other languages: {"en": ("Home", "Bedding")}. Pictures stay, and so do the attributes where none
    are given. Idempotent, unless `is_new` says that there must be no product of this handle yet. Emits nothing.
    Raises: NotAllowed, ShopNotFound, InvalidInput, HandleTaken.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_GOODS)
    currency = currency_of(shop_id=shop_id)
    if not HANDLE.fullmatch(handle):
        raise InvalidInput(field="handle", value=printable(handle), reason="not_a_handle")
    names = entries.option_names(option_names)
    draft = ProductDraft(
        handle=text("handle", handle, HANDLE_MAX),
        title=text("title", title, TITLE_MAX, is_required=True),
        body_html=entries.body(body_html),
        vendor=text("vendor", vendor, VENDOR_MAX),
        tags=tuple(entries.tags(tags)),
        category_path=entries.shelves(category_path),
        status=ProductStatus(status),
        option_names=names,
        variants=tuple(_variant(v, row, names=names, currency=currency) for row, v in enumerate(variants)),
        more={} if attributes is None else {"attributes": entries.attributes(attributes)},
    )
    if not draft.variants or len({v.options for v in draft.variants}) != len(draft.variants):
        raise InvalidInput(field="variants", value=str(len(draft.variants)), reason="options_twice")
    words = {} if translations is None else {handle: entries.translations(translations)}
    with transaction.atomic():
        (written,) = write_products(shop_id=shop_id, drafts=[draft], translations=words)
        if is_new and written.outcome is not Outcome.CREATED:
            raise HandleTaken(handle=handle)
        if category_translations:
            ensure_shelves(
                shop_id=shop_id,
                paths=[draft.category_path],
                words=_shelf_words(draft.category_path, category_translations),
            )
        if written.outcome is not Outcome.UNCHANGED:
            shops.record_action(
                actor=actor,
                shop_id=shop_id,
                action=StaffAction.GOODS_SAVED,
                subject_id=written.product_id,
                subject=draft.title,
                after={"status": draft.status.value},
            )
    return written.product_id


def hold_product(  # house: staff-work-is-recorded it changes nothing
    *, actor: Actor, shop_id: UUID, product_id: UUID
) -> None:
    """Let nobody else change a product until the transaction in progress ends, so that what is read of it stays true.

    Emits nothing. Raises: NotAllowed, ProductNotFound.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_GOODS)
    lock_shelves(shop_id=shop_id)  # in the order in which writers take both
    lock_product(shop_id=shop_id, product_id=product_id)


def currency_of(*, shop_id: UUID) -> str:
    """The currency of the shop's prices. Raises: ShopNotFound."""
    shop = shop_views.shops_by_id(shop_ids=[shop_id], locale="").get(shop_id)
    if shop is None:
        raise ShopNotFound(shop_id=shop_id)
    return shop.currency


def _variant(wanted: VariantInput, row: int, *, names: tuple[str, ...], currency: str) -> VariantDraft:
    with of_row(row=row):
        return _read_variant(wanted, names=names, currency=currency)


def _read_variant(wanted: VariantInput, *, names: tuple[str, ...], currency: str) -> VariantDraft:
    options = entries.options(wanted.options, names=names)
    price_minor = entries.price("price", wanted.price, currency)
    return VariantDraft(
        options=options,
        price_minor=price_minor,
        list_price_minor=entries.former_price(wanted.list_price, price_minor=price_minor, currency=currency),
        weight_grams=entries.weight(wanted.weight_grams),
        sku=text("sku", wanted.sku, SKU_MAX),
        barcode=text("barcode", wanted.barcode, BARCODE_MAX),
        more={
            **(measure_columns(wanted.measure) if wanted.measure else {}),
            **({"person_limit": entries.person_limit(wanted.person_limit)} if wanted.person_limit is not None else {}),
        },
    )


def _shelf_words(
    path: tuple[str, ...], translations: Mapping[str, Sequence[str]]
) -> dict[tuple[str, ...], dict[str, str]]:
    words: dict[tuple[str, ...], dict[str, str]] = {}
    for locale, names in translations.items():
        if len(names) != len(path):
            raise InvalidInput(field="category_translations", value=locale, reason="one name for each shelf")
        for depth, name in enumerate(names, 1):
            words.setdefault(path[:depth], {})[locale] = text("category_translations", name, SHELF_MAX)
    return words
