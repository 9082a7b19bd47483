from __future__ import annotations

from django.db import models

from quanshi.fulfilment.types import Carrier
from quanshi.kernel.models import uuid_key
from quanshi.shops.models import Shop


class Shipment(models.Model):
    """One parcel."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    order_id = models.UUIDField()
    carrier = models.CharField(max_length=8, choices=[(c.value, c.value) for c in Carrier])
    tracking_number = models.CharField(max_length=40)
    shipped_at = models.DateTimeField()

    class Meta:
        db_table = "fulfilment_shipment"
        indexes = [models.Index("order_id", name="fulfilment_shipment_order")]


class ShipmentLine(models.Model):
    id = uuid_key()
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines")
    order_line_id = models.UUIDField()
    quantity = models.PositiveIntegerField()

    class Meta:
        db_table = "fulfilment_shipment_line"
        constraints = [models.CheckConstraint(condition=models.Q(quantity__gt=0), name="fulfilment_line_quantity")]
        indexes = [models.Index("order_line_id", name="fulfilment_line_order_line")]
