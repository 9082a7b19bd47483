"""Goods and stock levels side by side, for the tables of the console."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from quanshi.catalog.types import GoodsRow, VariantView
from quanshi.stock.types import LevelView, LocationView


@dataclass(frozen=True, slots=True)
class Cell:
    """What lies of one variant at one place; no level means that it was never counted there."""

    place: LocationView
    level: LevelView | None


@dataclass(frozen=True, slots=True)
class ShelfRow:
    variant: VariantView
    available: int
    cells: tuple[Cell, ...]
    is_first: bool  # of its product


@dataclass(frozen=True, slots=True)
class GoodsLine:
    goods: GoodsRow
    available: int
    has_sold_out: bool  # one of its variants cannot be bought


def shelf_rows(
    variants: Iterable[VariantView], *, places: Sequence[LocationView], levels: Iterable[LevelView]
) -> tuple[ShelfRow, ...]:
    by_place = {(level.variant_id, level.location_id): level for level in levels}
    rows: list[ShelfRow] = []
    for variant in variants:
        cells = tuple(Cell(place=place, level=by_place.get((variant.id, place.id))) for place in places)
        is_first = not rows or rows[-1].variant.product_id != variant.product_id
        available = sum(cell.level.available for cell in cells if cell.level)
        rows.append(ShelfRow(variant=variant, available=available, cells=cells, is_first=is_first))
    return tuple(rows)


def goods_lines(goods: Iterable[GoodsRow], *, available: dict[UUID, int]) -> tuple[GoodsLine, ...]:
    by_product: dict[UUID, list[int]] = defaultdict(list)
    products = tuple(goods)
    for product in products:
        by_product[product.id] = [available.get(variant.id, 0) for variant in product.variants]
    return tuple(
        GoodsLine(
            goods=product,
            available=sum(by_product[product.id]),
            has_sold_out=any(number < 1 for number in by_product[product.id]),
        )
        for product in products
    )
