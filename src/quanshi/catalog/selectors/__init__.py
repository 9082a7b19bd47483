"""Reads of the catalogue; every function makes a fixed number of queries, however many rows it returns."""

from quanshi.catalog.selectors.console import goods, import_issues, import_report, import_runs
from quanshi.catalog.selectors.editing import free_handle, product_to_edit
from quanshi.catalog.selectors.naming import ids_of_handles, product_names
from quanshi.catalog.selectors.selling import only_variant, priced_variants, shops_of_variants
from quanshi.catalog.selectors.shelves import (
    cards_by_id,
    categories,
    kept_picture,
    list_products,
    product_by_id,
    product_page,
    variants_by_id,
)

__all__ = [
    "cards_by_id",
    "categories",
    "free_handle",
    "goods",
    "ids_of_handles",
    "import_issues",
    "import_report",
    "import_runs",
    "kept_picture",
    "list_products",
    "only_variant",
    "priced_variants",
    "product_by_id",
    "product_names",
    "product_page",
    "product_to_edit",
    "shops_of_variants",
    "variants_by_id",
]
