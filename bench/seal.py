"""Sealing the books: how fast the worker does it, how fast the audit recomputes it.

    python bench/seal.py --quick

"all at once" is a pass over transfers that came since the last one; "a busy second" is a pass over a few thousand
new ones in a ledger that is already long, as in a rush; "nothing new" is what an idle pass costs, in passes a second.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from uuid import UUID

COUNTS = {"lot": 100_000, "second": 4_000, "idle": 200}
QUICK_COUNTS = {"lot": 20_000, "second": 4_000, "idle": 100}


def main() -> None:
    options = harness.arguments(str(__doc__).partition("\n")[0])
    counts = QUICK_COUNTS if options.quick else COUNTS
    with harness.own_database():
        from quanshi.accounts.types import SYSTEM
        from quanshi.shops import services as shops

        shop_id = shops.open_shop(actor=SYSTEM, slug="bench", name="Bench").id
        book(shop_id, 1000)
        seal()
        found = harness.interleave(3 if options.quick else 5, contenders(shop_id, counts))
        rows = [[name, f"{harness.median(values):,.0f}", harness.spread(values)] for name, values in found.items()]
        harness.print_table("transfers with two postings a second", ["", "median", "range"], rows)
        medians = {name: harness.median(values) for name, values in found.items()}
    harness.finish(
        "seal",
        ratios={"seal_to_audit": medians["seal: all at once"] / medians["audit"]},
        figures={f"{name.replace(': ', '_').replace(' ', '_')}_per_second": value for name, value in medians.items()},
    )


def contenders(shop_id: UUID, counts: dict[str, int]) -> dict[str, Callable[[], float]]:
    def sealing(count: int) -> float:
        book(shop_id, count)
        started = time.perf_counter()
        if seal() != count:
            raise SystemExit("not every transfer was sealed")
        return count / (time.perf_counter() - started)

    def idle() -> float:
        started = time.perf_counter()
        if any(seal() for _ in range(counts["idle"])):
            raise SystemExit("there was something to seal")
        return counts["idle"] / (time.perf_counter() - started)

    return {
        "seal: all at once": lambda: sealing(counts["lot"]),
        "seal: a busy second": lambda: sealing(counts["second"]),
        "passes: nothing new": idle,
        "audit": audit,
    }


_since = ""


def seal() -> int:
    """As the worker does: from where the last pass stopped."""
    global _since  # noqa: PLW0603 - the worker's memory
    from quanshi.ledger import services

    done = services.seal_transfers(since=_since)
    _since = done.since
    return done.count


def book(shop_id: UUID, count: int) -> None:
    """Transfers as placement writes them."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_post_orders(array_agg(%s::uuid), array_agg(gen_random_uuid()), array_agg('CNY'::text),"
            " array_agg(1999::bigint), true) FROM generate_series(1, %s)",
            [shop_id, count],
        )


def audit() -> float:
    from quanshi.ledger.audit_chain import audit_chain

    started = time.perf_counter()
    report = audit_chain()
    if report.broken or report.waiting:
        raise SystemExit(f"the chain is not sound: {report}")
    return report.transfers / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
