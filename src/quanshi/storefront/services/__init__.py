"""The use cases of a shop's own pages."""

from quanshi.storefront.services.pages import (
    add_section,
    change_section,
    discard_draft,
    hold_page,
    move_section,
    publish_page,
    remove_section,
    replace_draft,
    restore_version,
    set_section_picture,
)
from quanshi.storefront.services.policies import hold_policies, save_policy

__all__ = [
    "add_section",
    "change_section",
    "discard_draft",
    "hold_page",
    "hold_policies",
    "move_section",
    "publish_page",
    "remove_section",
    "replace_draft",
    "restore_version",
    "save_policy",
    "set_section_picture",
]
