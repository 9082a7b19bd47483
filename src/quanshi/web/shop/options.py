"""How a product's variants are offered: each option with its values, and what each complete choice costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from quanshi.catalog.types import ProductView, VariantView


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of an option."""

    text: str
    is_chosen: bool
    is_sold_out: bool  # with whatever else it is combined


@dataclass(frozen=True, slots=True)
class Option:
    name: str
    field: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """One variant as the sheet shows it."""

    variant: VariantView
    available: int
    picture: int  # its place in the gallery, from 0

    @property
    def most(self) -> int:
        """So many units one person can have."""
        limit = self.variant.person_limit
        return self.available if limit is None else min(self.available, limit)

    @property
    def options_key(self) -> str:
        """The values as product.js joins those of the chosen radio buttons."""
        return "\x1f".join(self.variant.options)


def field_name(index: int) -> str:
    return f"option{index}"


def values_of(product: ProductView, index: int) -> list[str]:
    """The values of one option in the order in which the shop wrote them."""
    return list(dict.fromkeys(variant.options[index] for variant in product.variants))


def options_of(
    product: ProductView, *, available: Mapping[UUID, int], chosen: VariantView | None
) -> tuple[Option, ...]:
    return tuple(
        Option(
            name=name,
            field=field_name(index),
            choices=tuple(
                Choice(
                    text=value,
                    is_chosen=chosen is not None and chosen.options[index] == value,
                    is_sold_out=not any(
                        available.get(variant.id, 0) for variant in product.variants if variant.options[index] == value
                    ),
                )
                for value in values_of(product, index)
            ),
        )
        for index, name in enumerate(product.option_names)
    )


def offers_of(product: ProductView, *, available: Mapping[UUID, int]) -> tuple[Offer, ...]:
    places = {media.id: place for place, media in enumerate(product.media)}
    return tuple(
        Offer(
            variant=variant,
            available=available.get(variant.id, 0),
            picture=places.get(variant.media.id, 0) if variant.media else 0,
        )
        for variant in product.variants
    )


def first_offer(product: ProductView, *, available: Mapping[UUID, int]) -> VariantView | None:
    """The variant that a page shows first: one that can be bought, if there is any."""
    in_stock = (variant for variant in product.variants if available.get(variant.id, 0))
    return next(in_stock, product.variants[0] if product.variants else None)
