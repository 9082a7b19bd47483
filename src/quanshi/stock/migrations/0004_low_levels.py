from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
        ("shops", "0002_shop_is_demo"),
        ("stock", "0003_takes"),
    ]

    operations = [
        migrations.CreateModel(
            name="LowLevel",
            fields=[
                (
                    "level",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="stock.level",
                    ),
                ),
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
                (
                    "variant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.variant",
                    ),
                ),
            ],
            options={
                "db_table": "stock_low_level",
                "indexes": [models.Index(fields=["shop", "variant"], name="stock_low_level_of_shop")],
            },
        ),
        migrations.RunSQL(
            (SQL / "low.sql").read_text(),
            """
            DROP TRIGGER stock_level_low_gone ON stock_level;
            DROP TRIGGER stock_level_low_made ON stock_level;
            DROP TRIGGER stock_level_low_crossed ON stock_level;
            DROP FUNCTION stock_forget_low();
            DROP FUNCTION stock_note_new_low();
            DROP FUNCTION stock_note_low();
            DROP FUNCTION stock_is_low(bigint, bigint, uuid);
            """,
        ),
    ]
