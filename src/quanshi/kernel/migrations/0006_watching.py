from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0005_request_id"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]

    operations = [
        migrations.CreateModel(
            name="SweepPass",
            fields=[
                ("name", models.CharField(max_length=48, primary_key=True, serialize=False)),
                ("succeeded_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
            ],
            options={
                "db_table": "kernel_sweep_pass",
            },
        ),
        migrations.AddIndex(
            model_name="outboxevent",
            index=models.Index(
                models.F("id"), condition=models.Q(("dead_at__isnull", False)), name="kernel_outbox_dead"
            ),
        ),
        # the queue itself never looks for its failures
        migrations.RunSQL(
            "CREATE INDEX kernel_failed_jobs ON procrastinate_jobs (task_name) WHERE status = 'failed'",
            "DROP INDEX kernel_failed_jobs",
        ),
    ]
