"""From rows to the dataclasses that other rooms see, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage

from quanshi.catalog.models import Category, Media, Product, Variant
from quanshi.catalog.rules.former_prices import judge
from quanshi.catalog.rules.measures import measure_of, unit_price
from quanshi.catalog.types import (
    CategoryLink,
    ListPrice,
    ListPriceVerdict,
    MediaState,
    MediaView,
    ProductStatus,
    Rendition,
    VariantView,
)
from quanshi.kernel.money import Money

FALLBACK_WIDTH = 640


def words_of(*, translations: Mapping[str, Any], locale: str) -> Mapping[str, Any]:
    """What a row says in `locale`, or in its language without the region; nothing where it was never translated."""
    words = translations.get(locale) or translations.get(locale.partition("-")[0]) or {}
    return words if isinstance(words, Mapping) else {}


def options_of(*, texts: Iterable[str], translations: Mapping[str, Any], locale: str) -> tuple[str, ...]:
    """Names or values of options in the reader's language."""
    words = words_of(translations=translations, locale=locale).get("options") or {}
    return tuple(words.get(text) or text for text in texts)


def media_view(*, media: Media) -> MediaView:
    """A picture with its public addresses."""
    return picture_view(
        media_id=media.id,
        alt=media.alt,
        state=media.state,
        width=media.width,
        height=media.height,
        renditions=media.renditions,
    )


def picture_view(
    *, media_id: UUID, alt: str, state: str, width: int, height: int, renditions: Iterable[Mapping[str, Any]]
) -> MediaView:
    """The same of a row that was read without its model."""
    sizes = tuple(
        Rendition(url=_address(r["name"]), mime=r["mime"], width=r["width"], height=r["height"]) for r in renditions
    )
    # the plain <img>: every browser of the last years reads WebP
    plain = [r for r in sizes if r.mime != "image/avif"]
    src = min(plain, key=lambda r: (abs(r.width - FALLBACK_WIDTH), r.width)).url if plain else ""
    return MediaView(
        id=media_id, alt=alt, state=MediaState(state), width=width, height=height, src=src, renditions=sizes
    )


@lru_cache(maxsize=8192)
def _address(name: str) -> str:
    """Joining and quoting it anew for every size of every picture of a page takes longer than all the rest of them."""
    return default_storage.url(name)


def first_media(*, product_ids: Iterable[UUID]) -> dict[UUID, MediaView]:
    """The first picture of each product that has one to show. One query."""
    rows = (
        Media.objects.filter(product_id__in=list(product_ids))
        .exclude(state=MediaState.UNREACHABLE)
        .order_by("product_id", "position")
        .distinct("product_id")
    )
    return {media.product_id: media_view(media=media) for media in rows}


def variant_view(
    *, variant: Variant, product: Product, currency: str, media: MediaView | None, locale: str
) -> VariantView:
    """A variant of `product` with the picture to show for it."""
    words = words_of(translations=product.translations, locale=locale)
    price = Money(variant.price_minor, currency)
    measure = measure_of(variant.measure_milli, variant.measure_unit)
    return VariantView(
        id=variant.id,
        product_id=product.id,
        shop_id=variant.shop_id,
        product_handle=product.handle,
        product_title=words.get("title") or product.title,
        sku=variant.sku,
        options=options_of(texts=variant.options, translations=product.translations, locale=locale),
        price=price,
        list_price=shown_list_price(variant=variant, currency=currency),
        media=media,
        weight_grams=variant.weight_grams,
        person_limit=variant.person_limit,
        is_sellable=product.status == ProductStatus.ACTIVE and not variant.is_withdrawn,
        measure=measure,
        unit_price=unit_price(price, measure),
    )


def list_price_verdict(*, variant: Variant) -> ListPriceVerdict:
    """Whether what the shop calls the variant's former price may be shown."""
    return judge(
        price_minor=variant.price_minor,
        list_price_minor=variant.list_price_minor,
        former_price_minor=variant.former_price_minor,
    )


def list_price(*, variant: Variant, currency: str) -> ListPrice:
    """What the shop calls the variant's former price, shown or not, and why."""
    said, most = variant.list_price_minor, variant.former_price_minor
    return ListPrice(
        variant_id=variant.id,
        said=None if said is None else Money(said, currency),
        most=None if most is None else Money(most, currency),
        verdict=list_price_verdict(variant=variant),
    )


def shown_list_price(*, variant: Variant, currency: str) -> Money | None:
    """The former price where it is honest."""
    is_shown = list_price_verdict(variant=variant) is ListPriceVerdict.SHOWN
    return Money(variant.list_price_minor, currency) if is_shown and variant.list_price_minor is not None else None


def category_link(*, category: Category, locale: str) -> CategoryLink:
    """A shelf by its own name."""
    words = words_of(translations=category.translations, locale=locale)
    return CategoryLink(
        id=category.id,
        slug=category.slug,
        name=words.get("name") or category.path[-1],
        path=tuple(category.path),
    )
