"""The use cases of a shop's own pages."""

from quanshi.storefront.services.pages import (
    add_section,
    change_section,
    discard_draft,
    move_section,
    publish_page,
    remove_section,
    restore_version,
)
from quanshi.storefront.services.policies import save_policy

__all__ = [
    "add_section",
    "change_section",
    "discard_draft",
    "move_section",
    "publish_page",
    "remove_section",
    "restore_version",
    "save_policy",
]
