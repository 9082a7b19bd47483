"""Recompute every invariant, name each broken row, and exit 1 if there is any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import click
from django.db import connection, transaction

from quanshi.kernel import audit as kernel
from quanshi.kernel.audit import BrokenRow, Check
from quanshi.ledger import audit as ledger
from quanshi.orders import audit as orders
from quanshi.payments import audit as payments
from quanshi.stock import audit as stock

SHOWN: Final = 50  # of one rule; the count says how many more there are


@click.command()
def command() -> None:
    """Recompute ledger, stock, orders, payments, idempotency and references, and name each row that is broken.

    Reads one snapshot, so a shop that is open may be audited. Exit code 0 when all is sound, 1 when a row is broken.
    """
    checks = all_checks()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        broken = list(find_broken(checks))
        counts = kernel.row_counts(check.table for check in checks)
    _print_broken(broken)
    for table, rows in counts.items():
        rules = sum(check.table == table for check in checks)
        click.echo(f"{table:<32} {rows:>10,} rows  {rules:>3} rules")
    total = sum(counts.values())
    if broken:
        click.echo(f"{len(broken)} broken rows; {len(checks)} rules on {total:,} rows")
        raise SystemExit(1)
    click.echo(f"sound: {len(checks)} rules on {total:,} rows")


def all_checks() -> Sequence[Check]:
    """Every room's checks and those of the references between all tables."""
    rooms = (kernel, stock, ledger, payments, orders)
    return [check for room in rooms for check in room.CHECKS] + kernel.reference_checks()


def find_broken(checks: Sequence[Check]) -> Iterator[BrokenRow]:
    """The rows that break one of `checks`."""
    return kernel.run(checks)


def _print_broken(broken: Sequence[BrokenRow]) -> None:
    rules = dict.fromkeys((row.table, row.rule) for row in broken)
    for table, rule in rules:
        rows = [row for row in broken if (row.table, row.rule) == (table, rule)]
        click.echo(f"BROKEN {table}: not true that {rule}")
        for row in rows[:SHOWN]:
            click.echo(f"  {row.id}  " + ", ".join(f"{name}={value}" for name, value in row.facts.items()))
        if len(rows) > SHOWN:
            click.echo(f"  and {len(rows) - SHOWN} more")
