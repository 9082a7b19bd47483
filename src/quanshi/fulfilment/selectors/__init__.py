"""What others may know of delivery, by family."""

from quanshi.fulfilment.selectors.freight import (
    charges,
    freight_promise,
    product_template,
    region_codes,
    region_names,
    template,
    templates,
)
from quanshi.fulfilment.selectors.parcels import shipments_of, shipped_quantities
from quanshi.fulfilment.selectors.pickup import normal_pickup_code, pickup_point, pickup_points

__all__ = [
    "charges",
    "freight_promise",
    "normal_pickup_code",
    "pickup_point",
    "pickup_points",
    "product_template",
    "region_codes",
    "region_names",
    "shipments_of",
    "shipped_quantities",
    "template",
    "templates",
]
