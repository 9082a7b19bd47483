"""Words that mean the same to a shop's buyers when they search."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from quanshi.api.v1 import etags, writes
from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import In
from quanshi.kernel.access import open_to, staff
from quanshi.search import selectors, services
from quanshi.search.types import SynonymsView
from quanshi.shops.types import Permission
from quanshi.tokens.types import Scope

router = Router(tags=["goods"])
WRITE = Door(Scope.WRITE_GOODS, permission=Permission.MANAGE_GOODS)  # whoever may only import goods may not


class SynonymsIn(In):
    words: list[Annotated[str, Field(max_length=80)]] = Field(
        min_length=2, max_length=12, description="each finds what the others find", examples=[["thermos", "flask"]]
    )


class SynonymsOut(BaseModel):
    group_id: UUID
    words: list[str]

    @classmethod
    def of(cls, group: SynonymsView) -> SynonymsOut:
        return cls(group_id=group.id, words=list(group.words))


class SynonymsList(BaseModel):
    data: list[SynonymsOut]


@router.get(
    "shops/{uuid:shop_id}/synonyms", response=SynonymsList, operation_id="listSynonyms", auth=Door(Scope.READ_GOODS)
)
@open_to(staff("view_goods"))
def list_groups(request: HttpRequest, shop_id: UUID) -> SynonymsList:  # noqa: ARG001 - ninja names it
    """The shop's groups of synonyms, newest first; 300 at most."""
    return SynonymsList(data=[SynonymsOut.of(group) for group in selectors.synonyms(shop_id=shop_id)])


@router.post("shops/{uuid:shop_id}/synonyms", response={201: SynonymsOut}, operation_id="addSynonyms", auth=WRITE)
@open_to(staff("manage_goods"))
def add_group(request: HttpRequest, shop_id: UUID, body: SynonymsIn) -> Any:
    """One more group. The goods concerned are found by it within a moment."""
    return writes.once(request, lambda: _saved(request, shop_id, body, None))


@router.get(
    "shops/{uuid:shop_id}/synonyms/{uuid:group_id}",
    response=SynonymsOut,
    operation_id="readSynonyms",
    auth=Door(Scope.READ_GOODS),
)
@open_to(staff("view_goods"))
def read_group(request: HttpRequest, shop_id: UUID, group_id: UUID) -> SynonymsOut:  # noqa: ARG001 - as above
    """One group of the shop."""
    return SynonymsOut.of(selectors.synonym_group(shop_id=shop_id, group_id=group_id))


@router.put(
    "shops/{uuid:shop_id}/synonyms/{uuid:group_id}", response=SynonymsOut, operation_id="replaceSynonyms", auth=WRITE
)
@open_to(staff("manage_goods"))
def replace_group(request: HttpRequest, shop_id: UUID, group_id: UUID, body: SynonymsIn) -> Any:
    """Make a group these words. With If-Match: only if it is still what was read."""
    return writes.once(request, lambda: _saved(request, shop_id, body, group_id))


@router.delete(
    "shops/{uuid:shop_id}/synonyms/{uuid:group_id}", response={204: None}, operation_id="removeSynonyms", auth=WRITE
)
@open_to(staff("manage_goods"))
def remove_group(request: HttpRequest, shop_id: UUID, group_id: UUID) -> None:
    """Forget a group. With If-Match: only if it is still what was read."""
    actor = visitor_of(request).actor

    def act() -> None:
        held = services.hold_synonyms(actor=actor, shop_id=shop_id, group_id=group_id)
        etags.check_match(request, SynonymsOut.of(held))
        services.remove_synonyms(actor=actor, shop_id=shop_id, group_id=group_id)

    writes.once_silently(request, act)


def _saved(request: HttpRequest, shop_id: UUID, body: SynonymsIn, group_id: UUID | None) -> SynonymsOut:
    actor = visitor_of(request).actor
    if group_id is not None:
        held = services.hold_synonyms(actor=actor, shop_id=shop_id, group_id=group_id)
        etags.check_match(request, SynonymsOut.of(held))
    saved_id = services.save_synonyms(actor=actor, shop_id=shop_id, words=body.words, group_id=group_id)
    return SynonymsOut.of(selectors.synonym_group(shop_id=shop_id, group_id=saved_id))
