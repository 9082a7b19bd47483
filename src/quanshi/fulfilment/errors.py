from __future__ import annotations

from quanshi.kernel.errors import Conflict, InvalidInput, LimitReached, NotFound


class BadTrackingNumber(InvalidInput):
    """Details: `field`, `value`, `carrier`, `reason`."""

    code = "bad_tracking_number"
    message = "This is not a tracking number of that carrier."


class NoDelivery(Conflict):
    """Details: `shop_id`, `title` of what cannot go there, and `region` in the buyer's words."""

    code = "no_delivery"
    message = "The shop does not deliver these goods to this region."


class TemplateNotFound(NotFound):
    """Details: `template_id`."""

    code = "freight_template_not_found"
    message = "There is no such freight template."


class TemplateIsDefault(Conflict):
    """Details: `template_id`. Make another one the default first."""

    code = "freight_template_is_default"
    message = "The default template cannot be deleted while there are others."


class TooManyTemplates(LimitReached):
    """Details: `limit`."""

    code = "too_many_freight_templates"
    message = "A shop cannot have so many freight templates."


class PickupPointNotFound(NotFound):
    """Details: `point_id`."""

    code = "pickup_point_not_found"
    message = "There is no such pick-up point, or it is closed."


class TooManyPickupPoints(LimitReached):
    """Details: `limit`."""

    code = "too_many_pickup_points"
    message = "A shop cannot have so many pick-up points."
