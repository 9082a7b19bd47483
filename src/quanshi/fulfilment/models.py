from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from quanshi.catalog.models import Product
from quanshi.fulfilment.types import Carrier, Measure
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


class FreightTemplate(models.Model):
    """What a shop asks for delivery. Zones are edited and read as a whole, so they are one value: types.Zone."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=40)
    measure = models.CharField(max_length=8, choices=[(m.value, m.value) for m in Measure])
    is_default = models.BooleanField(default=False)
    zones = models.JSONField()
    refused = ArrayField(models.CharField(max_length=6), default=list)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "fulfilment_freight_template"
        constraints = [
            models.UniqueConstraint("shop", "name", name="fulfilment_freight_name"),
            models.UniqueConstraint("shop", name="fulfilment_freight_default", condition=models.Q(is_default=True)),
        ]


class FreightProduct(models.Model):
    """A product goes by a template of its own."""

    product = models.OneToOneField(Product, on_delete=models.CASCADE, primary_key=True, related_name="+")
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    template = models.ForeignKey(FreightTemplate, on_delete=models.CASCADE, related_name="products")

    class Meta:
        db_table = "fulfilment_freight_product"


class PickupPoint(models.Model):
    """A place where buyers fetch their goods. Orders carry a copy, so a point can change and close."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    address = models.CharField(max_length=200)
    hours = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=24, blank=True)
    instructions = models.CharField(max_length=300, blank=True)
    is_open = models.BooleanField(default=True)

    class Meta:
        db_table = "fulfilment_pickup_point"
