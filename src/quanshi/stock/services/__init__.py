"""The use cases of the stock room, by family."""

from quanshi.stock.services.pools import close_pool, drain_closed_pools, fill_pool
from quanshi.stock.services.reservations import consume, release, release_expired, release_units, reserve
from quanshi.stock.services.shelves import add_location, count_level, place_opening_stock, restock
from quanshi.stock.services.takes import MOST_LINES, apply_take, begin_take, drop_take, read_counts, type_counts

__all__ = [
    "MOST_LINES",
    "add_location",
    "apply_take",
    "begin_take",
    "close_pool",
    "consume",
    "count_level",
    "drain_closed_pools",
    "drop_take",
    "fill_pool",
    "place_opening_stock",
    "read_counts",
    "release",
    "release_expired",
    "release_units",
    "reserve",
    "restock",
    "type_counts",
]
