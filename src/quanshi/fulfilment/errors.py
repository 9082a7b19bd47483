from __future__ import annotations

from quanshi.kernel.errors import InvalidInput


class BadTrackingNumber(InvalidInput):
    """Details: `field`, `value`, `carrier`, `reason`."""

    code = "bad_tracking_number"
    message = "This is not a tracking number of that carrier."
