from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0005_request_id"),
        ("payments", "0008_no_second_index"),
    ]

    operations = [
        migrations.RunSQL((SQL / "take_notification.sql").read_text(), "DROP FUNCTION payments_take_notification"),
    ]
