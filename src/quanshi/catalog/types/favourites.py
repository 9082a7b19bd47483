from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from quanshi.catalog.types.goods import ProductCard

MOST_FAVOURITES: Final = 200  # of one person or guest


@dataclass(frozen=True, slots=True)
class FavouriteView:
    """Goods that somebody wants to find again, with their card while they are sold."""

    product_id: UUID
    title: str
    added_at: datetime
    card: ProductCard | None
