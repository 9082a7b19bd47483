"""Take the goods of a product list (Shopify CSV, Google Merchant TSV or XML, XLSX) into a shop."""

from __future__ import annotations

import csv
import logging
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from django.conf import settings

from quanshi.accounts import selectors as people
from quanshi.accounts.types import SYSTEM, Actor, ActorKind
from quanshi.catalog import selectors as catalog_views
from quanshi.catalog import services as catalog
from quanshi.catalog.services.importing import OnProgress
from quanshi.catalog.types import ImportIssue, ImportReport, OpeningStock
from quanshi.kernel.errors import DomainError
from quanshi.kernel.formulas import escaped
from quanshi.shops import selectors as shop_views
from quanshi.shops import services as shops
from quanshi.shops.errors import ShopNotFound
from quanshi.shops.types import Role, ShopView
from quanshi.stock import services as stock

ALL_LANDED: Final = 0
FAILED: Final = 1
SOME_REFUSED: Final = 2
REFUSALS_SHOWN: Final = 50
LOCALE: Final = "en"


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--shop", "slug", required=True, metavar="SLUG", help="The shop at /s/SLUG.")
@click.option("--create-shop", "name", metavar="NAME", help="Open the shop under this name when there is none.")
@click.option("--currency", default="CNY", show_default=True, help="Of the prices, when the shop is opened here.")
@click.option("--owner", metavar="EMAIL", help="Someone who has signed up: becomes an owner of the shop.")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Write every problem to this CSV file.")
def command(*, file: Path, slug: str, name: str | None, currency: str, owner: str | None, report: Path | None) -> None:
    """Take the goods of FILE into a shop: a Shopify CSV, a Google Merchant TSV or XML, or an XLSX by our template.

    Running it again updates and never doubles. Pictures named by a path are looked for beside FILE. Exit code: 0 when
    all rows landed, 2 when some were refused, 1 when nothing could be done.
    """
    # a line for each request would tear the progress bar apart; what could not be fetched is in the report
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        shop = _shop(slug=slug, name=name, currency=currency, owner=owner)
        with _progress() as on_progress:
            done = catalog.import_products(
                actor=SYSTEM,
                shop_id=shop.id,
                source=file,
                filename=file.name,
                picture_folder=file.absolute().parent,
                place_stock=lambda opening: _place_stock(shop, opening),
                on_progress=on_progress,
            )
    except DomainError as refusal:
        click.echo(f"quanshi: {sentence(refusal)}", err=True)
        raise SystemExit(FAILED) from None
    _print_summary(done)
    _print_problems(done, catalog_views.import_issues(shop_id=shop.id, import_id=done.import_id))
    if report is not None:
        _write_report(report, catalog_views.import_issues(shop_id=shop.id, import_id=done.import_id))
        click.echo(f"All problems: {report}")
    raise SystemExit(SOME_REFUSED if done.rows_refused else ALL_LANDED)


def _shop(*, slug: str, name: str | None, currency: str, owner: str | None) -> ShopView:
    person_id = people.person_by_email(email=owner) if owner else None
    if owner and person_id is None:
        sign_up = f"{settings.BASE_URL}/accounts/signup/"
        click.echo(f"quanshi: nobody has signed up as {owner}; do so at {sign_up} and run this again", err=True)
        raise SystemExit(FAILED)
    try:
        shop = shop_views.shop_by_slug(slug=slug, locale=LOCALE)
    except ShopNotFound:
        if not name:
            click.echo(f'quanshi: there is no shop "{slug}"; add --create-shop NAME to open it', err=True)
            raise SystemExit(FAILED) from None
        opener = Actor(kind=ActorKind.PERSON, id=person_id) if person_id else SYSTEM
        return shops.open_shop(actor=opener, slug=slug, name=name, currency=currency)
    if person_id is not None:
        shops.add_member(actor=SYSTEM, shop_id=shop.id, person_id=person_id, role=Role.OWNER)
    return shop


def _place_stock(shop: ShopView, opening: Sequence[OpeningStock]) -> None:
    quantities = [(one.variant_id, one.quantity) for one in opening]
    stock.place_opening_stock(actor=SYSTEM, shop_id=shop.id, quantities=quantities)


@contextmanager
def _progress() -> Iterator[OnProgress | None]:
    """A bar for people; nothing where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label="Importing", file=sys.stderr) as bar:

        def tell(done: int, rows: int) -> None:
            bar.length = max(rows, 1)
            bar.update(done - bar.pos)

        yield tell


def _print_summary(done: ImportReport) -> None:
    click.echo(f"{'':12}{'created':>10}{'updated':>10}{'unchanged':>11}")
    for label, counts in (
        ("products", (done.products_created, done.products_updated, done.products_unchanged)),
        ("variants", (done.variants_created, done.variants_updated, done.variants_unchanged)),
    ):
        click.echo(f"{label:12}{counts[0]:>10}{counts[1]:>10}{counts[2]:>11}")
    click.echo(f"pictures: {done.pictures_stored} stored, {done.pictures_unreachable} not to be had")
    click.echo(f"rows: {done.rows_read} read, {done.rows_refused} refused")


def _print_problems(done: ImportReport, issues: Iterable[ImportIssue]) -> None:
    warnings: Counter[tuple[str, str]] = Counter()
    shown = left_out = 0
    for issue in issues:
        if not issue.is_refusal:
            warnings[issue.column, issue.reason] += 1
        elif shown < REFUSALS_SHOWN:
            shown += 1
            if shown == 1:
                click.echo(f"\n{'line':>6}  {'column':24}  {'value':32}  why it was refused")
            click.echo(f"{issue.line:>6}  {issue.column[:24]:24}  {issue.value[:32]:32}  {issue.reason}")
        else:
            left_out += 1
    if left_out:
        click.echo(f"and {left_out} more; --report FILE.csv writes them all")
    if warnings:
        click.echo("\nTaken, but:")
    for (column, reason), count in warnings.most_common():
        click.echo(f"{count:>6} x {column}: {reason}")
    if done.rows_refused:
        click.echo("\nMend the refused rows and import the file again: what has landed will not be doubled.")


def _write_report(path: Path, issues: Iterable[ImportIssue]) -> None:
    with path.open("w", newline="", encoding="utf-8-sig") as file:  # with the mark, or a spreadsheet guesses wrong
        writer = csv.writer(file)
        writer.writerow(["line", "column", "value", "reason", "refused"])
        for issue in issues:
            said = "yes" if issue.is_refusal else "no"
            writer.writerow([issue.line, escaped(issue.column), escaped(issue.value), issue.reason, said])


def sentence(refusal: DomainError) -> str:
    details = refusal.details
    subject = f"{details['field']}: " if details.get("field") else ""
    found = f" (found: {details['value']})" if details.get("value") else ""
    return f"{refusal.message} {subject}{details.get('reason', '')}{found}".strip()
