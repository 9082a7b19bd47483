import django.db.models.deletion
from django.db import migrations, models

import quanshi.kernel.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [("shops", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="PageVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=quanshi.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField(null=True)),
                ("sections", models.JSONField(default=list)),
                ("published_at", models.DateTimeField(null=True)),
                ("published_by", models.UUIDField(null=True)),
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
                "db_table": "storefront_page_version",
                "constraints": [
                    models.UniqueConstraint(models.F("shop"), models.F("number"), name="storefront_page_number"),
                    models.UniqueConstraint(
                        models.F("shop"), condition=models.Q(("number__isnull", True)), name="storefront_page_draft"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("number__isnull", True), ("published_at__isnull", True)),
                            models.Q(("number__isnull", False), ("published_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="storefront_page_published",
                    ),
                ],
            },
        ),
    ]
