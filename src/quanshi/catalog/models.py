from __future__ import annotations

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models.functions import Now

from quanshi.catalog.types import BulkOutcome, BulkState, ImportState, MediaState, ProductStatus
from quanshi.kernel.models import uuid_key
from quanshi.shops.models import Shop

PENDING_KILOBYTES: Final = 512  # of pairs that wait for their place in the index: each search reads them through


def originals() -> Storage:
    """Where files lie as they came: with their metadata, hence under no public address."""
    return storages["originals"]


class Category(models.Model):
    """A shelf of one shop; `path` is the names from the root, so a tree needs no recursion to read."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    path = ArrayField(models.CharField(max_length=80))
    slug = models.SlugField(max_length=120, allow_unicode=True)
    translations = models.JSONField(default=dict, blank=True)  # {"en": {"name": ...}}
    position = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "catalog_category"
        constraints = [
            models.UniqueConstraint("shop", "path", name="catalog_category_path"),
            models.UniqueConstraint("shop", "slug", name="catalog_category_slug"),
        ]


class Product(models.Model):
    """Foreign keys, here and below, have no index of their own where a longer one begins with them."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    handle = models.CharField(max_length=255)
    title = models.CharField(max_length=255)
    body_html = models.TextField(blank=True)  # sanitised before it is stored
    vendor = models.CharField(max_length=120, blank=True)
    tags = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    category = models.ForeignKey(Category, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    status = models.CharField(
        max_length=12, default=ProductStatus.ACTIVE, choices=[(s.value, s.value) for s in ProductStatus]
    )
    option_names = ArrayField(models.CharField(max_length=80), default=list, blank=True, size=3)
    translations = models.JSONField(default=dict, blank=True)  # {"en": {"title", "body_html", "options": {zh: en}}}
    attributes = models.JSONField(default=list, db_default=[], blank=True)  # [["Material", "Linen"], ...]
    seo_title = models.CharField(max_length=255, default="", db_default="", blank=True)
    seo_description = models.CharField(max_length=500, default="", db_default="", blank=True)
    # when the sweep puts it on sale, or takes it down; empty once that is done
    publish_at = models.DateTimeField(null=True, blank=True)
    withdraw_at = models.DateTimeField(null=True, blank=True)
    # the least and greatest variant price, kept by catalog.services with the variants in one transaction
    price_from_minor = models.BigIntegerField(default=0)
    price_to_minor = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "catalog_product"
        constraints = [
            models.UniqueConstraint("shop", "handle", name="catalog_product_handle"),
        ]
        indexes = [
            models.Index(fields=["shop", "status", "-id"], name="catalog_product_list"),
            models.Index(fields=["category", "status", "-id"], name="catalog_product_shelf"),
            models.Index(fields=["shop", "status", "price_from_minor"], name="catalog_product_price"),
            models.Index(fields=["category", "status", "price_from_minor"], name="catalog_product_shelf_price"),
            GinIndex(fields=["tags"], name="catalog_product_tags"),
            GinIndex(
                models.Func("shop_id", "title", "handle", function="catalog_pairs"),
                name="catalog_product_pairs",
                gin_pending_list_limit=PENDING_KILOBYTES,
            ),
            models.Index("publish_at", name="catalog_product_publish", condition=models.Q(publish_at__isnull=False)),
            models.Index("withdraw_at", name="catalog_product_withdraw", condition=models.Q(withdraw_at__isnull=False)),
        ]


class Favourite(models.Model):
    """Goods that a person or a guest wants to find again."""

    id = uuid_key()
    keeper_id = models.UUIDField()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    added_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "catalog_favourite"
        constraints = [models.UniqueConstraint("keeper_id", "product", name="catalog_favourite_once")]


class FormerHandle(models.Model):
    """An address that a product had; whoever asks for it is led to the present one."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    handle = models.CharField(max_length=255)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")

    class Meta:
        db_table = "catalog_former_handle"
        constraints = [models.UniqueConstraint("shop", "handle", name="catalog_former_handle_once")]


class Media(models.Model):
    """One picture of a product."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="media", db_index=False)
    position = models.PositiveIntegerField(default=1)
    alt = models.CharField(max_length=512, blank=True)
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in MediaState])
    source = models.TextField(blank=True)  # where the import said it was
    sha256 = models.CharField(max_length=64, blank=True)  # of the file as it came
    original = models.FileField(storage=originals, max_length=255, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    renditions = models.JSONField(default=list, blank=True)  # [{"name", "mime", "width", "height"}]
    fault = models.CharField(max_length=500, default="", db_default="", blank=True)  # why it is unreachable
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)  # empty: nobody tries again by themselves

    class Meta:
        db_table = "catalog_media"
        indexes = [
            models.Index("next_try_at", name="catalog_media_retry", condition=models.Q(next_try_at__isnull=False)),
            models.Index("shop", "id", name="catalog_media_missing", condition=models.Q(state=MediaState.UNREACHABLE)),
        ]
        constraints = [
            # checked at commit, so that pictures may change places
            models.UniqueConstraint(
                fields=["product", "position"], name="catalog_media_position", deferrable=models.Deferrable.DEFERRED
            )
        ]


