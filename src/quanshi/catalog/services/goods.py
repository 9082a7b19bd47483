"""Products as people and the demo make them, one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import Actor
from quanshi.catalog.errors import HandleTaken
from quanshi.catalog.models import Product, Variant
from quanshi.catalog.rules.cells import HANDLE
from quanshi.catalog.rules.drafts import (
    BARCODE_MAX,
    BODY_MAX,
    HANDLE_MAX,
    OPTION_NAME_MAX,
    OPTION_VALUE_MAX,
    OPTIONS_MAX,
    PERSON_LIMIT_MAX,
    PRICE_MAX_MINOR,
    SHELF_MAX,
    SKU_MAX,
    TAG_MAX,
    TITLE_MAX,
    VENDOR_MAX,
    ProductDraft,
    VariantDraft,
    printable,
)
from quanshi.catalog.rules.html import clean_html
from quanshi.catalog.services.pictures import lock_product
from quanshi.catalog.services.shelves import ensure_shelves
from quanshi.catalog.services.writing import Outcome, lock_shelves, write_products
from quanshi.catalog.types import ProductStatus, VariantInput
from quanshi.kernel import clock
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.shops import selectors as shop_views
from quanshi.shops import services as shops
from quanshi.shops.errors import ShopNotFound
from quanshi.shops.types import Facts, Permission, StaffAction

Translations = Mapping[str, Mapping[str, Any]]  # {"en": {"title", "body_html", "options": {"红": "Red"}}}
TRANSLATED: Final = frozenset({"title", "body_html", "options"})


def save_product(
    *,
    actor: Actor,
    shop_id: UUID,
    handle: str,
    title: str,
    body_html: str = "",
    vendor: str = "",
    tags: Sequence[str] = (),
    category_path: Sequence[str] = (),
    status: ProductStatus = ProductStatus.ACTIVE,
    option_names: Sequence[str] = (),
    variants: Sequence[VariantInput],
    translations: Translations | None = None,
    category_translations: Mapping[str, Sequence[str]] | None = None,
    is_new: bool = False,
) -> UUID:
    """Create the product of this handle, or make it what is said here; its id.

    Variants that are not named any more are withdrawn. `category_translations` are the names along `category_path` in
    other languages: {"en": ("Home", "Bedding")}. Pictures stay. Idempotent, unless `is_new` says that there must be no
    product of this handle yet. Emits nothing.
    Raises: NotAllowed, ShopNotFound, InvalidInput, HandleTaken.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_GOODS)
    currency = _currency(shop_id)
    if not HANDLE.fullmatch(handle):
        raise InvalidInput(field="handle", value=printable(handle), reason="not_a_handle")
    names = tuple(_text("option_names", name, OPTION_NAME_MAX) for name in option_names)
    if len(names) > OPTIONS_MAX or len(set(names)) != len(names) or not all(names):
        raise InvalidInput(field="option_names", value=", ".join(names), reason="up to three different names")
    draft = ProductDraft(
        handle=_text("handle", handle, HANDLE_MAX),
        title=_text("title", title, TITLE_MAX, is_required=True),
        body_html=_body(body_html),
        vendor=_text("vendor", vendor, VENDOR_MAX),
        tags=tuple(dict.fromkeys(_text("tags", tag, TAG_MAX) for tag in tags)),
        category_path=tuple(_text("category_path", shelf, SHELF_MAX, is_required=True) for shelf in category_path),
        status=ProductStatus(status),
        option_names=names,
        variants=tuple(_variant(v, names=names, currency=currency) for v in variants),
    )
    if not draft.variants or len({v.options for v in draft.variants}) != len(draft.variants):
        raise InvalidInput(field="variants", value=str(len(draft.variants)), reason="each choice of options once")
    words = {} if translations is None else {handle: _translations(translations)}
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


def change_goods(
    *,
    actor: Actor,
    shop_id: UUID,
    product_id: UUID,
    title: str | None = None,
    body_html: str | None = None,
    status: ProductStatus | None = None,
    prices: Mapping[UUID, Money] | None = None,
    person_limits: Mapping[UUID, int | None] | None = None,
) -> None:
    """Change what is given of a product and leave the rest. Idempotent. Emits nothing.

    A list price that is not above the new price any more goes. `person_limits`: so many units of a variant one person
    may order, none for any number; quotes that are out keep the limit they were made with.
    Raises: NotAllowed, ProductNotFound, InvalidInput.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_GOODS)
    currency = _currency(shop_id)
    with transaction.atomic():
        product = lock_product(shop_id=shop_id, product_id=product_id)
        variants = {v.id: v for v in Variant.objects.filter(product_id=product_id).order_by("position")}
        before = _facts(product, variants.values())
        for variant_id, price in (prices or {}).items():
            variant = _one_of(variants, variant_id, field="prices")
            variant.price_minor = _price("prices", price, currency)
            if variant.list_price_minor is not None and variant.list_price_minor <= variant.price_minor:
                variant.list_price_minor = None
        for variant_id, limit in (person_limits or {}).items():
            _one_of(variants, variant_id, field="person_limits").person_limit = _person_limit(limit)
        if prices or person_limits:
            Variant.objects.bulk_update(variants.values(), ["price_minor", "list_price_minor", "person_limit"])
        if title is not None:
            product.title = _text("title", title, TITLE_MAX, is_required=True)
        if body_html is not None:
            product.body_html = _body(body_html)
        if status is not None:
            product.status = ProductStatus(status)
        shown = [v.price_minor for v in variants.values() if not v.is_withdrawn]
        if shown:
            product.price_from_minor, product.price_to_minor = min(shown), max(shown)
        after = _facts(product, variants.values())
        changed = [name for name, fact in after.items() if fact != before[name]]
        if changed:
            shops.record_action(
                actor=actor,
                shop_id=shop_id,
                action=StaffAction.GOODS_CHANGED,
                subject_id=product_id,
                subject=product.title,
                before={name: before[name] for name in changed},
                after={name: after[name] for name in changed},
            )
        product.updated_at = clock.now()
        product.save()


def hold_product(  # house: staff-work-is-recorded it changes nothing
    *, actor: Actor, shop_id: UUID, product_id: UUID
) -> None:
    """Let nobody else change a product until the transaction in progress ends, so that what is read of it stays true.

    Emits nothing. Raises: NotAllowed, ProductNotFound.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_GOODS)
    lock_shelves(shop_id=shop_id)  # in the order in which writers take both
    lock_product(shop_id=shop_id, product_id=product_id)


