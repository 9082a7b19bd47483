"""Changes of goods that are there, one product at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import Actor
from quanshi.catalog.errors import GoodsChanged
from quanshi.catalog.models import Product, Variant
from quanshi.catalog.rules import entries
from quanshi.catalog.rules.drafts import SEO_DESCRIPTION_MAX, SEO_TITLE_MAX, TITLE_MAX, VENDOR_MAX
from quanshi.catalog.services.addresses import move_product
from quanshi.catalog.services.goods import currency_of
from quanshi.catalog.services.pictures import lock_product
from quanshi.catalog.services.prices import note_prices
from quanshi.catalog.services.shelves import ensure_shelves
from quanshi.catalog.services.variants import change_variants, columns_of, set_facts, variant_facts, write_variants
from quanshi.catalog.services.writing import lock_shelves
from quanshi.catalog.types import ProductStatus, Schedule, VariantChange
from quanshi.kernel import clock
from quanshi.kernel.money import Money
from quanshi.shops import services as shops
from quanshi.shops.types import Facts, Permission, StaffAction

CHUNK: Final = 200
READINGS: Final[Mapping[str, Callable[[Any], object]]] = {
    "title": lambda given: entries.text("title", given, TITLE_MAX, is_required=True),
    "body_html": entries.body,
    "vendor": lambda given: entries.text("vendor", given, VENDOR_MAX),
    "status": ProductStatus,
    "tags": entries.tags,
    "attributes": entries.attributes,
    "seo_title": lambda given: entries.text("seo_title", given, SEO_TITLE_MAX),
    "seo_description": lambda given: entries.text("seo_description", given, SEO_DESCRIPTION_MAX),
    "translations": entries.translations,
}


def change_goods(
    *,
    actor: Actor,
    shop_id: UUID,
    product_id: UUID,
    title: str | None = None,
    body_html: str | None = None,
    status: ProductStatus | None = None,
    prices: Mapping[UUID, Money] | None = None,
    list_prices: Mapping[UUID, Money | None] | None = None,
    measures: Mapping[UUID, str] | None = None,
    person_limits: Mapping[UUID, int | None] | None = None,
    option_names: Sequence[str] | None = None,
    variants: Sequence[VariantChange] = (),
    handle: str | None = None,
    vendor: str | None = None,
    category_path: Sequence[str] | None = None,
    translations: entries.Translations | None = None,
    tags: Sequence[str] | None = None,
    attributes: Sequence[tuple[str, str]] | None = None,
    seo_title: str | None = None,
    seo_description: str | None = None,
    schedule: Schedule | None = None,
    version: datetime | None = None,
) -> None:
    """Change what is given of a product and leave the rest. Emits nothing.

    `prices`, `list_prices`, `person_limits` and `measures` say one thing of each variant that they name: a list price
    that is not above the price goes; a limit is how many units one person may order, none for any number, and quotes
    that are out keep the limit they were made with; measures are written like "500 g", empty for none. `variants` say
    all of each that they name, see `change_variants`. Under a new `handle` the old address leads to the new one. An
    empty `category_path` is no shelf; one that is not there is made. `translations` take the place of all that there
    are. With `version` only if nobody has saved the product since.
    Raises: NotAllowed, ProductNotFound, GoodsChanged, InvalidInput.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_GOODS)
    currency = currency_of(shop_id=shop_id)
    with transaction.atomic():
        if handle is not None or category_path is not None:
            lock_shelves(shop_id=shop_id)
        product = lock_product(shop_id=shop_id, product_id=product_id)
        if version is not None and product.updated_at != version:
            raise GoodsChanged(product_id=product_id)
        known = {v.id: v for v in Variant.objects.filter(product_id=product_id).order_by("position", "id")}
        columns = {v.id: columns_of(variant=v) for v in known.values()}
        before = _facts(product), variant_facts(variants=known.values())
        set_facts(
            variants=known,
            currency=currency,
            prices=prices,
            list_prices=list_prices,
            person_limits=person_limits,
            measures=measures,
        )
        if variants or option_names is not None:
            names = product.option_names if option_names is None else option_names
            change_variants(product=product, variants=known, option_names=names, changes=variants, currency=currency)
        write_variants(variants=known, before=columns)
        _set_words(
            product,
            title=title,
            body_html=body_html,
            vendor=vendor,
            status=status,
            tags=tags,
            attributes=attributes,
            seo_title=seo_title,
            seo_description=seo_description,
            translations=translations,
        )
        if handle is not None:
            move_product(product=product, handle=handle)
        if category_path is not None:
            _put_on_shelf(product, entries.shelves(category_path))
        if schedule is not None:
            checked = entries.schedule(schedule)
            product.publish_at, product.withdraw_at = checked.publish_at, checked.withdraw_at
        keep_price_range(product=product, variants=known.values())
        _record(actor, product, known, before=before)
        product.updated_at = clock.now()
        product.save()
        note_prices(product_ids=[product_id])


