"""Descriptions from elsewhere: only what a description needs is left."""

from __future__ import annotations

from typing import Final

import nh3

# no img: a picture from another server tells that server who reads the page; no a: links are spam's vehicle
TAGS: Final = {
    *("p", "br", "strong", "b", "em", "i", "ul", "ol", "li", "h2", "h3", "h4"),
    *("table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td"),
}
ATTRIBUTES: Final = {
    "th": {"colspan", "rowspan", "scope"},
    "td": {"colspan", "rowspan"},
    "col": {"span"},
    "colgroup": {"span"},
}
CLEANER: Final = nh3.Cleaner(tags=TAGS, attributes=ATTRIBUTES, link_rel=None)


def clean_html(text: str) -> str:
    """`text` without scripts, styles, links, pictures, comments or attributes that do something."""
    return CLEANER.clean(text).strip()
