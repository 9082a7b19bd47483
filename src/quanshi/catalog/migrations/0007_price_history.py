from __future__ import annotations

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("catalog", "0006_goods_facts")]

    operations = [
        migrations.RunSQL((SQL / "prices.sql").read_text(), reverse_sql=(SQL / "prices_reverse.sql").read_text()),
    ]
