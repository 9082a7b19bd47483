"""Write a shop's catalogue down, in a format that `quanshi import` reads back."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import click

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import services as catalog
from quanshi.catalog.types import Format
from quanshi.kernel.errors import DomainError
from quanshi.shops import selectors as shop_views
from quanshi.stock import selectors as stock


@click.command()
@click.option("--shop", "slug", required=True, metavar="SLUG", help="The shop at /s/SLUG.")
@click.option("--format", "form", type=click.Choice([form.value for form in Format]), default="csv", show_default=True)
@click.option(
    "--output", type=click.File("wb", lazy=True), default="-", metavar="FILE", help="Default: standard output."
)
def command(*, slug: str, form: str, output: IO[bytes]) -> None:
    """Write the goods of a shop as a Shopify CSV, a Google Merchant TSV or XML, or an XLSX with Chinese headers."""
    try:
        shop = shop_views.kept_shop_by_slug(slug=slug, locale="")
        pieces = catalog.export_products(
            actor=SYSTEM,
            shop_id=shop.id,
            form=Format(form),
            count_stock=lambda variant_ids: stock.available(variant_ids=variant_ids),
        )
        for piece in pieces:
            output.write(piece)
    except DomainError as refusal:
        details = refusal.details
        click.echo(f"quanshi: {refusal.message} {details.get('reason', '')}".rstrip(), err=True)
        raise SystemExit(1) from None
    if output.name != "-" and Path(str(output.name)).exists():
        click.echo(f"Written: {output.name}", err=True)
