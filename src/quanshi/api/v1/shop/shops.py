"""Opening a shop, and how it presents itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Router
from ninja.files import UploadedFile
from pydantic import BaseModel, Field

from quanshi.accounts.types import ActorKind
from quanshi.api.v1 import etags, writes
from quanshi.api.v1.caller import FORM, Door, TokenVisitor, refuse_shop_token, visitor_of
from quanshi.api.v1.shapes import In
from quanshi.kernel.access import SIGNED_IN, open_to, staff
from quanshi.kernel.errors import NotAllowed
from quanshi.shops import selectors, services
from quanshi.shops.errors import ShopNotFound
from quanshi.shops.types import ShopState, ShopView
from quanshi.tokens.types import Scope

router = Router(tags=["shops"])


class ShopIn(In):
    name: str = Field(max_length=80, examples=["Tarn & Lea"])
    slug: str | None = Field(
        default=None, max_length=48, description="its address, /s/<slug>, for life; made from the name when left out"
    )
    currency: str = Field(default="CNY", min_length=3, max_length=3, description="ISO 4217, for life", examples=["CNY"])
    tagline: str = Field(default="", max_length=160)


class ShopWordsShape(In):
    """A shop in another language; what is empty is said as in its own words."""

    name: str = Field(default="", max_length=80)
    tagline: str = Field(default="", max_length=160)


class ShopChangesIn(In):
    """What is left out stays as it is."""

    name: str | None = Field(default=None, max_length=80)
    tagline: str | None = Field(default=None, max_length=160)
    accent: str | None = Field(default=None, max_length=7, examples=["#d6402b"])
    translations: dict[str, ShopWordsShape] | None = Field(
        default=None,
        max_length=20,
        description="by language, in place of all that there are",
        examples=[{"en": {"name": "Tarn & Lea", "tagline": "Tea"}}],
    )
    state: Literal["open", "paused"] | None = None
    contact_phone: str | None = Field(default=None, max_length=24, description="shown to everybody; empty for none")
    contact_email: str | None = Field(default=None, max_length=254)
    contact_wechat: str | None = Field(default=None, max_length=30)


class ShopOut(BaseModel):
    shop_id: UUID
    slug: str
    name: str
    tagline: str
    accent: str
    currency: str
    state: Literal["open", "paused", "stopped", "closing", "closed"]
    sales_end_at: datetime | None = Field(description="its closing is announced: from then on it takes no orders")
    closed_at: datetime | None
    logo_url: str
    contact_phone: str
    contact_email: str
    contact_wechat: str

    @staticmethod
    def fields(shop: ShopView) -> dict[str, Any]:
        return {
            "shop_id": shop.id,
            "slug": shop.slug,
            "name": shop.name,
            "tagline": shop.tagline,
            "accent": shop.accent,
            "currency": shop.currency,
            "state": shop.state.value,
            "sales_end_at": shop.sales_end_at,
            "closed_at": shop.closed_at,
            "logo_url": shop.logo_url,
            "contact_phone": shop.contact_phone,
            "contact_email": shop.contact_email,
            "contact_wechat": shop.contact_wechat,
        }

    @classmethod
    def of(cls, shop: ShopView) -> ShopOut:
        return cls(**cls.fields(shop))


class WholeShopOut(ShopOut):
    """With its words in other languages."""

    translations: dict[str, ShopWordsShape]


class ShopList(BaseModel):
    data: list[ShopOut]


@router.post("shops", response={201: ShopOut}, operation_id="openShop", auth=Door(Scope.WRITE_SHOP))
@open_to(SIGNED_IN)
def open_shop(request: HttpRequest, body: ShopIn) -> Any:
    """Open a shop; the caller owns it. Takes a personal token, or somebody who is signed in."""
    refuse_shop_token(request)

    def act() -> ShopOut:
        given = body.model_dump(exclude={"slug"})
        slug = body.slug or selectors.free_slug(name=body.name)
        return ShopOut.of(services.open_shop(actor=visitor_of(request).actor, slug=slug, **given))

    return writes.once(request, act)


@router.get("shops", response=ShopList, operation_id="listShops", auth=Door(Scope.READ_SHOP))
@open_to(SIGNED_IN)
def list_shops(request: HttpRequest) -> ShopList:
    """The shops that the caller works in, the oldest membership first; for a shop's token that shop."""
    visitor = visitor_of(request)
    if visitor.actor.kind is not ActorKind.PERSON:
        raise NotAllowed(operation="list_shops")
    only = visitor.bearer.shop_id if isinstance(visitor, TokenVisitor) else None
    shops = selectors.shops_of(person_id=visitor.actor.id, locale="")
    return ShopList(data=[ShopOut.of(shop) for shop in shops if only in {None, shop.id}])


@router.get("shops/{uuid:shop_id}", response=WholeShopOut, operation_id="readShop", auth=Door(Scope.READ_SHOP))
@open_to(staff("view_today"))
def read_shop(request: HttpRequest, shop_id: UUID) -> WholeShopOut:  # noqa: ARG001 - ninja names it
    """One shop in the words in which it was written."""
    return _shop(shop_id)


@router.patch("shops/{uuid:shop_id}", response=WholeShopOut, operation_id="changeShop", auth=Door(Scope.WRITE_SHOP))
@open_to(staff("manage_settings"))
def change_shop(request: HttpRequest, shop_id: UUID, body: ShopChangesIn) -> Any:
    """Change what is given. With If-Match: only if it is still what was read."""

    def act() -> WholeShopOut:
        services.hold_shop(actor=visitor_of(request).actor, shop_id=shop_id)
        etags.check_match(request, _shop(shop_id))
        changes: Any = body.model_dump(exclude_none=True)
        if "state" in changes:
            changes["state"] = ShopState(changes["state"])
        services.update_shop(actor=visitor_of(request).actor, shop_id=shop_id, **changes)
        return _shop(shop_id)

    return writes.once(request, act)


@router.post(
    "shops/{uuid:shop_id}/logo",
    response={201: WholeShopOut},
    operation_id="setLogo",
    auth=Door(Scope.WRITE_SHOP, content=FORM, has_key=False),
)
@open_to(staff("manage_settings"))
def set_logo(request: HttpRequest, shop_id: UUID, file: File[UploadedFile]) -> WholeShopOut:
    """Make a picture (PNG, JPEG, WebP; 2 MB) the shop's logo, a square of 256 pixels. The same file changes nothing."""
    services.set_logo(actor=visitor_of(request).actor, shop_id=shop_id, file=file)
    return _shop(shop_id)


@router.delete(
    "shops/{uuid:shop_id}/logo",
    response={204: None},
    operation_id="removeLogo",
    auth=Door(Scope.WRITE_SHOP, has_key=False),
)
@open_to(staff("manage_settings"))
def remove_logo(request: HttpRequest, shop_id: UUID) -> None:
    """Show the first letter of the shop's name instead. A logo that is gone is gone."""
    services.remove_logo(actor=visitor_of(request).actor, shop_id=shop_id)


def _shop(shop_id: UUID) -> WholeShopOut:
    found = selectors.shops_by_id(shop_ids=[shop_id], locale="").get(shop_id)
    if found is None:
        raise ShopNotFound(shop_id=shop_id)
    words = selectors.shop_texts(shop_id=shop_id)
    translations = {locale: ShopWordsShape(**said) for locale, said in words.items() if locale}
    return WholeShopOut(**ShopOut.fields(found), translations=translations)
