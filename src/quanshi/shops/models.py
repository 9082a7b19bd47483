from __future__ import annotations

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Now

from quanshi.kernel.models import uuid_key
from quanshi.shops.types import Role, ShopState


class Shop(models.Model):
    """One light shop at /s/<slug>."""

    id = uuid_key()
    slug = models.SlugField(max_length=48, unique=True)
    name = models.CharField(max_length=80)
    tagline = models.CharField(max_length=160, blank=True)
    translations = models.JSONField(default=dict, blank=True)  # {"en": {"name": ..., "tagline": ...}}
    logo = models.ImageField(upload_to="shops/", blank=True)
    accent = models.CharField(
        max_length=7,
        default="#d6402b",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", "Write a colour like #d6402b.")],
    )
    look = models.CharField(max_length=16, default="plain")  # which drawn cover the shop page shows
    currency = models.CharField(max_length=3, default="CNY")
    is_demo = models.BooleanField(default=False)  # made up: its pages say so
    state = models.CharField(max_length=12, default=ShopState.OPEN, choices=[(s.value, s.value) for s in ShopState])
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "shops_shop"


class Membership(models.Model):
    """A person works in a shop."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=12, default=Role.OWNER, choices=[(r.value, r.value) for r in Role])
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "shops_membership"
        constraints = [models.UniqueConstraint("shop", "person", name="shops_membership_once")]
