from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0004_seals"),
    ]

    operations = [
        migrations.CreateModel(
            name="SealMark",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("since", models.BigIntegerField()),
            ],
            options={
                "db_table": "ledger_seal_mark",
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="ledger_seal_mark_once")],
            },
        ),
    ]
