import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import quanshi.kernel.ids

# what a shop asked for every order becomes its default template; who asked for nothing needs none
COPY_SQL = """
    INSERT INTO fulfilment_freight_template (id, shop_id, name, measure, is_default, zones, refused)
    SELECT gen_random_uuid(), id, '标准', 'order', true, jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
        'regions', '[]'::jsonb, 'first_units', 1, 'first_minor', freight_minor, 'next_units', 1, 'next_minor', 0,
        'free_from_minor', free_freight_from_minor))), '{}'
    FROM shops_shop WHERE freight_minor > 0
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
        ("fulfilment", "0001_initial"),
        ("shops", "0002_shop_is_demo"),
    ]

    operations = [
        migrations.CreateModel(
            name="FreightTemplate",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=quanshi.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=40)),
                (
                    "measure",
                    models.CharField(
                        choices=[("order", "order"), ("count", "count"), ("weight", "weight")], max_length=8
                    ),
                ),
                ("is_default", models.BooleanField(default=False)),
                ("zones", models.JSONField()),
                (
                    "refused",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=6), default=list, size=None
                    ),
                ),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
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
                "db_table": "fulfilment_freight_template",
                "constraints": [
                    models.UniqueConstraint(models.F("shop"), models.F("name"), name="fulfilment_freight_name"),
                    models.UniqueConstraint(
                        models.F("shop"),
                        condition=models.Q(("is_default", True)),
                        name="fulfilment_freight_default",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FreightProduct",
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
                (
                    "shop",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="shops.shop",
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="products",
                        to="fulfilment.freighttemplate",
                    ),
                ),
            ],
            options={"db_table": "fulfilment_freight_product"},
        ),
        migrations.RunSQL(COPY_SQL, migrations.RunSQL.noop),
    ]
