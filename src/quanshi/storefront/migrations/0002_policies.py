import django.db.models.deletion
from django.db import migrations, models

import quanshi.kernel.ids


class Migration(migrations.Migration):
    dependencies = [("shops", "0001_initial"), ("storefront", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="PolicyVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=quanshi.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("shipping", "shipping"),
                            ("returns", "returns"),
                            ("privacy", "privacy"),
                            ("about", "about"),
                            ("licence", "licence"),
                        ],
                        max_length=8,
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("texts", models.JSONField()),
                ("published_at", models.DateTimeField()),
                ("published_by", models.UUIDField()),
                (
                    "shop",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="shops.shop",
                    ),
                ),
            ],
            options={
                "db_table": "storefront_policy_version",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("shop"), models.F("kind"), models.F("number"), name="storefront_policy_number"
                    )
                ],
            },
        ),
    ]