class Variant(models.Model):
    """What is actually sold: one choice of options at one price."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="variants", db_index=False)
    sku = models.CharField(max_length=120, blank=True)
    options = ArrayField(models.CharField(max_length=255), default=list, blank=True, size=3)
    position = models.PositiveIntegerField(default=1)
    price_minor = models.BigIntegerField()
    list_price_minor = models.BigIntegerField(null=True, blank=True)
    barcode = models.CharField(max_length=64, blank=True)
    weight_grams = models.PositiveIntegerField(default=0)
    # the most that may be shown struck through, kept by catalog.services.prices from the history of prices
    former_price_minor = models.BigIntegerField(null=True, blank=True)
    measure_milli = models.BigIntegerField(null=True, blank=True)  # thousandths of the unit that one variant holds
    measure_unit = models.CharField(max_length=5, default="", db_default="", blank=True)  # g, ml, piece
    person_limit = models.PositiveSmallIntegerField(null=True, blank=True)  # units one person may order
    media = models.ForeignKey(Media, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    is_withdrawn = models.BooleanField(default=False)

    class Meta:
        db_table = "catalog_variant"
        constraints = [
            models.UniqueConstraint("product", "options", name="catalog_variant_options"),
            models.CheckConstraint(condition=models.Q(price_minor__gte=0), name="catalog_variant_price"),
            models.CheckConstraint(condition=models.Q(person_limit__gte=1), name="catalog_variant_person_limit"),
        ]
        # not unique: real catalogues give several goods one number; the import warns about it
        indexes = [
            models.Index("shop", "sku", name="catalog_variant_sku", condition=~models.Q(sku="")),
            GinIndex(
                models.Func("shop_id", "sku", function="catalog_pairs"),
                name="catalog_variant_pairs",
                condition=~models.Q(sku=""),
                gin_pending_list_limit=PENDING_KILOBYTES,
            ),
        ]


class Price(models.Model):
    """What was asked for a variant from a moment on; no price while it was not for sale. Append-only by trigger."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_index=False)
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+", db_index=False)
    price_minor = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "catalog_price"
        indexes = [models.Index(fields=["variant", "id"], name="catalog_price_of_variant")]


class BulkChange(models.Model):
    """One change of many goods: previewed, then applied by the worker, with what it found and did."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    actor_id = models.UUIDField(null=True)
    change = models.JSONField()  # as services.bulk writes a Change
    state = models.CharField(max_length=12, default=BulkState.PREVIEW, choices=[(s.value, s.value) for s in BulkState])
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "catalog_bulk_change"
        indexes = [models.Index(fields=["shop", "-id"], name="catalog_bulk_change_list")]


class BulkLine(models.Model):
    """What one bulk change means for one product. `product_id` is a plain id: the line outlives it."""

    id = models.BigAutoField(primary_key=True)
    bulk = models.ForeignKey(BulkChange, on_delete=models.CASCADE, related_name="lines", db_index=False)
    product_id = models.UUIDField()
    title = models.CharField(max_length=255)
    version = models.DateTimeField()  # of the product, when it was looked at
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    outcome = models.CharField(max_length=12, choices=[(o.value, o.value) for o in BulkOutcome])
    reason = models.CharField(max_length=60, default="", blank=True)  # a code of rules.bulk

    class Meta:
        db_table = "catalog_bulk_line"
        constraints = [models.UniqueConstraint("bulk", "product_id", name="catalog_bulk_line_once")]
        indexes = [models.Index(fields=["bulk", "outcome", "id"], name="catalog_bulk_line_outcome")]


class Import(models.Model):
    """One run over one file, with what it did."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    filename = models.CharField(max_length=255)
    upload = models.CharField(max_length=100, blank=True)  # the same for every beginning of one job
    state = models.CharField(
        max_length=12, default=ImportState.RUNNING, choices=[(s.value, s.value) for s in ImportState]
    )
    counts = models.JSONField(default=dict)
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "catalog_import"


class ImportProblem(models.Model):
    """One refused row, or one warning, of an import."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="problems", db_index=False)
    line = models.PositiveIntegerField()
    column = models.CharField(max_length=120, blank=True)
    value = models.CharField(max_length=500, blank=True)
    reason = models.CharField(max_length=500)
    is_refusal = models.BooleanField(default=True)

    class Meta:
        db_table = "catalog_import_issue"
        indexes = [models.Index(fields=["run", "line", "id"], name="catalog_import_issue_line")]
