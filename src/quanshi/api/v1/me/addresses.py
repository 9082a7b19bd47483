"""The address book of a person, and the regions of China that addresses name."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from quanshi.accounts import selectors, services
from quanshi.accounts.types import MOST_ADDRESSES, AddressInput, AddressView
from quanshi.api.v1 import etags, writes
from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import In
from quanshi.kernel.access import EVERYONE, SIGNED_IN, open_to
from quanshi.tokens.types import Scope

router = Router(tags=["me"])


class RegionOut(BaseModel):
    code: str
    name: str


class RegionList(BaseModel):
    data: list[RegionOut]


class RegionQuery(In):
    province: str = Field(default="", max_length=6, description="a province's code, for its cities")
    city: str = Field(default="", max_length=6, description="a city's code, for its districts")


class AddressIn(In):
    """An address. With `region_code`, a district of China, the region is written by us."""

    recipient: str = Field(max_length=200)
    phone: str = Field(max_length=200)
    street: str = Field(max_length=400)
    country: str = Field(default="CN", max_length=2)
    region_code: str = Field(default="", max_length=6, examples=["330106"])
    region: str = Field(default="", max_length=400)
    postcode: str = Field(default="", max_length=200)
    label: str = Field(default="", max_length=200, description="what the person calls it")
    is_default: bool = Field(default=False, description="checkouts begin with it; the first one of a book always is")

    def fields(self) -> dict[str, Any]:
        """As the service takes it."""
        given = self.model_dump()
        return {"is_default": given.pop("is_default"), "address": AddressInput(**given)}


class AddressOut(BaseModel):
    address_id: UUID
    label: str
    recipient: str
    phone: str
    country: str
    region_code: str
    region: str
    street: str
    postcode: str
    is_default: bool

    @classmethod
    def of(cls, address: AddressView) -> AddressOut:
        given = asdict(address)
        return cls(address_id=given.pop("id"), **given)


class AddressList(BaseModel):
    data: list[AddressOut] = Field(max_length=MOST_ADDRESSES)


@router.get("regions", response=RegionList, operation_id="listRegions", auth=Door(Door.ANY))
@open_to(EVERYONE)
def list_regions(request: HttpRequest, query: Query[RegionQuery]) -> RegionList:  # noqa: ARG001 - the same for everybody
    """China's provinces; with `province` its cities, with `city` its districts, whose codes an address takes."""
    if query.city:
        found = selectors.districts(city=query.city)
    elif query.province:
        found = selectors.cities(province=query.province)
    else:
        found = selectors.provinces()
    return RegionList(data=[RegionOut(code=region.code, name=region.name) for region in found])


@router.get("me/addresses", response=AddressList, operation_id="listAddresses", auth=Door(Scope.READ_ME))
@open_to(SIGNED_IN)
def list_addresses(request: HttpRequest) -> AddressList:
    """The whole book, at most 30: the default first, then the newest."""
    book = selectors.addresses_of(person_id=visitor_of(request).actor.id)
    return AddressList(data=[AddressOut.of(address) for address in book])


@router.post("me/addresses", response={201: AddressOut}, operation_id="addAddress", auth=Door(Scope.WRITE_ME))
@open_to(SIGNED_IN)
def add_address(request: HttpRequest, body: AddressIn) -> AddressOut:
    """Put an address into the book. The same address again is the one that is there."""

    def act() -> UUID:
        return services.save_address(person_id=visitor_of(request).actor.id, **body.fields())

    return _address(request, writes.once_about(request, act))


@router.get("me/addresses/{uuid:address_id}", response=AddressOut, operation_id="readAddress", auth=Door(Scope.READ_ME))
@open_to(SIGNED_IN)
def read_address(request: HttpRequest, address_id: UUID) -> AddressOut:
    """One address of the book."""
    return _address(request, address_id)


@router.put(
    "me/addresses/{uuid:address_id}", response=AddressOut, operation_id="changeAddress", auth=Door(Scope.WRITE_ME)
)
@open_to(SIGNED_IN)
def change_address(request: HttpRequest, address_id: UUID, body: AddressIn) -> AddressOut:
    """Put another address in the place of one. Orders keep the one that they were placed with.

    With If-Match: only if it is still what was read.
    """

    def check(before: AddressView) -> None:
        etags.check_match(request, AddressOut.of(before))

    def act() -> UUID:
        return services.save_address(
            person_id=visitor_of(request).actor.id, address_id=address_id, check=check, **body.fields()
        )

    return _address(request, writes.once_about(request, act))


@router.post(
    "me/addresses/{uuid:address_id}/default",
    response={204: None},
    operation_id="makeDefaultAddress",
    auth=Door(Scope.WRITE_ME, has_key=False),
)
@open_to(SIGNED_IN)
def make_default(request: HttpRequest, address_id: UUID) -> None:
    """Let checkouts begin with this address."""
    services.make_default_address(person_id=visitor_of(request).actor.id, address_id=address_id)


@router.delete(
    "me/addresses/{uuid:address_id}",
    response={204: None},
    operation_id="removeAddress",
    auth=Door(Scope.WRITE_ME, has_key=False),
)
@open_to(SIGNED_IN)
def remove_address(request: HttpRequest, address_id: UUID) -> None:
    """Take an address out of the book. If it was the default, the newest of the others is from then on."""
    services.delete_address(person_id=visitor_of(request).actor.id, address_id=address_id)


def _address(request: HttpRequest, address_id: UUID) -> AddressOut:
    """Raises: AddressNotFound."""
    return AddressOut.of(selectors.address_of(person_id=visitor_of(request).actor.id, address_id=address_id))
