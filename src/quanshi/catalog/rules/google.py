"""Items of Google Merchant as rows of the one product list that the importer reads.

Source: Google Merchant Center Help, "Product data specification" and "RSS 2.0 specification". What the format has no
word for stands in attributes of our own, so that a catalogue comes back as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from quanshi.catalog.rules.drafts import OPTIONS_MAX
from quanshi.catalog.rules.measures import read_measure
from quanshi.catalog.rules.rows import (
    ATTRIBUTES,
    MEASURE,
    MORE_ALTS,
    MORE_PICTURES,
    PERSON_LIMIT,
    PUBLISH_AT,
    SEO_DESCRIPTION,
    SEO_TITLE,
    WITHDRAW_AT,
)
from quanshi.catalog.types import MeasureUnit

NAMESPACE: Final = "http://base.google.com/ns/1.0"
OWN_NAMESPACE: Final = "urn:quanshi:goods"
OWN: Final = "quanshi_"
REQUIRED: Final = ("id", "title", "price")
# what a product list calls a column, by the attribute
PLAIN: Final[Mapping[str, str]] = {
    "title": "Title",
    "description": "Body (HTML)",
    "brand": "Vendor",
    "product_type": "Type",
    "gtin": "Variant Barcode",
    "quantity": "Variant Inventory Qty",
    "unit_pricing_measure": MEASURE,
    "image_link": "Image Src",
    "additional_image_link": MORE_PICTURES,
}
# attributes of our own, by the column; the same words in the text and, without the beginning, in the XML
OWN_COLUMNS: Final[Mapping[str, str]] = {
    "Handle": "handle",
    **{f"Option{n} {what}": f"option{n}_{what.lower()}" for n in (1, 2, 3) for what in ("Name", "Value")},
    "Variant Compare At Price": "list_price",
    "Variant Inventory Qty": "quantity",
    "Tags": "tags",
    "Status": "status",
    "Image Alt Text": "image_alt",
    MORE_PICTURES: "more_images",
    MORE_ALTS: "more_image_alts",
    "Variant Image": "variant_image",
    ATTRIBUTES: "attributes",
    SEO_TITLE: "seo_title",
    SEO_DESCRIPTION: "seo_description",
    PUBLISH_AT: "publish_at",
    WITHDRAW_AT: "withdraw_at",
    PERSON_LIMIT: "person_limit",
}
OF_OWN: Final = {f"{OWN}{word}": column for column, word in OWN_COLUMNS.items()}
OWN_NAMES: Final = {column: name for name, column in OF_OWN.items()}
OPTIONS: Final = {"color": "Color", "size": "Size", "material": "Material", "pattern": "Pattern"}
KNOWN: Final = frozenset(
    {*REQUIRED, *PLAIN, *OF_OWN, *OPTIONS, "item_group_id", "sale_price", "mpn", "shipping_weight", "product_detail"}
)
OF_HANDLE: Final = frozenset({"id", "item_group_id", *OF_OWN})  # whose words make the handle
SEVERAL: Final = frozenset({"additional_image_link", "product_detail"})  # may stand there more than once
NAMES: Final[Mapping[str, str]] = {
    **OWN_NAMES,
    **{column: name for name, column in PLAIN.items()},
    "Handle": "id",
    "Variant Price": "price",
    "Variant Compare At Price": "price",
    "Variant SKU": "mpn",
    "Variant Grams": "shipping_weight",
    "Option1 Value": "item_group_id",
}
NO_HANDLE: Final = re.compile(r"[^\w.\-]+")
COMMAS: Final = re.compile(r"\s*,\s*")


def attribute_name(text: str) -> str:
    """A header of a text file as the specification writes it: "Image Link" is image_link."""
    return text.strip(" \t\ufeff").lower().removeprefix("g:").replace(" ", "_")


def said_by(attributes: Iterable[str]) -> frozenset[str]:
    """Which columns a file with these attributes speaks of."""
    found = set(attributes)
    said = {column for name, column in (*PLAIN.items(), *OF_OWN.items()) if name in found}
    return frozenset(said | ({ATTRIBUTES} if "product_detail" in found else set()))


def names_in(attributes: Iterable[str]) -> dict[str, str]:
    """What a file with these attributes calls each column."""
    found = set(attributes)
    return {**NAMES, **{column: name for name, column in OF_OWN.items() if name in found}}


def cells_of(item: Mapping[str, str]) -> dict[str, str]:
    """One item's filled attributes as cells. Where several may stand, each is a line of its own."""
    cells = {PLAIN[name]: text for name, text in item.items() if text and name in PLAIN}
    cells |= {OF_OWN[name]: text for name, text in item.items() if text and name in OF_OWN}
    is_ours = not OF_OWN.keys().isdisjoint(item)
    if not is_ours:
        cells["Handle"] = NO_HANDLE.sub("-", item.get("item_group_id") or item.get("id", "")).strip("-.")
    price, sale = item.get("price", ""), item.get("sale_price", "")
    cells["Variant Price"] = sale or price
    if sale:
        cells.setdefault("Variant Compare At Price", price)
    cells["Variant SKU"] = item.get("mpn", "") if is_ours else item.get("mpn") or item.get("id", "")
    cells["Variant Grams"] = _grams(item.get("shipping_weight", ""))
    if not is_ours and item.get("item_group_id"):
        cells |= _options(item)
        cells["Variant Image"] = item.get("image_link", "")
    if not {"Option1 Name", "Option1 Value"} & cells.keys():  # our own items name the options on the first alone
        cells |= {"Option1 Name": "Title", "Option1 Value": "Default Title"}
    if item.get("product_detail"):
        cells.setdefault(ATTRIBUTES, item["product_detail"])
    return {column: text for column, text in cells.items() if text.strip()}


def details_of(text: str) -> str:
    """`section:name:value, ...` of a text file as lines of name and value."""
    parts = [part.split(":", 2) for part in COMMAS.split(text) if part]
    lines: list[str] = []
    for part in parts:
        if len(part) == 3:  # noqa: PLR2004 - section, name, value
            lines.append(f"{part[1]}: {part[2]}")
        elif lines:  # a comma inside a value
            lines[-1] += f", {':'.join(part)}"
        else:
            lines.append(":".join(part))
    return "\n".join(lines)


def _options(item: Mapping[str, str]) -> dict[str, str]:
    chosen = [(word, item[name]) for name, word in OPTIONS.items() if item.get(name)][:OPTIONS_MAX]
    return {
        f"Option{place} {what}": text
        for place, (word, value) in enumerate(chosen, 1)
        for what, text in (("Name", word), ("Value", value))
    }


def _grams(text: str) -> str:
    """A weight in whole grams; what is none is left for the reader of the cell to refuse."""
    measure = read_measure(text) if text else None
    return str(measure.milli // 1000) if measure and measure.unit is MeasureUnit.GRAM else text
