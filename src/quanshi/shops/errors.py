from __future__ import annotations

from quanshi.kernel.errors import Conflict, InvalidInput, LimitReached, NotFound


class ShopNotFound(NotFound):
    """Details: `slug` or `shop_id`."""

    code = "shop_not_found"
    message = "There is no such shop."


class SlugTaken(Conflict):
    """Details: `slug`."""

    code = "slug_taken"
    message = "This shop address is in use already."


class TooManyShops(LimitReached):
    """Details: `limit`: so many shops one person may own."""

    code = "too_many_shops"
    message = "One person cannot own so many shops."


class LogoRefused(InvalidInput):
    """Details: `field`, `value` (the file's name) and `reason`: too_large, unreadable or too_many_pixels."""

    code = "logo_refused"
    message = "This picture cannot be used as a logo."
