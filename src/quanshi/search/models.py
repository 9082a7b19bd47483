from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now

from quanshi.catalog.models import Product
from quanshi.kernel.models import uuid_key
from quanshi.shops.models import Shop


class Document(models.Model):
    """The words by which one product on sale is found. Status, price and stock are not here: they are read live."""

    product = models.OneToOneField(Product, primary_key=True, on_delete=models.CASCADE, related_name="+")
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    title = models.TextField()  # folded, in every language, a line each
    # each word once, with the weight of the best place where it stands: A heads the title, B is in the title,
    # C in category, tags, vendor or options, D in the description; and a word for the shop
    words = SearchVectorField()
    title_words = SearchVectorField()  # those of them that have A or B, and the shop's
    version = models.PositiveSmallIntegerField()  # of the way in which words are made

    class Meta:
        db_table = "search_document"
        indexes = [
            GinIndex(fields=["words"], name="search_document_words"),
            GinIndex(fields=["title_words"], name="search_document_title"),
        ]


class Term(models.Model):
    """A word of a shop's documents. The term "" stands in each document, so its count is that of the documents."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    term = models.CharField(max_length=64)
    documents = models.PositiveIntegerField()  # in how many it stands
    shown = models.CharField(max_length=64, blank=True)  # as a title writes it; empty: not for suggestions
    parts = ArrayField(models.CharField(max_length=64), default=list)  # of a phrase: the words it is made of
    reading = models.CharField(max_length=80, blank=True)  # in pinyin without tones and spaces
    initials = models.CharField(max_length=16, blank=True)  # of that
    gaps = ArrayField(models.CharField(max_length=80), default=list)  # itself and its reading with a letter left out

    class Meta:
        db_table = "search_term"
        constraints = [
            models.UniqueConstraint(
                fields=["term", "shop"], name="search_term_once", opclasses=["varchar_pattern_ops", "uuid_ops"]
            )
        ]
        indexes = [
            models.Index(
                fields=["reading"],
                name="search_term_reading",
                opclasses=["varchar_pattern_ops"],
                condition=~models.Q(reading=""),
            ),
            models.Index(
                fields=["initials"],
                name="search_term_initials",
                opclasses=["varchar_pattern_ops"],
                condition=~models.Q(initials=""),
            ),
            GinIndex(fields=["gaps"], name="search_term_gaps"),
        ]


class Pending(models.Model):
    """Something of a product has changed. Written by triggers, in the transaction of the change.

    It has no unique key, so that nobody who writes goods waits for another.
    """

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    product_id = models.UUIDField()

    class Meta:
        db_table = "search_pending"


class Synonyms(models.Model):
    """Words that mean the same to the buyers of one shop."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    words = ArrayField(models.CharField(max_length=40))
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "search_synonym"
        indexes = [models.Index(fields=["shop", "id"], name="search_synonym_list")]
