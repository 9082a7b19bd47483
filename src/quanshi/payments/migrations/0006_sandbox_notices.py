from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0005_stuck_refunds"),
    ]

    operations = [
        migrations.CreateModel(
            name="SandboxNotice",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("notify_url", models.URLField(max_length=500)),
                ("body", models.TextField()),
                ("due_at", models.DateTimeField()),
                ("try_count", models.PositiveSmallIntegerField(default=0)),
                ("request_id", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "db_table": "payments_sandbox_notice",
                "indexes": [models.Index(models.F("due_at"), name="payments_sandbox_notice_due")],
            },
        ),
    ]
