"""Counting a whole place: begun, counted, looked at, applied.

A count is a difference against what the books said at the moment of counting. So whatever is sold between the counting
and the word "apply" stays sold.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import BinaryIO, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Sum

from quanshi.accounts.types import Actor
from quanshi.kernel import clock
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.tables import RefusedRow, TableRow, read_table
from quanshi.kernel.texts import checked_text
from quanshi.shops import services as shops
from quanshi.shops.types import Facts, Permission, StaffAction
from quanshi.stock import rules
from quanshi.stock.errors import LocationNotFound, NothingToCount, PlaceTooLarge, TakeEnded, TakeNotFound
from quanshi.stock.models import Level, Location, StockTake, StockTakeRow
from quanshi.stock.services.shelves import adjust_levels
from quanshi.stock.types import Difference, TakeState

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "line": ("编号", "number", "line"),
    "counted": ("实盘数", "实际数量", "counted"),
}
MOST_LINES: Final = 20_000
REASON_LENGTH: Final = 120
MOVED: Final = "goods of this line left or came while it was counted; count it again"
ENDINGS: Final = {
    TakeState.APPLIED: StaffAction.STOCK_TAKE_APPLIED,
    TakeState.DROPPED: StaffAction.STOCK_TAKE_DROPPED,
}
COUNTED_ELSEWHERE: Final = "these goods were counted otherwise after this count; count them in a new one"
PROMISED: Final = "so many are promised to orders that the count cannot be so low"


def begin_take(*, actor: Actor, shop_id: UUID, location_id: UUID, reason: str) -> UUID:
    """Begin to count a place: a sheet of all goods that have ever lain there, with what the books say now; its id.

    Goods that were withdrawn are left out. Not idempotent: each call is a count of its own. Emits nothing.
    Raises: NotAllowed, InvalidInput, LocationNotFound, NothingToCount, PlaceTooLarge.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_STOCK)
    words = checked_text(reason, field="reason", most=REASON_LENGTH)
    if not words:
        raise InvalidInput(field="reason", value="", reason="required")
    location = Location.objects.filter(id=location_id, shop_id=shop_id).first()
    if location is None:
        raise LocationNotFound(location_id=location_id)
    with transaction.atomic():
        at = _database_time()
        levels = list(_on_hand(shop_id, location_id, variant__is_withdrawn=False).items())
        if not levels:
            raise NothingToCount(location_id=location_id)
        if len(levels) > MOST_LINES:
            raise PlaceTooLarge(limit=MOST_LINES)
        take = StockTake.objects.create(shop_id=shop_id, location=location, person_id=actor.id, reason=words)
        StockTakeRow.objects.bulk_create(
            StockTakeRow(take=take, line=line, variant_id=variant_id, expected=on_hand, expected_at=at)
            for line, (variant_id, on_hand) in enumerate(levels, 1)
        )
        _record(StaffAction.STOCK_TAKE_BEGUN, take, actor=actor, after={"rows": len(levels)})
    take_id: UUID = take.id
    return take_id


def type_counts(*, actor: Actor, shop_id: UUID, take_id: UUID, counts: Mapping[int, int]) -> None:
    """Write down what was counted just now, by line; the books of this moment stand against it.

    Idempotent: the last count of a line holds. Emits nothing.
    Raises: NotAllowed, TakeNotFound, TakeEnded, InvalidInput for a line that is not on the sheet.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_STOCK)
    for counted in counts.values():
        rules.check_units(counted, least=0)
    with transaction.atomic():
        take = _counting(shop_id, take_id)
        rows = list(StockTakeRow.objects.filter(take_id=take_id, line__in=counts))
        if len(rows) < len(counts):
            raise InvalidInput(field="line", value="", reason="not a line of this count")
        here = Level.objects.filter(location_id=take.location_id, variant_id__in=[row.variant_id for row in rows])
        # locked, so that another count of these is either seen here or comes later
        list(here.order_by("id").select_for_update(no_key=True))
        at, now = _database_time(), _on_hand(shop_id, take.location_id)
        for row in rows:
            row.counted, row.expected, row.expected_at = counts[row.line], now.get(row.variant_id, 0), at
            row.problem = ""
        StockTakeRow.objects.bulk_update(rows, ["counted", "expected", "expected_at", "problem"])
        _record(StaffAction.STOCK_TAKE_COUNTED, take, actor=actor, after={"rows": len(rows)})


def read_counts(*, actor: Actor, shop_id: UUID, take_id: UUID, file: BinaryIO) -> tuple[RefusedRow, ...]:
    """Take the counts of a filled-in sheet; the rows that could not be taken.

    A sheet says nothing of when each line was counted, so a line whose goods have moved since the sheet was made is not
    taken: it waits to be counted again. Idempotent. Emits nothing.
    Raises: NotAllowed, TakeNotFound, TakeEnded, TableRefused.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_STOCK)
    read = list(read_table(file=file, columns=COLUMNS))
    refused = [row for row in read if isinstance(row, RefusedRow)]
    with transaction.atomic():
        take = _counting(shop_id, take_id)
        known = {str(row.line): row for row in StockTakeRow.objects.filter(take_id=take_id)}
        now = _on_hand(shop_id, take.location_id)
        changed = []
        for each in read:
            if not isinstance(each, TableRow) or not each.cells["counted"]:
                continue
            row, text = known.get(each.cells["line"]), each.cells["counted"]
            if row is None:
                refused.append(RefusedRow(each.line, "line", each.cells["line"][:80], "not a line of this count"))
            elif not (text.isascii() and text.isdecimal() and len(text) <= 9):  # noqa: PLR2004 - as the page's own field
                refused.append(RefusedRow(each.line, "counted", text[:80], "is no whole non-negative number"))
            elif now.get(row.variant_id, 0) != row.expected:
                row.counted, row.problem = None, MOVED
                changed.append(row)
            else:
                row.counted, row.problem = int(text), ""
                changed.append(row)
        StockTakeRow.objects.bulk_update(changed, ["counted", "problem"], batch_size=500)
        _record(StaffAction.STOCK_TAKE_COUNTED, take, actor=actor, after={"rows": len(changed)})
    return tuple(sorted(refused, key=lambda row: row.line))


