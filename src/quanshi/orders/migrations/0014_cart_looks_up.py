from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"
FORMER = """
    DROP FUNCTION IF EXISTS orders_choose_in_cart(uuid, uuid, uuid, integer, integer, timestamptz);
    DROP FUNCTION IF EXISTS orders_set_cart_line(uuid, uuid, uuid, integer, uuid, integer, timestamptz);
    DROP FUNCTION IF EXISTS orders_set_cart_line(uuid, uuid, uuid, integer, boolean, integer, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0011_selling_shop"),
        ("orders", "0013_write_then_reserve"),
    ]

    operations = [
        # who sells a variant is looked up in the call that puts it into the cart
        migrations.RunSQL(FORMER, migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "cart.sql").read_text(), migrations.RunSQL.noop),
    ]
