from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0005_seal_mark"),
        ("shops", "0002_shop_is_demo"),
    ]

    operations = [
        migrations.CreateModel(
            name="Subtotal",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id", "posting_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("posting_id", models.BigIntegerField()),
                ("debits_minor", models.BigIntegerField()),
                ("credits_minor", models.BigIntegerField()),
                (
                    "shop",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="shops.shop",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.account",
                    ),
                ),
            ],
            options={"db_table": "ledger_subtotal"},
        ),
        migrations.CreateModel(
            name="SubtotalMark",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("done", models.BigIntegerField(default=0)),
                ("next", models.BigIntegerField(default=0)),
                ("final_after", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "ledger_subtotal_mark",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="ledger_subtotal_mark_once")
                ],
            },
        ),
        migrations.RunSQL(
            (SQL / "subtotals.sql").read_text(),
            """
            DROP FUNCTION ledger_add_subtotals(bigint, bigint, integer);
            DROP FUNCTION ledger_totals(uuid, bigint);
            DROP TRIGGER ledger_subtotal_append_only ON ledger_subtotal;
            """,
        ),
    ]
