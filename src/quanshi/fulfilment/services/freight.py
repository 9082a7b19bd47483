from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction

from quanshi.accounts.types import Actor
from quanshi.catalog import selectors as catalog
from quanshi.catalog import services as goods
from quanshi.fulfilment.errors import TemplateIsDefault, TemplateNotFound, TooManyTemplates
from quanshi.fulfilment.models import FreightProduct, FreightTemplate
from quanshi.fulfilment.rules import regions
from quanshi.fulfilment.selectors.freight import view_of
from quanshi.fulfilment.types import Measure, TemplateView, Zone
from quanshi.kernel import clock
from quanshi.kernel.errors import InvalidInput
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, StaffAction

NAME_LENGTH: Final = 40
MOST_TEMPLATES: Final = 20
MOST_ZONES: Final = 40
MOST_MINOR: Final = 100_000_000  # a million yuan: what is above is a slip of the hand
MOST_UNITS: Final = 1_000_000  # a tonne, in grams


def save_template(
    *,
    actor: Actor,
    shop_id: UUID,
    name: str,
    measure: Measure,
    zones: Sequence[Zone],
    refused: Sequence[str] = (),
    template_id: UUID | None = None,
    is_default: bool = False,
) -> TemplateView:
    """Make a freight template, or make the one of `template_id` what is said here. The first one is the default.

    `is_default` takes the place of the one before; to let go of it, make another one the default. Regions are given by
    name, GB code or ISO country code. Quotes that are out keep what they were made with.
    Idempotent for a known template. Emits nothing.
    Raises: NotAllowed, InvalidInput (field name, measure, zones, regions or refused), TemplateNotFound,
    TooManyTemplates.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    fields = {
        "name": _name(name),
        "measure": Measure(measure),
        "zones": msgspec.to_builtins(_zones(zones, measure, refused=(known := _regions(refused, field="refused")))),
        "refused": list(known),
        "updated_at": clock.now(),
    }
    try:
        with transaction.atomic():
            held = list(FreightTemplate.objects.select_for_update().filter(shop_id=shop_id).order_by("id"))
            row = _row(held, shop_id=shop_id, template_id=template_id)
            wants_default = is_default or row.is_default or not held
            if wants_default:
                FreightTemplate.objects.filter(shop_id=shop_id).exclude(id=row.id).update(is_default=False)
            for field, value in {**fields, "is_default": wants_default}.items():
                setattr(row, field, value)
            row.save()
            shops.record_action(
                actor=actor,
                shop_id=shop_id,
                action=StaffAction.DELIVERY_FREIGHT_SAVED,
                subject_id=row.id,
                subject=row.name,
                after={"measure": row.measure, "is_default": row.is_default},
            )
    except IntegrityError:  # the name, or two first templates at once: the other one stands
        raise InvalidInput(field="name", value=name[:NAME_LENGTH], reason="taken") from None
    return view_of(row=row)


def _row(held: Sequence[FreightTemplate], *, shop_id: UUID, template_id: UUID | None) -> FreightTemplate:
    if template_id is None:
        if len(held) >= MOST_TEMPLATES:
            raise TooManyTemplates(limit=MOST_TEMPLATES)
        return FreightTemplate(shop_id=shop_id)
    found = next((row for row in held if row.id == template_id), None)
    if found is None:
        raise TemplateNotFound(template_id=template_id)
    return found


def hold_template(  # house: staff-work-is-recorded it changes nothing
    *, actor: Actor, shop_id: UUID, template_id: UUID
) -> TemplateView:
    """Let nobody else change a template until the transaction in progress ends, so that what is read of it stays true.

    Emits nothing. Raises: NotAllowed, TemplateNotFound.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    # all of them: another one that becomes the default changes this one
    held = list(FreightTemplate.objects.select_for_update().filter(shop_id=shop_id).order_by("id"))
    return view_of(row=_row(held, shop_id=shop_id, template_id=template_id))


