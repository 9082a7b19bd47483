"""Who the caller is, and what they want to be called."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from quanshi.accounts import selectors, services
from quanshi.api.v1 import writes
from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import In
from quanshi.kernel.access import SIGNED_IN, open_to
from quanshi.tokens.types import Scope

router = Router(tags=["me"])


class ProfileIn(In):
    display_name: str = Field(max_length=80, description="empty to be called by the e-mail address")


class ProfileOut(BaseModel):
    person_id: UUID
    display_name: str = Field(description="what pages call the person; empty where that is the e-mail address")
    email: str = Field(description="what they sign in with")


@router.get("me", response=ProfileOut, operation_id="readProfile", auth=Door(Scope.READ_ME))
@open_to(SIGNED_IN)
def read_profile(request: HttpRequest) -> ProfileOut:
    """The person who calls, or whose token does."""
    return _profile(visitor_of(request).actor.id)


@router.patch("me", response=ProfileOut, operation_id="changeProfile", auth=Door(Scope.WRITE_ME))
@open_to(SIGNED_IN)
def change_profile(request: HttpRequest, body: ProfileIn) -> Any:
    """Be called otherwise. The e-mail address is changed in the browser, where it is proven."""
    person_id = visitor_of(request).actor.id

    def act() -> None:
        services.change_name(person_id=person_id, display_name=body.display_name)

    writes.once_silently(request, act)
    return _profile(person_id)


def _profile(person_id: UUID) -> ProfileOut:
    profile = selectors.profile_of(person_id=person_id)
    return ProfileOut(person_id=person_id, display_name=profile.display_name, email=profile.email)
