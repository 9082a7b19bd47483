from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]

    operations = [
        migrations.RunSQL(
            (SQL / "note_changes.sql").read_text(),
            """
            DROP FUNCTION search_note_products() CASCADE;
            DROP FUNCTION search_note_variants() CASCADE;
            DROP FUNCTION search_note_categories() CASCADE;
            """,
        ),
    ]
