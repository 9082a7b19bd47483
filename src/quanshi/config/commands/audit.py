"""Recompute every invariant, name each broken row, and exit 1 if there is any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import click
from django.db import connection, transaction

from quanshi.kernel import audit as kernel
from quanshi.kernel.audit import BrokenRow, Check
from quanshi.ledger import audit as ledger
from quanshi.ledger import audit_chain, chain_export
from quanshi.orders import audit as orders
from quanshi.payments import audit as payments
from quanshi.reviews import audit as reviews
from quanshi.search import audit as search
from quanshi.shops import selectors as shops
from quanshi.shops.errors import ShopNotFound
from quanshi.stock import audit as stock

SHOWN: Final = 50  # of one rule; the count says how many more there are


@click.command()
@click.option("--chain", is_flag=True, help="Recompute the hash chain of the books instead.")
@click.option(
    "--export-chain",
    "export_to",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the chain of --shop as JSON lines instead; tools/verify_chain.py checks such a file.",
)
@click.option("--shop", "slug", default="", metavar="SLUG", help="Whose chain to export.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Export what was sealed on this UTC day.")
def command(*, chain: bool, export_to: Path | None, slug: str, day: datetime | None) -> None:
    """Recompute ledger, stock, orders, payments, search, reviews, idempotency and references; name each broken row.

    Reads one snapshot, so a shop that is open may be audited. Exit code 0 when all is sound, 1 when a row is broken.
    """
    if bool(export_to) != bool(slug) or (day and not export_to) or (chain and export_to):
        raise click.UsageError("--export-chain FILE goes with --shop SLUG and, if you like, --date; --chain goes alone")
    with _one_snapshot():
        if export_to:
            _export_chain(export_to, slug, day)
        elif chain:
            _audit_chain()
        else:
            _audit_rows()


def _audit_rows() -> None:
    checks = all_checks()
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


def _audit_chain() -> None:
    report = audit_chain.audit_chain()
    _print_broken(report.broken)
    looked_at = f"{report.seals:,} seals with {report.transfers:,} transfers in {report.books:,} books"
    if report.waiting:
        click.echo(f"{report.waiting:,} transfers wait for their seal, the oldest since {report.waiting_since}")
    if report.broken:
        click.echo(f"{len(report.broken)} broken rows; {looked_at}")
        raise SystemExit(1)
    click.echo(f"sound: {looked_at}")


def _export_chain(path: Path, slug: str, day: datetime | None) -> None:
    try:
        shop = shops.kept_shop_by_slug(slug=slug, locale="en")
    except ShopNotFound:
        raise click.BadParameter(f"there is no shop {slug}", param_hint="--shop") from None
    with path.open("w", encoding="utf-8") as file:
        last = ""
        for line in chain_export.export_lines(shop_id=shop.id, slug=slug, day=day.date() if day else None):
            file.write(line + "\n")
            last = line
    click.echo(last)


@contextmanager
def _one_snapshot() -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def all_checks() -> Sequence[Check]:
    """Every room's checks and those of the references between all tables."""
    rooms = (kernel, stock, ledger, payments, search, orders, reviews)
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
