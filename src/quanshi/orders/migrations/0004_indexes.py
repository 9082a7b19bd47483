import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0003_refunds"),
        ("shops", "0002_shop_is_demo"),
    ]

    operations = [
        migrations.AlterField(
            model_name="aftersale",
            name="order",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="after_sales",
                to="orders.order",
            ),
        ),
        migrations.AlterField(
            model_name="aftersale",
            name="shop",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="shops.shop",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                models.F("shop"),
                models.F("paid_at"),
                condition=models.Q(("paid_at__isnull", False)),
                name="orders_order_paid",
            ),
        ),
    ]
