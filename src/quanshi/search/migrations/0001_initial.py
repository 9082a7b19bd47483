import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import quanshi.kernel.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalog", "0005_import_upload"),
        ("shops", "0002_shop_is_demo"),
    ]

    operations = [
        migrations.CreateModel(
            name="Pending",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("product_id", models.UUIDField()),
                (
                    "shop",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="shops.shop",
                    ),
                ),
            ],
            options={
                "db_table": "search_pending",
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "product",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="catalog.product",
                    ),
                ),
                ("title", models.TextField()),
                ("words", django.contrib.postgres.search.SearchVectorField()),
                ("version", models.PositiveSmallIntegerField()),
                (
                    "shop",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="shops.shop"),
                ),
            ],
            options={
                "db_table": "search_document",
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["words"], name="search_document_words")],
            },
        ),
        migrations.CreateModel(
            name="Synonyms",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=quanshi.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "words",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None),
                ),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "shop",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="shops.shop"
                    ),
                ),
            ],
            options={
                "db_table": "search_synonym",
                "indexes": [models.Index(fields=["shop", "id"], name="search_synonym_list")],
            },
        ),
        migrations.CreateModel(
            name="Term",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("term", models.CharField(max_length=64)),
                ("documents", models.PositiveIntegerField()),
                ("shown", models.CharField(blank=True, max_length=64)),
                (
                    "parts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), default=list, size=None
                    ),
                ),
                ("reading", models.CharField(blank=True, max_length=80)),
                ("initials", models.CharField(blank=True, max_length=16)),
                (
                    "gaps",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), default=list, size=None
                    ),
                ),
                (
                    "shop",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="shops.shop"),
                ),
            ],
            options={
                "db_table": "search_term",
                "indexes": [
                    models.Index(
                        condition=models.Q(("reading", ""), _negated=True),
                        fields=["reading"],
                        name="search_term_reading",
                        opclasses=["varchar_pattern_ops"],
                    ),
                    models.Index(
                        condition=models.Q(("initials", ""), _negated=True),
                        fields=["initials"],
                        name="search_term_initials",
                        opclasses=["varchar_pattern_ops"],
                    ),
                    django.contrib.postgres.indexes.GinIndex(fields=["gaps"], name="search_term_gaps"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("term", "shop"), name="search_term_once", opclasses=["varchar_pattern_ops", "uuid_ops"]
                    )
                ],
            },
        ),
    ]
