from pathlib import Path

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("search", "0002_triggers")]

    operations = [
        migrations.AddField(
            model_name="document",
            name="title_words",
            field=django.contrib.postgres.search.SearchVectorField(default=""),
            preserve_default=False,
        ),
        migrations.RunSQL((SQL / "title_words.sql").read_text(), "DROP FUNCTION search_title_words(tsvector, uuid)"),
        migrations.AddIndex(
            model_name="document",
            index=django.contrib.postgres.indexes.GinIndex(fields=["title_words"], name="search_document_title"),
        ),
    ]
