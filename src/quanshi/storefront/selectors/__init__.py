"""What others may know of a shop's own pages."""

from quanshi.storefront.selectors.pages import draft_section, home_sections, page_draft

__all__ = ["draft_section", "home_sections", "page_draft"]
