from __future__ import annotations

from quanshi.kernel.errors import Conflict, NotFound


class StockExhausted(Conflict):
    """Details: `variant_id`, `available`: what the whole request could have had of it."""

    code = "sold_out"
    message = "There is not enough left."


class BelowReserved(Conflict):
    """Details: `variant_id`, `location_id`, `reserved`: these units are promised, so they must be there."""

    code = "below_reserved"
    message = "More units are promised than were counted."


class PoolClosed(Conflict):
    """Details: `pool_id`."""

    code = "pool_closed"
    message = "This campaign's stock has gone back."


class NotReserved(Conflict):
    """Details: `owner_id`, `line_id`, `missing`: units that the line does not hold."""

    code = "not_reserved"
    message = "These goods are not reserved."


class LocationNotFound(NotFound):
    """Details: `location_id`."""

    code = "location_not_found"
    message = "This location does not exist."


class LocationNameTaken(Conflict):
    """Details: `name`."""

    code = "location_name_taken"
    message = "The shop has a location of this name."


class VariantNotFound(NotFound):
    """Also for another shop's goods. Details: `variant_id`."""

    code = "variant_not_found"
    message = "The shop has no such goods."


class TakeNotFound(NotFound):
    """Also for another shop's count. Details: `take_id`."""

    code = "take_not_found"
    message = "There is no such count."


class TakeEnded(Conflict):
    """It was applied or dropped. Details: `take_id`."""

    code = "take_ended"
    message = "This count has ended."


class NothingToCount(Conflict):
    """No goods have ever lain there. Details: `location_id`."""

    code = "nothing_to_count"
    message = "Nothing lies at this place."
