"""The writes of the shops room, and the question that every room asks before it works for a shop."""

from quanshi.shops.services.members import add_member
from quanshi.shops.services.permission import require_permission
from quanshi.shops.services.shops import (
    LOGO_MAX_BYTES,
    LOGO_MAX_PIXELS,
    LOGO_SIDE,
    ShopChanges,
    open_shop,
    set_logo,
    update_shop,
)

__all__ = [
    "LOGO_MAX_BYTES",
    "LOGO_MAX_PIXELS",
    "LOGO_SIDE",
    "ShopChanges",
    "add_member",
    "open_shop",
    "require_permission",
    "set_logo",
    "update_shop",
]
