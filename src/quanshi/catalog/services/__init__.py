"""Writes of the catalogue."""

from quanshi.catalog.services.bulk import apply_bulk, preview_bulk, start_bulk
from quanshi.catalog.services.changing import change_goods, publish_due
from quanshi.catalog.services.exporting import MEDIA_TYPES, export_products
from quanshi.catalog.services.favourites import (
    add_favourite,
    adopt_favourites,
    forget_favourites,
    forget_guest_favourites,
    remove_favourite,
)
from quanshi.catalog.services.gallery import change_picture, remove_picture
from quanshi.catalog.services.goods import hold_product, save_product
from quanshi.catalog.services.importing import import_products, note_lost_file
from quanshi.catalog.services.naming import hold_shelves, name_shelf
from quanshi.catalog.services.pictures import add_drawn_media, add_picture, keep_photograph, keep_picture
from quanshi.catalog.services.retrying import retry_picture, retry_pictures
from quanshi.catalog.services.sheets import template_workbook

__all__ = [
    "MEDIA_TYPES",
    "add_drawn_media",
    "add_favourite",
    "add_picture",
    "adopt_favourites",
    "apply_bulk",
    "change_goods",
    "change_picture",
    "export_products",
    "forget_favourites",
    "forget_guest_favourites",
    "hold_product",
    "hold_shelves",
    "import_products",
    "keep_photograph",
    "keep_picture",
    "name_shelf",
    "note_lost_file",
    "preview_bulk",
    "publish_due",
    "remove_favourite",
    "remove_picture",
    "retry_picture",
    "retry_pictures",
    "save_product",
    "start_bulk",
    "template_workbook",
]
