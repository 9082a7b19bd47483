"""A shop's own pages: the sections of its home page, as a draft and in published versions.

Owns: storefront_page_version.
Events in: none. Events out: none.
"""
