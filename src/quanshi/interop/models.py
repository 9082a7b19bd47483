from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from quanshi.interop.types import DeliveryState, OffReason, WebhookState
from quanshi.kernel.models import uuid_key
from quanshi.shops.models import Shop


class Webhook(models.Model):
    """An address of a shop's that is told of some events. Its secret follows from its id and `secret_number`."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=120, blank=True)
    event_types = ArrayField(models.CharField(max_length=40))
    state = models.CharField(max_length=4, default=WebhookState.ON, choices=[(s.value, s.value) for s in WebhookState])
    off_reason = models.CharField(
        max_length=12, blank=True, default="", choices=[(r.value, r.value) for r in OffReason]
    )
    secret_number = models.PositiveIntegerField(default=1)
    old_secret_until = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)  # of an unbroken row of failures the first
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "interop_webhook"


class Delivery(models.Model):
    """One message for one webhook: what is sent, how often it was tried, when it is tried next."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="+", db_index=False)
    message_id = models.CharField(max_length=40)  # of the event: the same for all who are told of it, at every try
    event_type = models.CharField(max_length=40)
    body = models.TextField()  # the very characters that are signed
    state = models.CharField(
        max_length=10, default=DeliveryState.PENDING, choices=[(s.value, s.value) for s in DeliveryState]
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    last_try_at = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    answer = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "interop_delivery"
        indexes = [
            models.Index(fields=["webhook", "-id"], name="interop_delivery_list"),
            models.Index(
                "webhook", "next_try_at", name="interop_delivery_due", condition=models.Q(state=DeliveryState.PENDING)
            ),
        ]
