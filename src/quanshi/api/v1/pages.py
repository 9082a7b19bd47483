"""Long lists come in pages, each of which names the next by the last row that it shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Final, TypeVar
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from quanshi.api.v1.shapes import In
from quanshi.kernel.errors import InvalidInput

Row = TypeVar("Row")

LIMIT: Final = 50
MOST: Final = 100

Limit = Annotated[int, Field(ge=1, le=MOST, description="rows a page")]
Cursor = Annotated[str, Field(max_length=64, description="as the page before has given it in `next`; empty: the first")]
Next = Annotated[
    str | None,
    Field(
        description="the address of the next page, also in the header Link; null on the last",
        examples=[
            "/api/v1/shops/0192f0c1-7a5e-7c3d-9d5b-1f2e3d4c5b6a/orders?cursor=0192f0c1-7a5e-7c3d-9d5b-1f2e3d4c5b6a"
        ],
    ),
]


class PageQuery(In):
    """Which page of a list that knows no filters."""

    cursor: Cursor = ""
    limit: Limit = LIMIT


def place_of(cursor: str) -> UUID | None:
    """The row after which the page starts, in lists whose cursor is its id; None for the first page.

    Raises: InvalidInput.
    """
    try:
        return UUID(cursor) if cursor else None
    except ValueError:
        raise InvalidInput(field="cursor", value=cursor, reason="no cursor of this list") from None


def next_of(request: HttpRequest, cursor: str) -> str | None:
    """The list's address with another place in it; none where the list has ended."""
    if not cursor:
        return None
    query = request.GET.copy()
    query["cursor"] = cursor
    return f"{request.path}?{query.urlencode()}"


def cut(
    request: HttpRequest, found: Sequence[Row], *, limit: int, place: Callable[[Row], object]
) -> tuple[Sequence[Row], str | None]:
    """One page of rows that were read one further than it goes, and the next one's address.

    `place` says where in the list a row stands.
    """
    shown = found[:limit]
    return shown, next_of(request, str(place(shown[-1])) if len(found) > limit else "")
