from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"
FORMER = """
    DROP FUNCTION IF EXISTS orders_choose_in_cart(uuid, uuid, uuid, integer, integer, timestamptz);
    DROP FUNCTION IF EXISTS orders_set_cart_line(uuid, uuid, uuid, integer, boolean, integer, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0014_cart_looks_up")]

    operations = [
        # a purchase hears in the same call what else is chosen
        migrations.RunSQL(FORMER, migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "cart.sql").read_text(), migrations.RunSQL.noop),
    ]
