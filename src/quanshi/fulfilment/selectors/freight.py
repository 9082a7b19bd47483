from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec
from django.db.models import Count

from quanshi.fulfilment.errors import NoDelivery, TemplateNotFound
from quanshi.fulfilment.models import FreightProduct, FreightTemplate
from quanshi.fulfilment.rules import freight as rules
from quanshi.fulfilment.rules import regions
from quanshi.fulfilment.types import (
    FreightCharge,
    FreightGoods,
    FreightPromise,
    Measure,
    TemplateView,
    Zone,
)
from quanshi.kernel import prepared

# the default template of each shop, and those that one of the goods names
TARIFFS_SQL: Final = """
    SELECT template.shop_id, template.id, template.name, template.measure, template.is_default, template.zones,
        template.refused, named.products
    FROM fulfilment_freight_template AS template
    CROSS JOIN LATERAL (
        SELECT array_agg(product_id) AS products FROM fulfilment_freight_product AS one
        WHERE one.template_id = template.id AND one.product_id = ANY(%(products)s)
    ) AS named
    WHERE template.shop_id = ANY(%(shops)s) AND (template.is_default OR named.products IS NOT NULL)
    ORDER BY template.id
"""
_zones: Final = msgspec.json.Decoder(tuple[Zone, ...])


def charges(
    *, goods: Sequence[FreightGoods], region: str, country: str, locale: str
) -> dict[UUID, tuple[FreightCharge, ...]]:
    """What each shop asks for delivering its goods to the region, a charge a template. One query.

    Goods go by the template that they name, else by their shop's default; a shop without any delivers free of charge.
    Raises: NoDelivery.
    """
    place = regions.place_of(region=region, country=country)
    by_product, defaults = _tariffs(
        shop_ids={line.shop_id for line in goods}, product_ids=[line.product_id for line in goods]
    )
    grouped: dict[UUID, dict[UUID, list[FreightGoods]]] = defaultdict(lambda: defaultdict(list))
    templates_by_id: dict[UUID, TemplateView] = {}
    for line in goods:
        found = by_product.get(line.product_id) or defaults.get(line.shop_id)
        if found is not None:
            templates_by_id[found.id] = found
            grouped[line.shop_id][found.id].append(line)
    asked: dict[UUID, tuple[FreightCharge, ...]] = {line.shop_id: () for line in goods}
    for shop_id, by_template in grouped.items():
        asked[shop_id] = tuple(
            _charge(templates_by_id[template_id], lines, place=place, locale=locale)
            for template_id, lines in by_template.items()
        )
    return asked


def _charge(
    found: TemplateView, lines: Sequence[FreightGoods], *, place: tuple[str, ...], locale: str
) -> FreightCharge:
    zone = rules.zone_for(found, place=place)
    if zone is None:
        named = next((code for code in place if code in found.refused), place[0])
        title, shop_id = lines[0].title, lines[0].shop_id
        raise NoDelivery(shop_id=shop_id, title=title, region=regions.name_of(named, locale=locale))
    return rules.charge(found, zone, lines)


def _tariffs(
    *, shop_ids: Iterable[UUID], product_ids: Sequence[UUID]
) -> tuple[dict[UUID, TemplateView], dict[UUID, TemplateView]]:
    """The templates that the products name, and the default of each shop."""
    values = {"shops": list(shop_ids), "products": list(product_ids)}
    by_product: dict[UUID, TemplateView] = {}
    defaults: dict[UUID, TemplateView] = {}
    for shop_id, template_id, name, measure, is_default, zones, refused, products in prepared.fetch(
        sql=TARIFFS_SQL, values=values
    ):
        found = TemplateView(
            id=template_id,
            shop_id=shop_id,
            name=name,
            measure=Measure(measure),
            is_default=is_default,
            zones=_zones.decode(zones),
            refused=tuple(refused),
        )
        by_product.update((product_id, found) for product_id in products or ())
        if is_default:
            defaults[shop_id] = found
    return by_product, defaults


def templates(*, shop_id: UUID) -> tuple[TemplateView, ...]:
    """The freight templates of a shop, the default first. One query."""
    rows = FreightTemplate.objects.filter(shop_id=shop_id).annotate(goods=Count("products"))
    return tuple(view_of(row=row, product_count=row.goods) for row in rows.order_by("-is_default", "id"))


def template(*, shop_id: UUID, template_id: UUID) -> TemplateView:
    """One template of a shop. One query. Raises: TemplateNotFound."""
    row = FreightTemplate.objects.filter(shop_id=shop_id, id=template_id).first()
    if row is None:
        raise TemplateNotFound(template_id=template_id)
    return view_of(row=row)


def product_template(*, shop_id: UUID, product_id: UUID) -> UUID | None:
    """The template that a product names; None where its shop's default applies. One query."""
    named = FreightProduct.objects.filter(shop_id=shop_id, product_id=product_id)
    return named.values_list("template_id", flat=True).first()


def freight_promise(*, shop_id: UUID, locale: str, product_id: UUID | None = None) -> FreightPromise | None:
    """What delivery costs wherever no special zone applies; None where it is free everywhere. One query."""
    product_ids = [] if product_id is None else [product_id]
    by_product, defaults = _tariffs(shop_ids=[shop_id], product_ids=product_ids)
    found = next(iter(by_product.values()), None) or defaults.get(shop_id)
    if found is None:
        return None
    zone = next((zone for zone in found.zones if not zone.regions), None)
    only = () if zone else tuple(region for zone in found.zones for region in zone.regions)
    zone = zone or min(found.zones, key=lambda zone: zone.first_minor)
    return FreightPromise(
        minor=zone.first_minor,
        has_more=len(found.zones) > 1 or zone.next_minor > 0,
        free_from_minor=zone.free_from_minor,
        free_from_count=zone.free_from_count,
        refused=regions.names_of(found.refused, locale=locale),
        only=regions.names_of(only, locale=locale),
    )


def region_codes(*, names: Iterable[str]) -> Mapping[str, str | None]:
    """What each name stands for: a GB code or a country's; None for what nobody could say. No query."""
    return {name: regions.code_of(name) for name in names}


def region_names(*, codes: Iterable[str], locale: str) -> tuple[str, ...]:
    """Codes as people call them. No query."""
    return regions.names_of(codes, locale=locale)


def view_of(*, row: FreightTemplate, product_count: int = 0) -> TemplateView:
    """A row as others see it. No query."""
    return TemplateView(
        id=row.id,
        shop_id=row.shop_id,
        name=row.name,
        measure=Measure(row.measure),
        is_default=row.is_default,
        zones=msgspec.convert(row.zones, tuple[Zone, ...]),
        refused=tuple(row.refused),
        product_count=product_count,
    )
