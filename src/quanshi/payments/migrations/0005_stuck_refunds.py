from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_payouts")]

    operations = [
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(
                "shop",
                "id",
                name="payments_refund_stuck",
                condition=models.Q(state__in=["failed", "abnormal"]),
            ),
        ),
    ]
