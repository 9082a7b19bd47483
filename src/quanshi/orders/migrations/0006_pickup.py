from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform


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
    ]
