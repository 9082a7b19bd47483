from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models.functions import Now

from quanshi.catalog.types import ImportState, MediaState, ProductStatus
from quanshi.kernel.models import uuid_key
from quanshi.shops.models import Shop


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
        ]


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

    class Meta:
        db_table = "catalog_media"
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
        indexes = [models.Index("shop", "sku", name="catalog_variant_sku", condition=~models.Q(sku=""))]


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
