"""The use cases of the fulfilment room, by family."""

from quanshi.fulfilment.services.freight import delete_template, save_template, set_product_template
from quanshi.fulfilment.services.parcels import check_tracking_number, create_shipment

__all__ = [
    "check_tracking_number",
    "create_shipment",
    "delete_template",
    "save_template",
    "set_product_template",
]
