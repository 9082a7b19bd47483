"""What search engines and assistants read of a product: schema.org as JSON-LD."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import unescape
from typing import Any
from urllib.parse import urljoin
from uuid import UUID

from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe

from quanshi.catalog.types import ProductView
from quanshi.reviews.types import Rating
from quanshi.shops.types import ShopView

# what would end the script element, or start a comment in it
UNSAFE = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}
DESCRIPTION_LENGTH = 300


def description(body_html: str) -> str:
    """The beginning of a description as plain text."""
    text = re.sub(r"\s+", " ", unescape(strip_tags(body_html))).strip()
    return text if len(text) <= DESCRIPTION_LENGTH else f"{text[: DESCRIPTION_LENGTH - 1].rstrip()}…"


def product(
    goods: ProductView, *, shop: ShopView, available: Mapping[UUID, int], rating: Rating | None, url: str
) -> SafeString:
    """A JSON-LD document, safe inside a script element. Reviews from elsewhere are in no figure of it."""
    document: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": goods.title,
        "description": description(goods.body_html),
        "image": [urljoin(url, media.src) for media in goods.media if media.src],
        "url": url,
        "brand": {"@type": "Brand", "name": goods.vendor or shop.name},
        "offers": [
            {
                "@type": "Offer",
                "sku": variant.sku or str(variant.id),
                "name": " · ".join(variant.options) or goods.title,
                "price": str(variant.price.decimal),
                "priceCurrency": variant.price.currency,
                "availability": f"https://schema.org/{'InStock' if available.get(variant.id) else 'OutOfStock'}",
                "seller": {"@type": "Organization", "name": shop.name},
                "url": url,
            }
            for variant in goods.variants
        ],
    }
    if rating is not None and rating.count:
        document["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": str(rating.average),
            "reviewCount": rating.count,
            "bestRating": 5,
            "worstRating": 1,
        }
    return mark_safe(json.dumps(document, ensure_ascii=False).translate(UNSAFE))  # noqa: S308 - escaped just here
