from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


def replaced(name: str) -> str:
    return (SQL / name).read_text().replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("kernel", "0007_limits")]

    operations = [
        migrations.RunSQL(replaced("claim_keys.sql"), migrations.RunSQL.noop),
        migrations.RunSQL(replaced("emit_events.sql"), migrations.RunSQL.noop),
    ]
