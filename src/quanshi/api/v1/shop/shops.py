"""Opening a shop, and how it presents itself."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from quanshi.accounts.types import ActorKind
from quanshi.api.v1 import etags, writes
from quanshi.api.v1.caller import Door, TokenVisitor, refuse_shop_token, visitor_of
from quanshi.api.v1.shapes import In, MoneyOut
from quanshi.kernel.errors import NotAllowed
from quanshi.shops import selectors, services
from quanshi.shops.errors import ShopNotFound
from quanshi.shops.types import ShopState, ShopView
from quanshi.tokens.types import Scope

router = Router(tags=["shops"])

Minor = Annotated[int, Field(ge=0, le=2**53 - 1, strict=True)]


class ShopIn(In):
    name: str = Field(max_length=80, examples=["Tarn & Lea"])
    slug: str | None = Field(
        default=None, max_length=48, description="its address, /s/<slug>, for life; made from the name when left out"
    )
    currency: str = Field(default="CNY", min_length=3, max_length=3, description="ISO 4217, for life", examples=["CNY"])
    tagline: str = Field(default="", max_length=160)
    freight_minor: Minor = Field(default=0, description="what delivery costs, in minor units")
    free_freight_from_minor: Minor | None = Field(default=None, description="from this much on delivery is free")


class ShopChangesIn(In):
    """What is left out stays as it is."""

    name: str | None = Field(default=None, max_length=80)
    tagline: str | None = Field(default=None, max_length=160)
    accent: str | None = Field(default=None, max_length=7, examples=["#d6402b"])
    freight_minor: Minor | None = None
    free_freight_from_minor: Minor | None = Field(default=None, description="null: delivery is never free")
    state: Literal["open", "paused"] | None = None


class ShopOut(Schema):
    shop_id: UUID
    slug: str
    name: str
    tagline: str
    accent: str
    currency: str
    freight: MoneyOut
    free_freight_from: MoneyOut | None
    state: Literal["open", "paused"]
    logo_url: str

    @classmethod
    def of(cls, shop: ShopView) -> ShopOut:
        free = shop.free_freight_from_minor
        return cls(
            shop_id=shop.id,
            slug=shop.slug,
            name=shop.name,
            tagline=shop.tagline,
            accent=shop.accent,
            currency=shop.currency,
            freight=MoneyOut.of_minor(shop.freight_minor, shop.currency),
            free_freight_from=None if free is None else MoneyOut.of_minor(free, shop.currency),
            state=shop.state.value,
            logo_url=shop.logo_url,
        )


class ShopList(Schema):
    data: list[ShopOut]


@router.post("shops", response={201: ShopOut}, operation_id="openShop", auth=Door(Scope.WRITE_SHOP))
def open_shop(request: HttpRequest, body: ShopIn) -> Any:
    """Open a shop; the caller owns it. Takes a personal token, or somebody who is signed in."""
    refuse_shop_token(request)

    def act() -> ShopOut:
        given = body.dict(exclude={"slug"})
        slug = body.slug or selectors.free_slug(name=body.name)
        return ShopOut.of(services.open_shop(actor=visitor_of(request).actor, slug=slug, **given))

    return writes.once(request, act)


@router.get("shops", response=ShopList, operation_id="listShops", auth=Door(Scope.READ_SHOP))
def list_shops(request: HttpRequest) -> ShopList:
    """The shops that the caller works in, the oldest membership first; for a shop's token that shop."""
    visitor = visitor_of(request)
    if visitor.actor.kind is not ActorKind.PERSON:
        raise NotAllowed(operation="list_shops")
    only = visitor.bearer.shop_id if isinstance(visitor, TokenVisitor) else None
    shops = selectors.shops_of(person_id=visitor.actor.id, locale="")
    return ShopList(data=[ShopOut.of(shop) for shop in shops if only in {None, shop.id}])


@router.get("shops/{uuid:shop_id}", response=ShopOut, operation_id="readShop", auth=Door(Scope.READ_SHOP))
def read_shop(request: HttpRequest, shop_id: UUID) -> ShopOut:  # noqa: ARG001 - ninja names it
    """One shop in the words in which it was written."""
    return _shop(shop_id)


@router.patch("shops/{uuid:shop_id}", response=ShopOut, operation_id="changeShop", auth=Door(Scope.WRITE_SHOP))
def change_shop(request: HttpRequest, shop_id: UUID, body: ShopChangesIn) -> Any:
    """Change what is given. With If-Match: only if it is still what was read."""

    def act() -> ShopOut:
        services.hold_shop(actor=visitor_of(request).actor, shop_id=shop_id)
        etags.check_match(request, _shop(shop_id))
        changes: Any = {
            name: value
            for name, value in body.dict(exclude_unset=True).items()
            if value is not None or name == "free_freight_from_minor"
        }
        if "state" in changes:
            changes["state"] = ShopState(changes["state"])
        services.update_shop(actor=visitor_of(request).actor, shop_id=shop_id, **changes)
        return _shop(shop_id)

    return writes.once(request, act)


def _shop(shop_id: UUID) -> ShopOut:
    found = selectors.shops_by_id(shop_ids=[shop_id], locale="").get(shop_id)
    if found is None:
        raise ShopNotFound(shop_id=shop_id)
    return ShopOut.of(found)
