from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_person_limits")]

    operations = [
        migrations.AddField(
            model_name="import",
            name="upload",
            field=models.CharField(blank=True, default="", max_length=100),
            preserve_default=False,
        ),
    ]
