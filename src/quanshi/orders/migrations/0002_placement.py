from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0002_functions"),
        ("ledger", "0003_order_postings"),
        ("stock", "0002_functions"),
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
            (SQL / "batch.sql").read_text(),
            """
            DROP FUNCTION orders_batch_claims(jsonb);
            DROP FUNCTION orders_batch_limits(jsonb);
            DROP FUNCTION orders_batch_lines(jsonb);
            DROP FUNCTION orders_batch_orders(jsonb);
            DROP FUNCTION orders_batch_requests(jsonb);
            """,
        ),
        migrations.RunSQL(
            (SQL / "claims.sql").read_text(),
            """
            DROP FUNCTION orders_take_claims(
                jsonb, integer[], uuid[], uuid[], boolean[], integer[], jsonb[]);
            DROP TABLE orders_claim_kind;
            """,
        ),
        migrations.RunSQL(
            (SQL / "write.sql").read_text(),
            """
            DROP FUNCTION orders_write_and_reserve(
                jsonb, boolean[], integer[], uuid[], text[], uuid[], text[]);
            DROP FUNCTION orders_write(jsonb, boolean[], integer[], text[], uuid[], text[], boolean);
            """,
        ),
        migrations.RunSQL(
            (SQL / "place.sql").read_text(),
            """
            DROP FUNCTION orders_reserve(jsonb, integer[], uuid[], boolean[]);
            DROP FUNCTION orders_check_limits(
                jsonb, integer[], uuid[], bigint[], boolean[], boolean[], boolean[]);
            DROP FUNCTION orders_decide(
                jsonb, integer[], uuid[], uuid[], uuid[], text[], boolean[], text[], jsonb[], text[]);
            DROP FUNCTION orders_place(jsonb);
            """,
        ),
        migrations.RunSQL(
            (SQL / "find.sql").read_text(),
            """
            DROP FUNCTION orders_find_by_quote(uuid, text, bytea);
            DROP FUNCTION orders_find_by_key(uuid, text);
            DROP FUNCTION orders_recall(uuid, jsonb);
            """,
        ),
    ]
