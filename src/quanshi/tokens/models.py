from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from quanshi.kernel.models import uuid_key
from quanshi.shops.models import Membership, Shop


class Token(models.Model):
    """One program's way in. The secret is kept as its SHA-256 alone; it is random, so nothing slower is needed."""

    id = uuid_key()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    shop = models.ForeignKey(Shop, null=True, on_delete=models.CASCADE, related_name="+")
    # the very membership that it was made under: who leaves and comes back makes a new one
    membership = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+", db_index=True)
    name = models.CharField(max_length=80)
    hint = models.CharField(max_length=8)
    digest = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=24))
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)  # to the hour: a call is no write
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "tokens_token"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(shop__isnull=False) | models.Q(membership__isnull=True), name="tokens_token_work"
            )
        ]
