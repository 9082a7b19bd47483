"""Tags of what is read: nothing new is not sent again, and what somebody else has changed is not overwritten."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import Final

import msgspec
from django.http import HttpRequest
from django.utils.http import parse_etags
from pydantic import BaseModel

from quanshi.api.v1.caller import Refused

LENGTH: Final = 32
TAGGED: Final = frozenset({"GET", "PUT", "PATCH"})  # they answer with the thing itself


def tag_of(content: bytes) -> str:
    """The tag of what is sent: equal for equal bytes."""
    return f'"{hashlib.sha256(content).hexdigest()[:LENGTH]}"'


def is_known(request: HttpRequest, tag: str) -> bool:
    """Whether the caller has it already. Source: RFC 9110, 13.1.2."""
    known = [known.removeprefix("W/") for known in parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))]
    return "*" in known or tag in known


def check_match(request: HttpRequest, current: BaseModel) -> None:
    """Refuse a change of what is not any more what the caller has read; without If-Match anything goes.

    The caller of this holds the thing's lock. Raises: Refused.
    """
    wanted = request.META.get("HTTP_IF_MATCH")
    if wanted is None or wanted.strip() == "*":
        return
    tag = tag_of(msgspec.json.encode(current.model_dump()))
    if tag not in parse_etags(wanted):
        raise Refused(
            HTTPStatus.PRECONDITION_FAILED, "changed_meanwhile", "Somebody has changed it; read it again.", etag=tag
        )
