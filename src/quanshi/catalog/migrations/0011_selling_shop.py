from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("catalog", "0010_favourites")]

    operations = [
        migrations.RunSQL((SQL / "selling.sql").read_text(), "DROP FUNCTION catalog_selling_shop(uuid)"),
    ]
