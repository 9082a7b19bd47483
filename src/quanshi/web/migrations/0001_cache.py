"""The table of Django's database cache. allauth counts failed sign-ins in it, so that every process sees one count."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.RunSQL(
            sql="""
                CREATE UNLOGGED TABLE web_cache (
                    cache_key varchar(255) PRIMARY KEY,
                    value text NOT NULL,
                    expires timestamptz NOT NULL
                );
                CREATE INDEX web_cache_expires ON web_cache (expires);
            """,
            reverse_sql="DROP TABLE web_cache;",
        )
    ]
