"""Products, variants, categories and pictures; import and export of whole catalogues, the history of prices.

Owns: catalog_category, catalog_product, catalog_favourite, catalog_former_handle, catalog_variant, catalog_price,
catalog_media, catalog_bulk_change, catalog_bulk_line, catalog_import, catalog_import_issue.
Events in: none. Events out: none.
"""
