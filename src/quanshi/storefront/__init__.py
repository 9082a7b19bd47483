"""A shop's own pages: the sections of its home page, and its policies, in versions.

Owns: storefront_page_version, storefront_policy_version.
Events in: none. Events out: none.
"""
