"""What others may know of a shop's own pages."""

from quanshi.storefront.selectors.pages import draft_section, home_sections, kept_page, page_draft, picture_of
from quanshi.storefront.selectors.policies import current_policies, policies, policy, policy_versions

__all__ = [
    "current_policies",
    "draft_section",
    "home_sections",
    "kept_page",
    "page_draft",
    "picture_of",
    "policies",
    "policy",
    "policy_versions",
]
