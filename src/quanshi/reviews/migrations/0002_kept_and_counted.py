from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(sql=(SQL / name).read_text(), reverse_sql=(SQL / reverse).read_text())
        for name, reverse in (("kept.sql", "kept_reverse.sql"), ("tally.sql", "tally_reverse.sql"))
    ]
