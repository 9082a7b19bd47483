"""Reads of the catalogue; every function makes a fixed number of queries, however many rows it returns."""

from quanshi.catalog.selectors.bulk import bulk_change, bulk_lines, bulk_lines_page
from quanshi.catalog.selectors.console import (
    goods,
    goods_count,
    import_issues,
    import_report,
    import_runs,
    tags,
    variants_named,
    variants_of_sku,
)
from quanshi.catalog.selectors.editing import free_handle, missing_pictures, product_to_edit
from quanshi.catalog.selectors.favourites import bars_of_keeper, data_of_keeper, favourites, is_favourite
from quanshi.catalog.selectors.finding import categories_named, texts
from quanshi.catalog.selectors.naming import ids_of_handles, product_names
from quanshi.catalog.selectors.selling import only_variant, priced_variants, shops_of_variants
from quanshi.catalog.selectors.shelves import (
    cards_by_id,
    categories,
    kept_picture,
    list_products,
    moved_to,
    product_by_id,
    product_page,
    shelf_names,
    variants_by_id,
)

__all__ = [
    "bars_of_keeper",
    "bulk_change",
    "bulk_lines",
    "bulk_lines_page",
    "cards_by_id",
    "categories",
    "categories_named",
    "data_of_keeper",
    "favourites",
    "free_handle",
    "goods",
    "goods_count",
    "ids_of_handles",
    "import_issues",
    "import_report",
    "import_runs",
    "is_favourite",
    "kept_picture",
    "list_products",
    "missing_pictures",
    "moved_to",
    "only_variant",
    "priced_variants",
    "product_by_id",
    "product_names",
    "product_page",
    "product_to_edit",
    "shelf_names",
    "shops_of_variants",
    "tags",
    "texts",
    "variants_by_id",
    "variants_named",
    "variants_of_sku",
]
