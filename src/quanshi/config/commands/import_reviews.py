"""Take reviews that another system collected into a shop, marked as imported."""

from __future__ import annotations

from pathlib import Path

import click

from quanshi.accounts.types import SYSTEM
from quanshi.config.commands.import_ import ALL_LANDED, FAILED, REFUSALS_SHOWN, SOME_REFUSED, sentence
from quanshi.kernel.errors import DomainError
from quanshi.reviews import services as reviews
from quanshi.shops import selectors as shops


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--shop", "slug", required=True, metavar="SLUG", help="The shop at /s/SLUG.")
@click.option("--source", metavar="NAME", help="Where they come from, as shoppers read it.  [default: FILE's name]")
def command(*, file: Path, slug: str, source: str | None) -> None:
    """Take the reviews of FILE, a CSV or XLSX of handle, stars, created_at and content, into a shop.

    They are shown as imported and count in no average. Running it again changes nothing. Exit code: 0 when all rows
    landed, 2 when some were refused, 1 when nothing could be done.
    """
    try:
        shop = shops.shop_by_slug(slug=slug, locale="en")
        with file.open("rb") as opened:
            done = reviews.import_reviews(actor=SYSTEM, shop_id=shop.id, file=opened, source=source or file.stem)
    except DomainError as refusal:
        click.echo(f"quanshi: {sentence(refusal)}", err=True)
        raise SystemExit(FAILED) from None
    click.echo(f"reviews: {done.imported} imported, {done.unchanged} were here already")
    click.echo(f"rows: {done.rows} read, {len(done.refused)} refused")
    for row in done.refused[:REFUSALS_SHOWN]:
        click.echo(f"{row.line:>6}  {row.column[:24]:24}  {row.value[:32]:32}  {row.reason}")
    if len(done.refused) > REFUSALS_SHOWN:
        click.echo(f"and {len(done.refused) - REFUSALS_SHOWN} more")
    raise SystemExit(SOME_REFUSED if done.refused else ALL_LANDED)
