from pathlib import Path

from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_cart"), ("shops", "0002_shop_is_demo")]

    operations = [
        migrations.AddField(model_name="order", name="pickup", field=models.JSONField(null=True)),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                models.F("shop"),
                KeyTextTransform("code", "pickup"),
                condition=models.Q(("pickup__isnull", False)),
                name="orders_order_pickup",
            ),
        ),
        # placement writes the new column from now on
        migrations.RunSQL(
            (SQL / "place.sql").read_text().replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
            migrations.RunSQL.noop,
        ),
    ]
