from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0004_indexes"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "cart.sql").read_text(),
            "DROP FUNCTION IF EXISTS orders_choose_in_cart(uuid, uuid, uuid, integer, integer, timestamptz);"
            "DROP FUNCTION orders_set_cart_line(uuid, uuid, uuid, integer, boolean, integer, timestamptz)",
        ),
    ]
