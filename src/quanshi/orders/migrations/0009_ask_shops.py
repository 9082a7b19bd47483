from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("orders", "0008_parcel_files"), ("shops", "0008_closing")]

    operations = [
        # placement asks from now on whether the shop takes orders
        migrations.RunSQL(
            (SQL / "place.sql").read_text().replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
            migrations.RunSQL.noop,
        ),
    ]
