from __future__ import annotations

from django.db import models

from quanshi.kernel.models import uuid_key
from quanshi.shops.models import Shop
from quanshi.storefront.types import PolicyKind


class PageVersion(models.Model):
    """A shop's home page: the one draft, without a number, and what was published, of which the highest is shown."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.PositiveIntegerField(null=True)
    sections = models.JSONField(default=list)  # types.Section, in the order of the page
    published_at = models.DateTimeField(null=True)
    published_by = models.UUIDField(null=True)

    class Meta:
        db_table = "storefront_page_version"
        constraints = [
            models.UniqueConstraint("shop", "number", name="storefront_page_number"),
            models.UniqueConstraint("shop", name="storefront_page_draft", condition=models.Q(number__isnull=True)),
            models.CheckConstraint(
                condition=models.Q(number__isnull=True, published_at__isnull=True)
                | models.Q(number__isnull=False, published_at__isnull=False),
                name="storefront_page_published",
            ),
        ]


class PolicyVersion(models.Model):
    """What a shop said of one matter from then on. Rows are only added: orders were placed under the older ones."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=[(k.value, k.value) for k in PolicyKind])
    number = models.PositiveIntegerField()
    texts = models.JSONField()  # by locale; "" is the shop's own language; all empty: withdrawn
    published_at = models.DateTimeField()
    published_by = models.UUIDField()

    class Meta:
        db_table = "storefront_policy_version"
        constraints = [models.UniqueConstraint("shop", "kind", "number", name="storefront_policy_number")]
