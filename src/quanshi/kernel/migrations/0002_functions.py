from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]

    operations = [
        migrations.RunSQL((SQL / "ids.sql").read_text(), "DROP FUNCTION kernel_new_id()"),
        migrations.RunSQL(
            (SQL / "claim_keys.sql").read_text(),
            """
            DROP FUNCTION kernel_find_key(text, uuid, text);
            DROP FUNCTION kernel_answer_keys(text, uuid[], text[], jsonb[]);
            DROP FUNCTION kernel_claim_keys(text, uuid[], text[], bytea[], uuid[]);
            """,
        ),
    ]
