from __future__ import annotations

from quanshi.kernel.errors import Conflict, LimitReached, NotFound


class WebhookNotFound(NotFound):
    """Also for another shop's. Details: `webhook_id`."""

    code = "webhook_not_found"
    message = "There is no such webhook."


class DeliveryNotFound(NotFound):
    """Also for another shop's. Details: `delivery_id`."""

    code = "delivery_not_found"
    message = "There is no such delivery."


class WebhookOff(Conflict):
    """Details: `webhook_id`."""

    code = "webhook_off"
    message = "This webhook is off; switch it on first."


class TooManyWebhooks(LimitReached):
    """Details: `limit`."""

    code = "too_many_webhooks"
    message = "A shop cannot have so many webhooks."


class TooManyTries(LimitReached):
    """Details: `limit`: tests and repetitions an hour."""

    code = "too_many_tries"
    message = "Too many tests and repetitions; wait a while."
