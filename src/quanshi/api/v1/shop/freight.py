"""What delivery costs: a shop's freight templates. Which one a product goes by is said where products are."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from quanshi.api.v1 import etags, writes
from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import In, MoneyIn, MoneyOut
from quanshi.fulfilment import selectors, services
from quanshi.fulfilment.types import Measure, TemplateView, Zone
from quanshi.kernel.access import open_to, staff
from quanshi.shops import selectors as shops
from quanshi.tokens.types import Scope

router = Router(tags=["freight"])

Counted = Literal["order", "count", "weight"]
Units = Annotated[int, Field(ge=1, le=1_000_000, strict=True, description="pieces, or grams")]
Region = Annotated[str, Field(min_length=1, max_length=60)]
REGIONS = "provinces, cities and countries by GB 2260 or ISO 3166 code, or by name"


class ZoneIn(In):
    """What delivery to some regions costs: `first` for `first_units`, `next` for each `next_units` that are begun."""

    regions: list[Region] = Field(
        default_factory=list,
        max_length=400,
        description=f"{REGIONS}; none: everywhere that no other zone names",
        examples=[["310000", "Zhejiang"]],
    )
    first: MoneyIn
    first_units: Units = 1
    next: MoneyIn | None = Field(default=None, description="null: nothing, however much it is")
    next_units: Units = 1
    free_from: MoneyIn | None = Field(default=None, description="goods of this template worth so much go free")
    free_from_count: Units | None = Field(default=None, description="so many pieces of this template go free")

    def zone(self, currency: str) -> Zone:
        """Raises: InvalidInput."""
        free_from = self.free_from
        return Zone(
            regions=tuple(self.regions),
            first_minor=self.first.minor_in(currency, field="first"),
            first_units=self.first_units,
            next_minor=0 if self.next is None else self.next.minor_in(currency, field="next"),
            next_units=self.next_units,
            free_from_minor=None if free_from is None else free_from.minor_in(currency, field="free_from"),
            free_from_count=self.free_from_count,
        )


class FreightTemplateIn(In):
    name: str = Field(max_length=40, examples=["Parcels"])
    measure: Counted = Field(description="one price an order, by number of pieces, or by weight in grams")
    zones: list[ZoneIn] = Field(min_length=1, max_length=40)
    refused: list[Region] = Field(default_factory=list, max_length=400, description=f"where nothing goes: {REGIONS}")
    is_default: bool = Field(
        default=False,
        description="for all goods that name no other. The first one always is; to let go of it, make another one it",
    )

    def fields(self, currency: str) -> dict[str, Any]:
        """What `save_template` takes. Raises: InvalidInput."""
        return {
            "name": self.name,
            "measure": Measure(self.measure),
            "zones": [zone.zone(currency) for zone in self.zones],
            "refused": self.refused,
            "is_default": self.is_default,
        }


class ZoneOut(BaseModel):
    """As it was written, regions by their codes."""

    regions: list[str]
    first: MoneyOut
    first_units: int
    next: MoneyOut | None
    next_units: int
    free_from: MoneyOut | None
    free_from_count: int | None

    @classmethod
    def of(cls, zone: Zone, currency: str) -> ZoneOut:
        free_from = zone.free_from_minor
        return cls(
            regions=list(zone.regions),
            first=MoneyOut.of_minor(zone.first_minor, currency),
            first_units=zone.first_units,
            next=MoneyOut.of_minor(zone.next_minor, currency) if zone.next_minor else None,
            next_units=zone.next_units,
            free_from=None if free_from is None else MoneyOut.of_minor(free_from, currency),
            free_from_count=zone.free_from_count,
        )


class FreightTemplateOut(BaseModel):
    template_id: UUID
    name: str
    measure: Counted
    zones: list[ZoneOut]
    refused: list[str] = Field(description="codes of regions where nothing goes")
    is_default: bool

    @classmethod
    def of(cls, template: TemplateView, currency: str) -> FreightTemplateOut:
        return cls(
            template_id=template.id,
            name=template.name,
            measure=template.measure.value,
            zones=[ZoneOut.of(zone, currency) for zone in template.zones],
            refused=list(template.refused),
            is_default=template.is_default,
        )


class FreightTemplateList(BaseModel):
    data: list[FreightTemplateOut]


@router.get(
    "shops/{uuid:shop_id}/freight-templates",
    response=FreightTemplateList,
    operation_id="listFreightTemplates",
    auth=Door(Scope.READ_SHOP),
)
@open_to(staff("view_today"))
def list_templates(request: HttpRequest, shop_id: UUID) -> FreightTemplateList:  # noqa: ARG001 - ninja names it
    """The shop's templates, the default first. Without any, delivery is free."""
    currency = _currency(shop_id)
    found = selectors.templates(shop_id=shop_id)
    return FreightTemplateList(data=[FreightTemplateOut.of(template, currency) for template in found])


