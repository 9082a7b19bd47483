"""Reads what the shops sell from the sheets in goods/, and says how each thing is to be drawn."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from html import escape
from importlib import resources
from typing import Any, Final

from quanshi.demo.art.kinds import KINDS, Paint
from quanshi.demo.art.pictures import Picture, View
from quanshi.demo.types import DemoOption, DemoPicture, DemoProduct, DemoShop, DemoValue, DemoVariant
from quanshi.kernel.money import Money, parse_money

SHEETS: Final = ("xiuxi", "nuanpo", "tarnlea")
COLOURS_SHOWN: Final = 4  # a product shows its first colours one by one


@cache
def read_shops() -> tuple[DemoShop, ...]:
    """The three shops with all their goods, the same on every machine."""
    return tuple(_shop(_sheet(name)) for name in SHEETS)


def _sheet(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("quanshi.demo.goods").joinpath(f"{name}.toml").read_text("utf-8"))


def _shop(sheet: Mapping[str, Any]) -> DemoShop:
    shop = sheet["shop"]
    currency = shop["currency"]
    return DemoShop(
        slug=shop["slug"],
        look=shop["look"],
        name=shop["name"],
        name_en=shop["name_en"],
        tagline=shop["tagline"],
        tagline_en=shop["tagline_en"],
        accent=shop["accent"],
        currency=currency,
        locations=(shop["locations"][0], shop["locations"][1]),
        vendor=shop["vendor"],
        products=tuple(
            _product(row, shop=shop, shelves=sheet["categories"], number=n) for n, row in enumerate(sheet["product"], 1)
        ),
    )


def _product(
    row: Mapping[str, Any], *, shop: Mapping[str, Any], shelves: Mapping[str, str], number: int
) -> DemoProduct:
    options = tuple(_option(option, shop["currency"]) for option in row.get("options", ()))
    return DemoProduct(
        handle=row["handle"],
        title=row["title"],
        title_en=row["title_en"],
        body_html=_body(row["body"], [(zh, value) for zh, value, _, _ in row["specs"]]),
        body_html_en=_body(row["body_en"], [(en, value) for _, _, en, value in row["specs"]]),
        category=tuple(row["category"]),
        category_en=tuple(shelves[name] for name in row["category"]),
        options=options,
        variants=tuple(_variants(row, options, shop=shop, number=number)),
        pictures=tuple(_pictures(row, options, stages=shop["stages"])),
        grams=row["grams"],
    )


def _option(option: Mapping[str, Any], currency: str) -> DemoOption:
    values = tuple(
        DemoValue(zh, en, _signed(adds, currency), colour[0] if colour else "")
        for zh, en, adds, *colour in option["values"]
    )
    return DemoOption(option["name"], option["name_en"], values)


def _signed(text: str, currency: str) -> Money:
    return -parse_money(text[1:], currency) if text.startswith("-") else parse_money(text, currency)


def _body(words: str, specs: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f"<li><strong>{escape(name, quote=False)}</strong> {escape(value, quote=False)}</li>" for name, value in specs
    )
    return f"<p>{escape(words, quote=False)}</p><ul>{rows}</ul>"


def _variants(
    row: Mapping[str, Any], options: tuple[DemoOption, ...], *, shop: Mapping[str, Any], number: int
) -> Iterator[DemoVariant]:
    """Every choice of options. What lies there falls from the first choice to the last, as it does in life."""
    currency = shop["currency"]
    base = parse_money(row["price"], currency)
    saving = parse_money(row["list_price"], currency) - base if "list_price" in row else None
    here, there = row["stock"]
    for i, values in enumerate(itertools.product(*(option.values for option in options))):
        price = sum((value.adds for value in values), base)
        yield DemoVariant(
            options=tuple(value.name for value in values),
            price=price,
            list_price=None if saving is None else price + saving,
            sku=f"{shop['slug'][:2].upper()}-{number:03}-{i + 1:02}",
            stock=(max(0, here - i * here // 5), max(0, there - i * there // 4)),
        )


def _pictures(row: Mapping[str, Any], options: tuple[DemoOption, ...], *, stages: str) -> Iterator[DemoPicture]:
    main, second, accent = row["paint"]
    coloured = [value for value in options[0].values if value.colour] if options else []
    paints = [Paint(value.colour, second, accent) for value in coloured] or [Paint(main, second, accent)]

    def picture(paint: Paint, *, kind: str = row["kind"], view: View = View.STAGE, all_paints: bool = False) -> Picture:
        shown = tuple(paints) if all_paints else (paint,)
        return Picture(stages, row["scene"], row["palette"], kind, shown, view)

    for i, paint in enumerate(paints[:COLOURS_SHOWN]):
        value = coloured[i].name if coloured else ""
        yield DemoPicture(picture(paint), f"{row['title']}，{value}" if value else row["title"], value)
    match row.get("more", ""):
        case "":
            pass
        case "row":
            yield DemoPicture(picture(paints[0], view=View.ROW, all_paints=True), f"{row['title']}，各色并排", "")
        case "close" | "repeat" as view:
            words = "细节" if view == "close" else "图案"
            yield DemoPicture(picture(paints[0], view=View(view)), f"{row['title']}，{words}", "")
        case kind if kind in KINDS:
            yield DemoPicture(picture(paints[0], kind=kind), f"{row['title']}，切开看", "")
        case other:
            raise ValueError(f"{row['handle']}: there is no picture called {other}")
