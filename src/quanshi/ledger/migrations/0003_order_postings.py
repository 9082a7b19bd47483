from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_guards"), ("kernel", "0002_functions")]

    operations = [
        migrations.RunSQL(
            (SQL / "post_orders.sql").read_text(),
            "DROP FUNCTION ledger_post_orders(uuid[], uuid[], text[], bigint[], boolean)",
        ),
    ]