def _set_words(product: Product, **words: Any) -> None:
    for column, said in words.items():
        if said is not None:
            setattr(product, column, READINGS[column](said))


def _put_on_shelf(product: Product, path: tuple[str, ...]) -> None:
    product.category_id = ensure_shelves(shop_id=product.shop_id, paths=[path])[path] if path else None


def keep_price_range(*, product: Product, variants: Iterable[Variant]) -> None:
    """Set a product's least and greatest price by its variants; the caller saves it."""
    shown = [v.price_minor for v in variants if not v.is_withdrawn]
    if shown:
        product.price_from_minor, product.price_to_minor = min(shown), max(shown)


def publish_due(*, now: datetime) -> int:
    """Put goods on sale, and take them down, whose moment has come; how many. Idempotent. Emits nothing.

    Goods for which both moments have passed are taken down. Rows that somebody holds are taken next time.
    """
    return _sweep(_due_to_withdraw, now) + _sweep(_due_to_publish, now)


def _due_to_withdraw(now: datetime) -> list[Product]:
    free = Product.objects.select_for_update(skip_locked=True).filter(withdraw_at__lte=now)
    found = list(free.order_by("withdraw_at", "id")[:CHUNK])
    for product in found:
        if product.status == ProductStatus.ACTIVE or product.publish_at is not None:
            product.status = ProductStatus.ARCHIVED
        product.publish_at = product.withdraw_at = None
    return found


def _due_to_publish(now: datetime) -> list[Product]:
    free = Product.objects.select_for_update(skip_locked=True).filter(publish_at__lte=now)
    found = list(free.order_by("publish_at", "id")[:CHUNK])
    for product in found:
        product.status = ProductStatus.ACTIVE
        product.publish_at = None
    return found


def _sweep(take: Callable[[datetime], list[Product]], now: datetime) -> int:
    count = 0
    while True:
        with transaction.atomic():
            found = take(now)
            for product in found:
                product.updated_at = clock.now()
            Product.objects.bulk_update(found, ["status", "publish_at", "withdraw_at", "updated_at"])
            note_prices(product_ids=[product.id for product in found])
        count += len(found)
        if len(found) < CHUNK:
            return count


def _record(
    actor: Actor, product: Product, variants: Mapping[UUID, Variant], *, before: tuple[Facts, Mapping[UUID, Facts]]
) -> None:
    was, now = dict(before[0]), dict(_facts(product))
    facts = variant_facts(variants=variants.values())
    for number, variant in enumerate(variants.values(), 1):  # by what it is called now: its options may have changed
        name = " / ".join(variant.options) or variant.sku or str(number)
        was |= {f"{fact} {name}": value for fact, value in before[1].get(variant.id, {}).items()}
        now |= {f"{fact} {name}": value for fact, value in facts[variant.id].items()}
    changed = [name for name, fact in now.items() if (fact or None) != (was.get(name) or None)]
    if changed:
        shops.record_action(
            actor=actor,
            shop_id=product.shop_id,
            action=StaffAction.GOODS_CHANGED,
            subject_id=product.id,
            subject=product.title,
            before={name: was.get(name) for name in changed},
            after={name: now[name] for name in changed},
        )


def _facts(product: Product) -> Facts:
    """What `change_goods` may change of the product itself, as the staff's activity tells it."""
    facts: dict[str, str | int | None] = {
        "title": product.title,
        "status": str(product.status),
        "body_html": product.body_html,
        "vendor": product.vendor,
        "handle": product.handle,
        "option_names": ", ".join(product.option_names),
        "tags": ", ".join(product.tags),
        "attributes": "; ".join(f"{name}: {value}" for name, value in product.attributes),
        "seo_title": product.seo_title,
        "seo_description": product.seo_description,
        "publish_at": product.publish_at.isoformat() if product.publish_at else None,
        "withdraw_at": product.withdraw_at.isoformat() if product.withdraw_at else None,
        "category": " > ".join(product.category.path) if product.category else None,
    }
    for locale, words in product.translations.items():
        facts |= {f"{name} {locale}": said for name, said in words.items() if isinstance(said, str)}
        facts[f"options {locale}"] = ", ".join(f"{ours}: {said}" for ours, said in words.get("options", {}).items())
    return facts
