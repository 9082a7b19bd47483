"""What is sold of a product, changed by the ids of its variants: an option may be renamed, and stock stays theirs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from quanshi.catalog.models import Product, Variant
from quanshi.catalog.rules import entries
from quanshi.catalog.rules.drafts import BARCODE_MAX, SKU_MAX
from quanshi.catalog.rules.measures import measure_columns, measure_of
from quanshi.catalog.types import VariantChange
from quanshi.kernel import ids
from quanshi.kernel.errors import InvalidInput
from quanshi.shops.types import Facts

VARIANTS_MAX: Final = 2000
COLUMNS: Final = (
    *("options", "sku", "barcode", "weight_grams", "is_withdrawn"),
    *("price_minor", "list_price_minor", "person_limit", "measure_milli", "measure_unit"),
)

Variants = dict[UUID, Variant]


def change_variants(
    *,
    product: Product,
    variants: Variants,
    option_names: Sequence[str],
    changes: Sequence[VariantChange],
    currency: str,
) -> None:
    """Make a product's variants what `changes` says, in memory; `write_variants` keeps it. The rest stay as they are.

    One to add that has the options of a withdrawn one is that one again, with whatever lies of it in stock.
    Raises: InvalidInput, with the `row` among the changes where one of them is wrong.
    """
    product.option_names = list(entries.option_names(option_names))
    live: list[tuple[int, Variant]] = []
    for row, change in enumerate(changes):
        if change.variant_id is not None:
            with of_row(row=row):
                variant = _one_of(variants, change.variant_id, field="variants")
                variant.is_withdrawn = change.is_withdrawn
                if not change.is_withdrawn:
                    _take(variant, change, names=product.option_names, currency=currency)
                    live.append((row, variant))
    for row, change in enumerate(changes):
        if change.variant_id is None:
            with of_row(row=row):
                options = list(entries.options(change.options, names=product.option_names))
                variant = _withdrawn(variants, options) or _added(product, variants)
                variant.is_withdrawn = False
                _take(variant, change, names=product.option_names, currency=currency)
                live.append((row, variant))
    _check(variants, live, names=product.option_names)


def set_facts(*, variants: Mapping[UUID, Variant], currency: str, **given: Mapping[UUID, Any] | None) -> None:
    """Say one thing of each variant that is named: `prices`, `list_prices`, `person_limits`, `measures`; in memory.

    A list price that is not above the price goes. Raises: InvalidInput.
    """
    for field, by_variant in given.items():
        for variant_id, value in (by_variant or {}).items():
            _set(_one_of(variants, variant_id, field=field), field, value, currency=currency)
    for variant in variants.values():
        if variant.list_price_minor is not None and variant.list_price_minor <= variant.price_minor:
            variant.list_price_minor = None


def _set(variant: Variant, field: str, value: Any, *, currency: str) -> None:
    match field:
        case "prices":
            variant.price_minor = entries.price("prices", value, currency)
        case "list_prices":
            variant.list_price_minor = None if value is None else entries.price("list_prices", value, currency)
        case "person_limits":
            variant.person_limit = entries.person_limit(value)
        case _:
            _set_measure(variant, value)


def write_variants(*, variants: Variants, before: Mapping[UUID, Mapping[str, Any]]) -> None:
    """Write those that differ from what `columns_of` found before, and those that are new."""
    known = [variant for variant in variants.values() if variant.id in before]
    changed = [variant for variant in known if columns_of(variant=variant) != before[variant.id]]
    moved = [variant for variant in changed if variant.options != before[variant.id]["options"]]
    for variant in moved:  # out of the way first: two that change places would meet on the way
        Variant.objects.filter(id=variant.id).update(options=[str(variant.id)])
    Variant.objects.bulk_update(changed, COLUMNS)
    Variant.objects.bulk_create(variant for variant in variants.values() if variant.id not in before)


def columns_of(*, variant: Variant) -> dict[str, Any]:
    """What may be changed of a variant, as it is now."""
    return {name: getattr(variant, name) for name in COLUMNS}


def variant_facts(*, variants: Iterable[Variant]) -> dict[UUID, Facts]:
    """The same as the staff's activity tells it, by variant."""
    return {
        variant.id: {
            "options": " / ".join(variant.options),
            "price": variant.price_minor,
            "list_price": variant.list_price_minor,
            "sku": variant.sku,
            "barcode": variant.barcode,
            "weight": f"{variant.weight_grams} g" if variant.weight_grams else "",
            "contents": str(measure_of(variant.measure_milli, variant.measure_unit) or ""),
            "limit": variant.person_limit,
            "withdrawn": "✓" if variant.is_withdrawn else "",
        }
        for variant in variants
    }


def _one_of(variants: Mapping[UUID, Variant], variant_id: UUID, *, field: str) -> Variant:
    """Raises: InvalidInput."""
    if variant_id not in variants:
        raise InvalidInput(field=field, value=str(variant_id), reason="no variant of this product")
    return variants[variant_id]


@contextmanager
def of_row(*, row: int) -> Iterator[None]:
    """Say in a refusal which of several it is about, counted from 0."""
    try:
        yield
    except InvalidInput as refusal:
        refusal.details["row"] = row
        raise


def _take(variant: Variant, change: VariantChange, *, names: Sequence[str], currency: str) -> None:
    variant.options = list(entries.options(change.options, names=names))
    variant.price_minor = entries.price("price", change.price, currency)
    variant.list_price_minor = entries.former_price(
        change.list_price, price_minor=variant.price_minor, currency=currency
    )
    variant.weight_grams = entries.weight(change.weight_grams)
    variant.sku = entries.text("sku", change.sku, SKU_MAX)
    variant.barcode = entries.text("barcode", change.barcode, BARCODE_MAX)
    variant.person_limit = entries.person_limit(change.person_limit)
    _set_measure(variant, change.measure)


def _set_measure(variant: Variant, given: str) -> None:
    for name, part in measure_columns(entries.measure(given)).items():
        setattr(variant, name, part)


def _withdrawn(variants: Variants, options: Collection[str]) -> Variant | None:
    return next((v for v in variants.values() if v.is_withdrawn and v.options == options), None)


def _added(product: Product, variants: Variants) -> Variant:
    variant = Variant(
        id=ids.new_id(),
        shop_id=product.shop_id,
        product_id=product.id,
        position=max((v.position for v in variants.values()), default=0) + 1,
    )
    variants[variant.id] = variant
    return variant


def _check(variants: Variants, live: Sequence[tuple[int, Variant]], *, names: Sequence[str]) -> None:
    """Refuse what cannot stand side by side. Those of `live` come with their row."""
    named = {variant.id for _row, variant in live}
    others = [v for v in variants.values() if v.id not in named and not v.is_withdrawn]
    if not live and not others:
        raise InvalidInput(field="variants", value="0", reason="one_stays")
    if len(variants) > VARIANTS_MAX:
        raise InvalidInput(field="variants", value=str(len(variants)), reason="too_many")
    if any(len(v.options) != len(names) for v in others):
        raise InvalidInput(field="option_names", value=", ".join(names), reason="options_elsewhere")
    taken = {tuple(v.options) for v in others}
    withdrawn = {tuple(v.options) for v in variants.values() if v.is_withdrawn}
    for row, variant in live:
        options = tuple(variant.options)
        if options in taken or options in withdrawn:
            reason = "options_twice" if options in taken else "options_withdrawn"
            raise InvalidInput(field="options", value=" / ".join(options), reason=reason, row=row)
        taken.add(options)
