"""What a change of many goods is about to do, and has done. The caller asks for permission."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Count

from quanshi.catalog.errors import BulkNotFound
from quanshi.catalog.models import BulkChange, BulkLine
from quanshi.catalog.types import BulkLineView, BulkOutcome, BulkState, BulkView


def bulk_change(*, shop_id: UUID, bulk_id: UUID) -> BulkView:
    """One change with its counts. Two queries. Raises: BulkNotFound, also for another shop's."""
    row = BulkChange.objects.filter(shop_id=shop_id, id=bulk_id).first()
    if row is None:
        raise BulkNotFound(bulk_id=bulk_id)
    counted = BulkLine.objects.filter(bulk_id=bulk_id).values_list("outcome").annotate(number=Count("id"))
    return BulkView(
        id=row.id,
        state=BulkState(row.state),
        change=row.change,
        counts=dict.fromkeys(BulkOutcome, 0) | {BulkOutcome(outcome): number for outcome, number in counted},
        created_at=row.created_at,
        ended_at=row.ended_at,
    )


def bulk_lines(*, shop_id: UUID, bulk_id: UUID, limit: int | None = None) -> Iterator[BulkLineView]:
    """The lines of one change: refused ones and those left alone first, read as they are consumed. One query."""
    rows = BulkLine.objects.filter(bulk_id=bulk_id, bulk__shop_id=shop_id).order_by("-outcome", "id")
    found: Any = rows[:limit] if limit else rows.iterator(chunk_size=1000)
    return map(_view, found)


def bulk_lines_page(
    *, shop_id: UUID, bulk_id: UUID, outcome: BulkOutcome | None = None, after: int = 0, limit: int
) -> tuple[BulkLineView, ...]:
    """The lines of one change in an order that stays while it is applied; `after` is the last of the page before.

    One query.
    """
    rows = BulkLine.objects.filter(bulk_id=bulk_id, bulk__shop_id=shop_id, id__gt=after)
    if outcome is not None:
        rows = rows.filter(outcome=outcome)
    return tuple(map(_view, rows.order_by("id")[:limit]))


def _view(row: BulkLine) -> BulkLineView:
    return BulkLineView(
        id=row.id,
        product_id=row.product_id,
        title=row.title,
        before=row.before,
        after=row.after,
        outcome=BulkOutcome(row.outcome),
        reason=row.reason,
    )
