from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0002_functions"),
        ("ledger", "0003_order_postings"),
        ("stock", "0002_reservations"),
        ("catalog", "0001_initial"),
        ("orders", "0001_initial"),
        ("shops", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(model_name="order", name="number", field=models.CharField(max_length=20)),
        migrations.AddConstraint(
            model_name="order", constraint=models.UniqueConstraint(fields=["number"], name="orders_order_number")
        ),
        migrations.AlterField(
            model_name="order",
            name="shop",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="shops.shop",
            ),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="order",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="orders.order",
            ),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="product",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.product",
            ),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="shop",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="shops.shop",
            ),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="variant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.variant",
            ),
        ),
        migrations.AlterField(
            model_name="transition",
            name="order",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="transitions",
                to="orders.order",
            ),
        ),
        migrations.AlterField(
            model_name="transition",
            name="shop",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="shops.shop",
            ),
        ),
        migrations.RunSQL(
            (SQL / "number.sql").read_text(),
            """
            DROP FUNCTION orders_number(bigint, timestamptz);
            DROP SEQUENCE orders_number_counter;
            """,
        ),
        migrations.RunSQL(
            (SQL / "place.sql").read_text(),
            """
            DROP FUNCTION orders_write(jsonb, boolean[], text[], uuid[]);
            DROP FUNCTION orders_place(jsonb);
            """,
        ),
    ]
