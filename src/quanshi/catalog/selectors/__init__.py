"""Reads of the catalogue; every function makes a fixed number of queries, however many rows it returns."""

from quanshi.catalog.selectors.bulk import bulk_change, bulk_lines
from quanshi.catalog.selectors.console import goods, goods_count, import_issues, import_report, import_runs, tags
from quanshi.catalog.selectors.editing import free_handle, missing_pictures, product_to_edit
from quanshi.catalog.selectors.selling import only_variant, priced_variants, shops_of_variants
from quanshi.catalog.selectors.shelves import (
    categories,
    list_products,
    moved_to,
    product_by_id,
    product_page,
    variants_by_id,
)

__all__ = [
    "bulk_change",
    "bulk_lines",
    "categories",
    "free_handle",
    "goods",
    "goods_count",
    "import_issues",
    "import_report",
    "import_runs",
    "list_products",
    "missing_pictures",
    "moved_to",
    "only_variant",
    "priced_variants",
    "product_by_id",
    "product_page",
    "product_to_edit",
    "shops_of_variants",
    "tags",
    "variants_by_id",
]
