from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from quanshi.catalog.models import Product
from quanshi.kernel.models import uuid_key
from quanshi.reviews.types import HideReason
from quanshi.shops.models import Shop


class Review(models.Model):
    """What one buyer said of one order line, or what was said elsewhere. sql/kept.sql lets no one delete or change it.

    The id is as old as what was written, so newest first is the order of ids; an imported review's id is made of its
    moment and its content. Who wrote it is the buyer of the order, who stands there and nowhere else.
    """

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", db_index=False)
    order_id = models.UUIDField(null=True)
    order_line_id = models.UUIDField(null=True)
    options = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    author_name = models.CharField(max_length=80, blank=True)
    stars = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=2000, blank=True)
    pictures = models.JSONField(default=list, blank=True)  # [{"width", "height", "renditions": as Media keeps them}]
    has_pictures = models.BooleanField(default=False)
    source = models.CharField(max_length=80, blank=True)  # where an imported one was taken from
    is_imported = models.BooleanField(default=False)
    written_at = models.DateTimeField()
    addition = models.CharField(max_length=2000, blank=True)
    addition_pictures = models.JSONField(default=list, blank=True)
    added_at = models.DateTimeField(null=True)
    reply = models.CharField(max_length=1000, blank=True)
    replied_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True)
    hidden_reason = models.CharField(max_length=16, blank=True, choices=[(r.value, r.value) for r in HideReason])
    hidden_words = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "reviews_review"
        constraints = [
            models.CheckConstraint(condition=models.Q(stars__range=(1, 5)), name="reviews_review_stars"),
            # a purchase stands behind it, or the name of the place that it was taken from
            models.CheckConstraint(
                condition=models.Q(is_imported=False, order_line_id__isnull=False, order_id__isnull=False, source="")
                | (
                    models.Q(is_imported=True, order_line_id__isnull=True, order_id__isnull=True) & ~models.Q(source="")
                ),
                name="reviews_review_origin",
            ),
            models.UniqueConstraint(fields=["order_line_id"], name="reviews_review_once"),
        ]
        indexes = [
            models.Index(fields=["product", "is_imported", "-id"], name="reviews_review_list"),
            models.Index(fields=["product", "is_imported", "stars", "-id"], name="reviews_review_stars"),
            models.Index(
                fields=["product", "is_imported", "-id"],
                name="reviews_review_pictures",
                condition=models.Q(has_pictures=True),
            ),
            models.Index(fields=["shop", "is_imported", "-id"], name="reviews_review_shop"),
            models.Index(
                fields=["shop", "is_imported", "-id"],
                name="reviews_review_unanswered",
                condition=models.Q(replied_at__isnull=True),
            ),
            models.Index("hidden_at", name="reviews_review_hidden", condition=models.Q(hidden_at__isnull=False)),
        ]


class Tally(models.Model):
    """The stars of a product, counted as reviews come. Several rows a product, so that buyers do not queue for one.

    sql/tally.sql keeps it; the audit recounts.
    """

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    is_imported = models.BooleanField()
    slot = models.PositiveSmallIntegerField()
    one = models.PositiveIntegerField()
    two = models.PositiveIntegerField()
    three = models.PositiveIntegerField()
    four = models.PositiveIntegerField()
    five = models.PositiveIntegerField()

    class Meta:
        db_table = "reviews_tally"
        constraints = [
            models.UniqueConstraint(fields=["product", "is_imported", "slot"], name="reviews_tally_slot"),
        ]


class Report(models.Model):
    """Somebody asks the operator to look at a review."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_index=False)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="+", db_index=False)
    reporter_id = models.UUIDField()
    reason = models.CharField(max_length=16, choices=[(r.value, r.value) for r in HideReason])
    words = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "reviews_report"
        constraints = [models.UniqueConstraint(fields=["review", "reporter_id"], name="reviews_report_once")]
        indexes = [models.Index(fields=["id"], name="reviews_report_open", condition=models.Q(decided_at__isnull=True))]


class Decision(models.Model):
    """What an operator has decided about a review, and why. Rows are only ever added."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_index=False)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=8)  # hidden, shown, kept
    reason = models.CharField(max_length=16, blank=True)
    words = models.CharField(max_length=300, blank=True)
    operator_id = models.UUIDField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "reviews_decision"
