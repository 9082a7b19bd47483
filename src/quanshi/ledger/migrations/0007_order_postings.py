from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_subtotals")]

    operations = [
        # whoever places may say from now on that no account is to be opened
        migrations.RunSQL(
            "DROP FUNCTION IF EXISTS ledger_post_orders(uuid[], uuid[], text[], bigint[])", migrations.RunSQL.noop
        ),
        migrations.RunSQL(
            (SQL / "post_orders.sql").read_text().replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
            migrations.RunSQL.noop,
        ),
    ]
