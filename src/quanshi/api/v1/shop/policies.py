"""What a shop tells everybody: delivery, returns, privacy, about it, its licence; each in versions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from quanshi.api.v1 import etags, pages, writes
from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import In
from quanshi.kernel.access import open_to, staff
from quanshi.storefront import selectors, services
from quanshi.storefront.types import PolicyKind, PolicyVersionView
from quanshi.tokens.types import Scope

router = Router(tags=["storefront"])

Text = Annotated[str, Field(max_length=20_000)]


class PolicyIn(In):
    """As a whole: what is left out is not said any more."""

    text: Text = Field(
        default="",
        description='in the shop\'s own language; "# " begins a heading, "- " an item of a list',
        examples=["# Returns\n\nWithin seven days."],
    )
    translations: dict[str, Text] = Field(
        default_factory=dict, max_length=20, description="by language", examples=[{"en": "Within seven days."}]
    )


class PolicyOut(BaseModel):
    kind: PolicyKind
    number: int = Field(description="of the version; 0: nothing was ever said of it")
    published_at: datetime | None
    text: str
    translations: dict[str, str]

    @classmethod
    def of(cls, kind: PolicyKind, said: PolicyVersionView | None) -> PolicyOut:
        texts = {} if said is None else said.texts
        return cls(
            kind=kind,
            number=0 if said is None else said.number,
            published_at=None if said is None else said.published_at,
            text=texts.get("", ""),
            translations={locale: text for locale, text in texts.items() if locale},
        )


class PolicyList(BaseModel):
    data: list[PolicyOut]


class PolicyPage(BaseModel):
    data: list[PolicyOut]
    next: pages.Next


@router.get(
    "shops/{uuid:shop_id}/policies", response=PolicyList, operation_id="listPolicies", auth=Door(Scope.READ_SHOP)
)
@open_to(staff("view_today"))
def list_policies(request: HttpRequest, shop_id: UUID) -> PolicyList:  # noqa: ARG001 - ninja names it
    """What the shop says of each matter now, in the order of a foot."""
    said = selectors.current_policies(shop_id=shop_id)
    return PolicyList(data=[PolicyOut.of(kind, said.get(kind)) for kind in PolicyKind])


@router.get(
    "shops/{uuid:shop_id}/policies/{kind}",
    response=PolicyOut,
    operation_id="readPolicy",
    auth=Door(Scope.READ_SHOP),
)
@open_to(staff("view_today"))
def read_policy(request: HttpRequest, shop_id: UUID, kind: PolicyKind) -> PolicyOut:  # noqa: ARG001 - as above
    """What the shop says of one matter now."""
    return _policy(shop_id, kind)


@router.put(
    "shops/{uuid:shop_id}/policies/{kind}",
    response=PolicyOut,
    operation_id="publishPolicy",
    auth=Door(Scope.WRITE_SHOP),
)
@open_to(staff("manage_settings"))
def publish_policy(request: HttpRequest, shop_id: UUID, kind: PolicyKind, body: PolicyIn) -> Any:
    """Say it from now on, as a new version; the same words are none. Without any it is taken back.

    Older versions stay: orders were placed under them. With If-Match: only if it is still what was read.
    """
    actor = visitor_of(request).actor

    def act() -> PolicyOut:
        services.hold_policies(actor=actor, shop_id=shop_id)
        etags.check_match(request, _policy(shop_id, kind))
        services.save_policy(actor=actor, shop_id=shop_id, kind=kind, texts={**body.translations, "": body.text})
        return _policy(shop_id, kind)

    return writes.once(request, act)


@router.get(
    "shops/{uuid:shop_id}/policies/{kind}/versions",
    response=PolicyPage,
    operation_id="listPolicyVersions",
    auth=Door(Scope.READ_SHOP),
)
@open_to(staff("view_today"))
def list_versions(request: HttpRequest, shop_id: UUID, kind: PolicyKind, query: Query[pages.PageQuery]) -> PolicyPage:
    """All that the shop has said of a matter, newest first."""
    page = selectors.policy_versions(shop_id=shop_id, kind=kind, cursor=query.cursor, limit=query.limit)
    return PolicyPage(
        data=[PolicyOut.of(kind, version) for version in page.versions], next=pages.next_of(request, page.next_cursor)
    )


def _policy(shop_id: UUID, kind: PolicyKind) -> PolicyOut:
    return PolicyOut.of(kind, selectors.current_policies(shop_id=shop_id).get(kind))
