from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0006_sandbox_notices"),
    ]

    operations = [
        migrations.RunSQL((SQL / "begin_attempt.sql").read_text(), "DROP FUNCTION payments_begin_attempt"),
    ]
