"""What delivery costs by a shop's templates.

Each template reckons with its own goods alone, and the order pays the sum of what its templates ask. So goods of
another template change nothing in what these cost, and every template is a line of its own in the quote. Within a
template more pieces or more weight never cost less, until its own goods reach what makes it free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from quanshi.fulfilment.types import FreightCharge, FreightGoods, Measure, TemplateView, Zone


def zone_for(template: TemplateView, *, place: Sequence[str]) -> Zone | None:
    """What applies at `place` (codes, the smallest first); None where the template does not deliver.

    The smallest region that is named at all decides, be it by a zone or by a refusal.
    """
    by_region: Mapping[str, Zone] = {region: zone for zone in template.zones for region in zone.regions}
    for code in place:
        if code in template.refused:
            return None
        if code in by_region:
            return by_region[code]
    return next((zone for zone in template.zones if not zone.regions), None)


def charge(template: TemplateView, zone: Zone, goods: Sequence[FreightGoods]) -> FreightCharge:
    """What the template asks for its goods, and whether it is waived."""
    count = sum(line.units for line in goods)
    amount_minor = sum(line.amount_minor for line in goods)
    measured = {Measure.ORDER: 0, Measure.COUNT: count, Measure.WEIGHT: sum(line.grams for line in goods)}
    more = max(0, measured[template.measure] - zone.first_units)
    minor = zone.first_minor + -(-more // zone.next_units) * zone.next_minor
    is_free = (zone.free_from_minor is not None and amount_minor >= zone.free_from_minor) or (
        zone.free_from_count is not None and count >= zone.free_from_count
    )
    return FreightCharge(name=template.name, minor=minor, waived_minor=minor if is_free else 0)
