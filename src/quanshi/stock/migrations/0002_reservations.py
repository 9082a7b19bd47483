from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0002_functions"),
        ("catalog", "0001_initial"),
        ("shops", "0001_initial"),
        ("stock", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="level",
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
            model_name="movement",
            name="location",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="stock.location",
            ),
        ),
        migrations.AlterField(
            model_name="movement",
            name="shop",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="shops.shop",
            ),
        ),
        migrations.AlterField(
            model_name="movement",
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
            model_name="reservation",
            name="location",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="stock.location",
            ),
        ),
        migrations.AlterField(
            model_name="reservation",
            name="shop",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="shops.shop",
            ),
        ),
        migrations.AlterField(
            model_name="reservation",
            name="variant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.variant",
            ),
        ),
        migrations.RunSQL(
            (SQL / "journal.sql").read_text(),
            """
            ALTER TABLE stock_reservation RESET (fillfactor);
            ALTER TABLE stock_level RESET (fillfactor);
            DROP TRIGGER stock_movement_is_final ON stock_movement;
            DROP FUNCTION stock_movement_is_final();
            """,
        ),
        migrations.RunSQL(
            (SQL / "reserve.sql").read_text(),
            """
            DROP FUNCTION stock_reserve_batch(
                text, integer[], uuid[], uuid[], uuid[], uuid[], integer[], timestamptz);
            """,
        ),
        migrations.RunSQL(
            (SQL / "use.sql").read_text(),
            """
            DROP FUNCTION stock_receive(text, uuid, uuid, uuid[], bigint[], uuid, uuid, text);
            DROP FUNCTION stock_consume(text, uuid, uuid, integer, uuid);
            DROP FUNCTION stock_lock_owner(text, uuid);
            DROP FUNCTION stock_release_expired(timestamptz, integer);
            DROP FUNCTION stock_release(text, uuid[]);
            DROP FUNCTION stock_release_rows(uuid[]);
            """,
        ),
    ]