def _facts(product: Product, variants: Iterable[Variant]) -> Facts:
    """What `change_goods` may change, as the staff's activity tells it."""
    facts: dict[str, str | int | None] = {
        "title": product.title,
        "status": str(product.status),
        "body_html": product.body_html,
    }
    for number, variant in enumerate(variants, 1):
        name = " / ".join(variant.options) or variant.sku or str(number)
        facts |= {f"price {name}": variant.price_minor, f"limit {name}": variant.person_limit}
    return facts


def _one_of(variants: Mapping[UUID, Variant], variant_id: UUID, *, field: str) -> Variant:
    if variant_id not in variants:
        raise InvalidInput(field=field, value=str(variant_id), reason="no variant of this product")
    return variants[variant_id]


def _person_limit(limit: int | None) -> int | None:
    if limit is not None and not 1 <= limit <= PERSON_LIMIT_MAX:
        raise InvalidInput(field="person_limits", value=str(limit), reason=f"write 1 to {PERSON_LIMIT_MAX}, or nothing")
    return limit


def _currency(shop_id: UUID) -> str:
    shop = shop_views.shops_by_id(shop_ids=[shop_id], locale="").get(shop_id)
    if shop is None:
        raise ShopNotFound(shop_id=shop_id)
    return shop.currency


def _text(field: str, value: str, limit: int, *, is_required: bool = False) -> str:
    text = " ".join(value.split())
    if is_required and not text:
        raise InvalidInput(field=field, value="", reason="required")
    if len(text) > limit:
        raise InvalidInput(field=field, value=printable(text), reason="too_long")
    if not text.isprintable():
        raise InvalidInput(field=field, value=printable(text), reason="not_text")
    return text


def _body(html: str) -> str:
    if len(html) > BODY_MAX:
        raise InvalidInput(field="body_html", value=printable(html), reason="too_long")
    return clean_html(html.replace("\x00", ""))


def _price(field: str, price: Money, currency: str) -> int:
    if price.currency != currency or price.minor < 0:
        raise InvalidInput(field=field, value=str(price), reason=f"a price in {currency}, not below zero")
    if price.minor > PRICE_MAX_MINOR:
        raise InvalidInput(field=field, value=str(price), reason="too_large")
    return price.minor


def _variant(wanted: VariantInput, *, names: tuple[str, ...], currency: str) -> VariantDraft:
    options = tuple(_text("options", value, OPTION_VALUE_MAX, is_required=True) for value in wanted.options)
    if len(options) != len(names):
        raise InvalidInput(field="options", value=" / ".join(options), reason="one value for each option name")
    price = _price("price", wanted.price, currency)
    list_price = None if wanted.list_price is None else _price("list_price", wanted.list_price, currency)
    if list_price is not None and list_price <= price:
        raise InvalidInput(field="list_price", value=str(wanted.list_price), reason="must be above the price")
    if wanted.weight_grams < 0:
        raise InvalidInput(field="weight_grams", value=str(wanted.weight_grams), reason="out_of_range")
    return VariantDraft(
        options=options,
        price_minor=price,
        sku=_text("sku", wanted.sku, SKU_MAX),
        list_price_minor=list_price,
        barcode=_text("barcode", wanted.barcode, BARCODE_MAX),
        weight_grams=wanted.weight_grams,
    )


def _translations(translations: Translations) -> dict[str, dict[str, Any]]:
    checked: dict[str, dict[str, Any]] = {}
    for locale, words in translations.items():
        if unknown := words.keys() - TRANSLATED:
            raise InvalidInput(field="translations", value=", ".join(sorted(unknown)), reason="unknown")
        checked[locale] = dict(words)
        if "title" in words:
            checked[locale]["title"] = _text("title", words["title"], TITLE_MAX)
        if "body_html" in words:
            checked[locale]["body_html"] = _body(words["body_html"])
    return checked


def _shelf_words(
    path: tuple[str, ...], translations: Mapping[str, Sequence[str]]
) -> dict[tuple[str, ...], dict[str, str]]:
    words: dict[tuple[str, ...], dict[str, str]] = {}
    for locale, names in translations.items():
        if len(names) != len(path):
            raise InvalidInput(field="category_translations", value=locale, reason="one name for each shelf")
        for depth, name in enumerate(names, 1):
            words.setdefault(path[:depth], {})[locale] = _text("category_translations", name, SHELF_MAX)
    return words
