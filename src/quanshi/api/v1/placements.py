"""The answer of a placement, for whoever lost it: POST /api/v1/orders is edge's."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router

from quanshi.api.v1 import problems
from quanshi.api.v1.caller import Door, visitor_of
from quanshi.kernel.access import EVERYONE, open_to
from quanshi.kernel.errors import NotFound
from quanshi.kernel.idempotency import check_key
from quanshi.orders import selectors
from quanshi.orders.services import answers
from quanshi.tokens.types import Scope

router = Router(tags=["orders"])
AS_PLACING: Final = {
    200: {
        "description": "Placed, as placing answered it.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Placed"}}},
    },
    **{
        status.value: {
            "description": "Refused, as placing answered it.",
            "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in (HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS)
    },
}


class PlacementNotFound(NotFound):
    """Details: `key`."""

    code = "placement_not_found"
    message = "Nothing came of this key; the same request may be sent again."


@router.get(
    "placements/{str:key}", operation_id="readPlacement", auth=Door(Scope.BUY), openapi_extra={"responses": AS_PLACING}
)
@open_to(EVERYONE)
def read_placement(request: HttpRequest, key: str) -> HttpResponse:
    """What became of the placement that the caller sent under this key (the quote's id when they named none).

    The same body, or the same refusal, as placing gave. 404: it never arrived, so it is safe to send it again.
    """
    check_key(key)
    answer = selectors.placement_by_key(actor=visitor_of(request).actor, key=key)
    if answer is None:
        raise PlacementNotFound(key=key)
    if answer.placed:
        body = msgspec.json.encode(answers.placed_body(answer=answer))
        return HttpResponse(body, content_type="application/json", headers={"Cache-Control": "no-store"})
    why = answers.refusal_of(answer=answer)
    status = HTTPStatus.TOO_MANY_REQUESTS if why.is_limit else HTTPStatus.CONFLICT
    return problems.problem(status, why.code, why.detail, **why.facts)
