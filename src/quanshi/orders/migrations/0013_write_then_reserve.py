from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


FORMER = """
    DROP FUNCTION IF EXISTS orders_write(jsonb, boolean[], integer[], text[], uuid[], text[]);
    DROP FUNCTION IF EXISTS orders_decide(
        jsonb, integer[], uuid[], uuid[], uuid[], boolean[], text[], jsonb[]);
    DROP FUNCTION IF EXISTS orders_ask_shops(integer[], uuid[], timestamptz[], boolean[], text[]);
"""


def replaced(name: str) -> str:
    text = (SQL / name).read_text()
    return text[text.index("CREATE FUNCTION") :].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0008_lighter_functions"),
        ("ledger", "0007_order_postings"),
        ("orders", "0012_forgetting"),
        ("stock", "0006_reserve_plenty"),
    ]

    operations = [
        # a batch's rows have no names any more, and where there is plenty its orders are written before goods are taken
        migrations.RunSQL(FORMER, migrations.RunSQL.noop),
        *(
            migrations.RunSQL(replaced(name), migrations.RunSQL.noop)
            for name in ("batch.sql", "claims.sql", "write.sql", "place.sql")
        ),
    ]
