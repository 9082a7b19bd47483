"""Writes of the catalogue."""

from quanshi.catalog.services.goods import change_goods, hold_product, save_product
from quanshi.catalog.services.importing import import_products
from quanshi.catalog.services.pictures import add_drawn_media, add_picture, keep_photograph, keep_picture

__all__ = [
    "add_drawn_media",
    "add_picture",
    "change_goods",
    "hold_product",
    "import_products",
    "keep_photograph",
    "keep_picture",
    "save_product",
]
