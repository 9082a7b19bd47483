"""Products, variants, categories and pictures; import of catalogues that other systems wrote.

Owns: catalog_category, catalog_product, catalog_variant, catalog_media, catalog_import, catalog_import_issue.
Events in: none. Events out: none.
"""