def delete_template(*, actor: Actor, shop_id: UUID, template_id: UUID) -> None:
    """Delete a template; goods that named it go by the default. The default goes last; then delivery is free.

    Not idempotent: the second call finds none. Emits nothing.
    Raises: NotAllowed, TemplateNotFound, TemplateIsDefault.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    with transaction.atomic():
        held = list(FreightTemplate.objects.select_for_update().filter(shop_id=shop_id).order_by("id"))
        row = _row(held, shop_id=shop_id, template_id=template_id)
        if row.is_default and len(held) > 1:
            raise TemplateIsDefault(template_id=template_id)
        subject_id = row.id
        row.delete()
        shops.record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.DELIVERY_FREIGHT_DELETED,
            subject_id=subject_id,
            subject=row.name,
        )


def set_product_template(*, actor: Actor, shop_id: UUID, product_id: UUID, template_id: UUID | None) -> None:
    """Let a product go by a template of its own, or by its shop's default for none. Idempotent. Emits nothing.

    Raises: NotAllowed, ProductNotFound, TemplateNotFound.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_GOODS)
    with transaction.atomic():
        goods.hold_product(actor=actor, shop_id=shop_id, product_id=product_id)
        product = catalog.product_to_edit(shop_id=shop_id, product_id=product_id)
        if template_id and not FreightTemplate.objects.filter(shop_id=shop_id, id=template_id).exists():
            raise TemplateNotFound(template_id=template_id)
        own = FreightProduct.objects.filter(shop_id=shop_id, product_id=product_id)
        before = own.values_list("template_id", flat=True).first()
        if before == template_id:
            return
        if template_id is None:
            own.delete()
        else:
            FreightProduct.objects.update_or_create(
                product_id=product_id, defaults={"shop_id": shop_id, "template_id": template_id}
            )
        shops.record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.GOODS_FREIGHT_SET,
            subject_id=product_id,
            subject=product.title,
            before={"template": str(before or "")},
            after={"template": str(template_id or "")},
        )


def _name(name: str) -> str:
    plain = " ".join(name.split())
    if not plain or len(plain) > NAME_LENGTH or not plain.isprintable():
        raise InvalidInput(field="name", value=plain[:NAME_LENGTH], reason="required" if not plain else "too_long")
    return plain


def _zones(zones: Sequence[Zone], measure: Measure, *, refused: Iterable[str]) -> list[Zone]:
    """The zones with their regions as codes. Raises: InvalidInput."""
    if not 1 <= len(zones) <= MOST_ZONES:
        raise InvalidInput(field="zones", value=str(len(zones)), reason=f"use 1 to {MOST_ZONES}")
    checked = [_zone(zone, measure) for zone in zones]
    if sum(not zone.regions for zone in checked) > 1:
        raise InvalidInput(field="regions", value="", reason="name_the_regions")
    named = [*refused, *(region for zone in checked for region in zone.regions)]
    twice = next((code for code in named if named.count(code) > 1), None)
    if twice is not None:
        value = regions.name_of(twice, locale="zh-hans")
        raise InvalidInput(field="regions", value=value, reason="region_twice")
    return checked


def _zone(zone: Zone, measure: Measure) -> Zone:
    amounts = {"first_minor": zone.first_minor, "next_minor": zone.next_minor, "free_from_minor": zone.free_from_minor}
    for field, minor in amounts.items():
        if minor is not None and not 0 <= minor <= MOST_MINOR:
            raise InvalidInput(field=field, value=str(minor), reason="out_of_range")
    counts = {
        "first_units": zone.first_units,
        "next_units": zone.next_units,
        "free_from_count": zone.free_from_count,
    }
    for field, units in counts.items():
        if units is not None and not 1 <= units <= MOST_UNITS:
            raise InvalidInput(field=field, value=str(units), reason="out_of_range")
    if measure is Measure.ORDER:  # nothing is counted, so nothing further can cost anything
        zone = msgspec.structs.replace(zone, first_units=1, next_units=1, next_minor=0)
    return msgspec.structs.replace(zone, regions=_regions(zone.regions, field="regions"))


def _regions(names: Sequence[str], *, field: str) -> tuple[str, ...]:
    codes = [(name, regions.code_of(name)) for name in names]
    for name, code in codes:
        if code is None:
            raise InvalidInput(field=field, value=name[:60], reason="not_a_region")
    return tuple(dict.fromkeys(code for _name, code in codes if code is not None))
