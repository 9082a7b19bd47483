from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0006_watching"),
    ]

    operations = [
        migrations.CreateModel(
            name="Limit",
            fields=[
                ("key", models.CharField(max_length=128, primary_key=True, serialize=False)),
                ("moments", ArrayField(models.DateTimeField())),
                ("ends_at", models.DateTimeField()),
            ],
            options={
                "db_table": "kernel_limit",
                "indexes": [models.Index(models.F("ends_at"), name="kernel_limit_ended")],
            },
        ),
        # counts of the last minutes: worth no write-ahead log and no fsync
        migrations.RunSQL("ALTER TABLE kernel_limit SET UNLOGGED", "ALTER TABLE kernel_limit SET LOGGED"),
    ]
