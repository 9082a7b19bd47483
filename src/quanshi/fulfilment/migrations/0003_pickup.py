import django.db.models.deletion
from django.db import migrations, models

import quanshi.kernel.ids


class Migration(migrations.Migration):
    dependencies = [("fulfilment", "0002_freight"), ("shops", "0002_shop_is_demo")]

    operations = [
        migrations.AlterField(
            model_name="shipment",
            name="carrier",
            field=models.CharField(
                choices=[
                    ("sf", "sf"),
                    ("yto", "yto"),
                    ("zto", "zto"),
                    ("sto", "sto"),
                    ("yunda", "yunda"),
                    ("jd", "jd"),
                    ("ems", "ems"),
                    ("dhl", "dhl"),
                    ("ups", "ups"),
                    ("fedex", "fedex"),
                    ("other", "other"),
                    ("pickup", "pickup"),
                ],
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="PickupPoint",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=quanshi.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=40)),
                ("address", models.CharField(max_length=200)),
                ("hours", models.CharField(blank=True, max_length=120)),
                ("phone", models.CharField(blank=True, max_length=24)),
                ("instructions", models.CharField(blank=True, max_length=300)),
                ("is_open", models.BooleanField(default=True)),
                (
                    "shop",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="shops.shop"),
                ),
            ],
            options={"db_table": "fulfilment_pickup_point"},
        ),
    ]
