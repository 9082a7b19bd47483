"""What others may know of a shop's own pages."""

from quanshi.storefront.selectors.pages import draft_section, home_sections, page_draft
from quanshi.storefront.selectors.policies import policies, policy, policy_texts

__all__ = ["draft_section", "home_sections", "page_draft", "policies", "policy", "policy_texts"]
