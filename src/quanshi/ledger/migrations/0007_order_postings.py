from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


def replaced(text: str) -> str:
    return text.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_subtotals")]

    operations = [
        # whoever places may say from now on that no account is to be opened
        migrations.RunSQL(
            "DROP FUNCTION IF EXISTS ledger_post_orders(uuid[], uuid[], text[], bigint[])", migrations.RunSQL.noop
        ),
        migrations.RunSQL(replaced((SQL / "post_orders.sql").read_text()), migrations.RunSQL.noop),
        # what a posting must be is asked in one statement; the triggers stay as they are
        migrations.RunSQL(
            replaced((SQL / "guards.sql").read_text().partition("CREATE TRIGGER")[0]), migrations.RunSQL.noop
        ),
    ]
