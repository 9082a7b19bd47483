from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("stock", "0002_reservations")]

    operations = [
        migrations.RunSQL(
            (SQL / "release_units.sql").read_text(),
            "DROP FUNCTION stock_release_units(text, uuid, uuid, integer)",
        ),
    ]