def apply_take(*, actor: Actor, shop_id: UUID, take_id: UUID) -> int:
    """Move the levels by the differences that were found, each with the count's reason in the journal; how many.

    What would take promised units away, or was counted otherwise after this count, is left as it is and says so.
    Happens once. Emits nothing.
    Raises: NotAllowed, TakeNotFound, TakeEnded.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_STOCK)
    with transaction.atomic():
        take = _counting(shop_id, take_id)
        found = StockTakeRow.objects.filter(take_id=take_id, counted__isnull=False).exclude(counted=F("expected"))
        differences = {
            variant_id: Difference(units, found_at)
            for variant_id, units, found_at in found.values_list(
                "variant_id", F("counted") - F("expected"), "expected_at"
            )
        }
        left = adjust_levels(
            actor=actor,
            shop_id=shop_id,
            location_id=take.location_id,
            differences=differences,
            note=take.reason,
            reference_id=take.id,
        )
        for variants, problem in ((left.promised, PROMISED), (left.counted_elsewhere, COUNTED_ELSEWHERE)):
            StockTakeRow.objects.filter(take_id=take_id, variant_id__in=variants).update(problem=problem)
        kept = len(left.promised) + len(left.counted_elsewhere)
        moved = len(differences) - kept
        _end(take, TakeState.APPLIED, actor=actor, after={"corrected": moved, "left": kept})
    return moved


def drop_take(*, actor: Actor, shop_id: UUID, take_id: UUID) -> None:
    """Let a count be; nothing moves. Not idempotent. Emits nothing. Raises: NotAllowed, TakeNotFound, TakeEnded."""
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_STOCK)
    with transaction.atomic():
        _end(_counting(shop_id, take_id), TakeState.DROPPED, actor=actor, after={})


def _end(take: StockTake, state: TakeState, *, actor: Actor, after: Facts) -> None:
    StockTake.objects.filter(id=take.id).update(state=state, ended_at=clock.now())
    _record(ENDINGS[state], take, actor=actor, after=after)


def _record(action: StaffAction, take: StockTake, *, actor: Actor, after: Facts) -> None:
    shops.record_action(
        actor=actor,
        shop_id=take.shop_id,
        action=action,
        subject_id=take.id,
        subject=take.location.name,
        after={"reason": take.reason, **after},
    )


def _counting(shop_id: UUID, take_id: UUID) -> StockTake:
    """The count, locked. Raises: TakeNotFound, TakeEnded."""
    takes = StockTake.objects.select_for_update(of=("self",)).select_related("location")
    take = takes.filter(shop_id=shop_id, id=take_id).first()
    if take is None:
        raise TakeNotFound(take_id=take_id)
    if take.state != TakeState.COUNTING:
        raise TakeEnded(take_id=take_id)
    return take


def _database_time() -> datetime:
    """The journal is stamped by it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        at: datetime = cursor.fetchone()[0]
    return at


def _on_hand(shop_id: UUID, location_id: UUID, **conditions: bool) -> dict[UUID, int]:
    """What lies at a place by variant, campaigns' pools included: a person counts what they see."""
    levels = Level.objects.filter(shop_id=shop_id, location_id=location_id, **conditions)
    return dict(levels.values_list("variant_id").annotate(units=Sum("on_hand")).order_by("variant_id"))
