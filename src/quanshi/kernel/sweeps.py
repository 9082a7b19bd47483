"""What the worker's sweeps leave behind of themselves, so that one that stands still is seen from outside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from quanshi.kernel.models import SweepPass

# keys sorted: two workers that note the same sweeps in different order would deadlock
NOTE_SQL: Final = """
    INSERT INTO kernel_sweep_pass AS known (name, succeeded_at, due_at)
    SELECT name, succeeded_at, due_at
    FROM unnest(%s::text[], %s::timestamptz[], %s::timestamptz[])
        AS pass (name, succeeded_at, due_at)
    ORDER BY name
    ON CONFLICT (name) DO UPDATE SET succeeded_at = excluded.succeeded_at, due_at = excluded.due_at
    WHERE known.succeeded_at < excluded.succeeded_at
"""


@dataclass(frozen=True, slots=True)
class Pass:
    """The last time that a sweep did its work on every row that was due, and when it should do so next."""

    name: str
    succeeded_at: datetime
    due_at: datetime

    def seconds_late(self, *, now: datetime) -> float:
        return max((now - self.due_at).total_seconds(), 0.0)


def note(passes: Iterable[Pass]) -> None:
    """Write down what several sweeps have done; older news than what is known changes nothing. One statement."""
    told = list(passes)
    if not told:
        return
    names = [each.name for each in told]
    moments = [each.succeeded_at for each in told], [each.due_at for each in told]
    with connection.cursor() as cursor:
        cursor.execute(NOTE_SQL, [names, *moments])


def forget_others(*, names: Iterable[str]) -> None:
    """Sweeps of an older version, which nobody runs any more, are not late."""
    SweepPass.objects.exclude(name__in=list(names)).delete()


def last_passes() -> tuple[Pass, ...]:
    """Every sweep that any worker has run, by name; one query."""
    return tuple(Pass(row.name, row.succeeded_at, row.due_at) for row in SweepPass.objects.order_by("name"))