@router.post(
    "shops/{uuid:shop_id}/freight-templates",
    response={201: FreightTemplateOut},
    operation_id="addFreightTemplate",
    auth=Door(Scope.WRITE_SHOP),
)
@open_to(staff("manage_settings"))
def add_template(request: HttpRequest, shop_id: UUID, body: FreightTemplateIn) -> Any:
    """One more template; the first one is the default."""
    return writes.once(request, lambda: _saved(request, shop_id, body, None))


@router.get(
    "shops/{uuid:shop_id}/freight-templates/{uuid:template_id}",
    response=FreightTemplateOut,
    operation_id="readFreightTemplate",
    auth=Door(Scope.READ_SHOP),
)
@open_to(staff("view_today"))
def read_template(request: HttpRequest, shop_id: UUID, template_id: UUID) -> FreightTemplateOut:  # noqa: ARG001 - as above
    """One template of the shop."""
    found = selectors.template(shop_id=shop_id, template_id=template_id)
    return FreightTemplateOut.of(found, _currency(shop_id))


@router.put(
    "shops/{uuid:shop_id}/freight-templates/{uuid:template_id}",
    response=FreightTemplateOut,
    operation_id="replaceFreightTemplate",
    auth=Door(Scope.WRITE_SHOP),
)
@open_to(staff("manage_settings"))
def replace_template(request: HttpRequest, shop_id: UUID, template_id: UUID, body: FreightTemplateIn) -> Any:
    """Make a template what is said here. Quotes that are out keep what they were made with.

    With If-Match: only if it is still what was read.
    """
    return writes.once(request, lambda: _saved(request, shop_id, body, template_id))


@router.delete(
    "shops/{uuid:shop_id}/freight-templates/{uuid:template_id}",
    response={204: None},
    operation_id="removeFreightTemplate",
    auth=Door(Scope.WRITE_SHOP),
)
@open_to(staff("manage_settings"))
def remove_template(request: HttpRequest, shop_id: UUID, template_id: UUID) -> None:
    """Take a template away; goods that named it go by the default, which goes last. With If-Match: only if it is that.

    409 `freight_template_is_default` while there are others.
    """
    actor = visitor_of(request).actor

    def act() -> None:
        held = services.hold_template(actor=actor, shop_id=shop_id, template_id=template_id)
        etags.check_match(request, FreightTemplateOut.of(held, _currency(shop_id)))
        services.delete_template(actor=actor, shop_id=shop_id, template_id=template_id)

    writes.once_silently(request, act)


def _saved(
    request: HttpRequest, shop_id: UUID, body: FreightTemplateIn, template_id: UUID | None
) -> FreightTemplateOut:
    actor, currency = visitor_of(request).actor, _currency(shop_id)
    if template_id is not None:
        held = services.hold_template(actor=actor, shop_id=shop_id, template_id=template_id)
        etags.check_match(request, FreightTemplateOut.of(held, currency))
    saved = services.save_template(actor=actor, shop_id=shop_id, template_id=template_id, **body.fields(currency))
    return FreightTemplateOut.of(saved, currency)


def _currency(shop_id: UUID) -> str:
    return shops.shops_by_id(shop_ids=[shop_id], locale="")[shop_id].currency
