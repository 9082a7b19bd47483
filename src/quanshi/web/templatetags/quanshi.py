"""The tags and filters that every template has without loading them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from django import template
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from quanshi.catalog.types import MediaState, MediaView
from quanshi.kernel.money import Money
from quanshi.orders.types import OrderCard, OrderState, OrderView, PurchaseOrder, Reason, TimelineEntry
from quanshi.web import formats, words

register = template.Library()

CARD_SIZES = "(min-width: 64rem) 17rem, (min-width: 48rem) 31vw, 47vw"
TINTS = 6  # of .picture-tint-* in parts.css
SOURCE_ORDER = ("image/avif", "image/webp")  # the smallest first: a browser takes the first that it can show


# Prices, pictures and icons stand on a page by the dozen: written here they cost a tenth of what templates would.


@register.simple_tag
def price(money: Money, style: str = "") -> SafeString:
    """An amount of money, set the same way everywhere. `style`: "" or "struck"."""
    return _price(money, style, get_language())


@lru_cache(maxsize=4096)
def _price(money: Money, style: str, _language: str | None) -> SafeString:
    parts = formats.price_parts(money)
    return format_html(
        '<span class="price{}">{}{}{}<span class="price-decimals">{}</span>{}</span>',
        " price-struck" if style == "struck" else "",
        parts.minus,
        "" if parts.is_symbol_last else format_html('<span class="price-symbol">{}</span>', parts.symbol),
        parts.whole,
        parts.decimals,
        format_html('<span class="price-symbol"> {}</span>', parts.symbol) if parts.is_symbol_last else "",
    )


@register.simple_tag
def picture(
    media: MediaView | None, sizes: str = CARD_SIZES, *, eager: bool = False, alt: str = "", name: str = ""
) -> SafeString:
    """A picture in the sizes that exist, or a tinted tile with the first letter of what would be in it.

    `alt` is used where the picture itself has none; `name` is for the tile of a picture that needs no words.
    """
    if media is None or media.state is MediaState.UNREACHABLE or not media.src:
        return _tile(alt=alt, name=name or alt)
    return format_html(
        '<picture class="picture">{}<img src="{}" alt="{}" width="{}" height="{}" decoding="async" {}="{}"></picture>',
        _sources(media, sizes),
        media.src,
        media.alt or alt,
        media.width or 800,
        media.height or 800,
        *(("fetchpriority", "high") if eager else ("loading", "lazy")),
    )


def _sources(media: MediaView, sizes: str) -> SafeString:
    sets = [
        (mime, ", ".join(f"{r.url} {r.width}w" for r in media.renditions if r.mime == mime)) for mime in SOURCE_ORDER
    ]
    return format_html_join(
        "", '<source type="{}" srcset="{}" sizes="{}">', ((mime, urls, sizes) for mime, urls in sets if urls)
    )


def _tile(*, alt: str, name: str) -> SafeString:
    letter = initial(name)
    return format_html(
        '<span class="picture picture-none{}"{}>{}</span>',
        f" picture-tint-{sum(map(ord, name)) % TINTS}" if letter else "",
        format_html(' role="img" aria-label="{}"', alt) if alt else "",
        format_html('<span class="picture-letter" aria-hidden="true">{}</span>', letter) if letter else icon("image"),
    )


@register.simple_tag
def icon(name: str) -> SafeString:
    """A Lucide icon, drawn in the colour of the text beside it and hidden from screen readers."""
    return _icon(name)


@lru_cache(maxsize=256)
def _icon(name: str) -> SafeString:
    path = Path(settings.NODE_MODULES) / "lucide-static" / "icons" / f"{name}.svg"
    try:
        svg = path.read_text()
    except FileNotFoundError:
        raise ImproperlyConfigured(f"no icon {name!r} at {path}; run `make setup`, or see lucide.dev/icons") from None
    drawing = " ".join(svg[svg.index(">", svg.index("<svg")) + 1 : svg.index("</svg>")].split())
    return mark_safe(  # noqa: S308 - drawn by Lucide, read from our own installation
        '<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round"'
        f' stroke-linejoin="round" aria-hidden="true">{re.sub(" ?/>", "/>", drawing).replace("> <", "><")}</svg>'
    )


@register.filter
def money(value: Money) -> str:
    """The amount as plain text, for labels and sentences."""
    return formats.money_text(value)


@register.filter
def moment(value: datetime) -> str:
    return formats.moment(value)


@register.filter
def day(value: date) -> str:
    return formats.day(value)


@register.filter
def shop_day(value: datetime) -> str:
    return formats.shop_day(value)


@register.filter
def listed(names: Iterable[str]) -> str:
    return formats.listed(names)


@register.filter
def get(table: Mapping[str, object], key: str) -> object:
    """What stands under `key`, if anything."""
    return table.get(key)


@register.filter
def initial(name: str) -> str:
    """The letter that stands for a shop without a logo or goods without a picture; brackets and quotes do not."""
    return next((sign for sign in name if sign.isalnum()), name.strip()[:1]).upper()


def _word(table: Mapping[str, Promise | str], value: str) -> str:
    return str(table.get(value, value))


@register.filter
def order_word(order: OrderCard | OrderView | PurchaseOrder) -> str:
    """What state an order is in."""
    is_fetched = order.is_pickup and order.state is OrderState.TO_SHIP
    return str(words.TO_PICK_UP) if is_fetched else _word(words.ORDER, order.state)


@register.filter
def order_tone(state: str) -> str:
    """The badge class that goes with an order's state."""
    tone = words.ORDER_TONES.get(state, "")
    return f"badge badge-{tone}" if tone else "badge"


@register.filter
def timeline_word(entry: TimelineEntry) -> str:
    """What one entry of an order's timeline says."""
    return str(words.HAPPENINGS.get(entry.reason) or words.TIMELINE[entry.state])


@register.filter
def reason_word(entry: TimelineEntry) -> str:
    """Why it came to that, where there is more to say; a cancellation may carry the canceller's own words."""
    if entry.reason in words.REASONS:
        return str(words.REASONS[entry.reason])
    return "" if entry.reason in set(Reason) else entry.reason


@register.filter
def step_word(word: str) -> str:
    return _word(words.STEPS, word)


@register.filter
def policy_word(kind: str) -> str:
    return _word(words.POLICY, kind)


@register.filter
def refund_status_word(status: str) -> str:
    return _word(words.REFUND_STATUS, status)


@register.filter
def after_sale_word(state: str) -> str:
    return _word(words.AFTER_SALE, state)


@register.filter
def after_sale_tone(state: str) -> str:
    tone = words.AFTER_SALE_TONES.get(state, "")
    return f"badge badge-{tone}" if tone else "badge"


@register.filter
def after_sale_kind_word(kind: str) -> str:
    return _word(words.AFTER_SALE_KIND, kind)


@register.filter
def attempt_word(state: str) -> str:
    return _word(words.ATTEMPT, state)


@register.filter
def refund_word(state: str) -> str:
    return _word(words.REFUND, state)


@register.filter
def carrier_word(carrier: str) -> str:
    return _word(words.CARRIER, carrier)


@register.filter
def gateway_word(gateway: str) -> str:
    return _word(words.GATEWAY, gateway)


@register.filter
def gateway_hint(gateway: str) -> str:
    return _word(words.GATEWAY_HINT, gateway)
