"""The use cases of the fulfilment room, by family."""

from quanshi.fulfilment.services.freight import (
    delete_template,
    hold_template,
    save_template,
    set_product_template,
)
from quanshi.fulfilment.services.parcels import (
    carrier_named,
    check_tracking_number,
    create_shipment,
    forget_tracking_numbers,
)
from quanshi.fulfilment.services.pickup import (
    close_pickup_point,
    hold_pickup_point,
    new_pickup_code,
    record_hand_over,
    save_pickup_point,
)

__all__ = [
    "carrier_named",
    "check_tracking_number",
    "close_pickup_point",
    "create_shipment",
    "delete_template",
    "forget_tracking_numbers",
    "hold_pickup_point",
    "hold_template",
    "new_pickup_code",
    "record_hand_over",
    "save_pickup_point",
    "save_template",
    "set_product_template",
]
