import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0007_price_history")]

    operations = [
        migrations.AddIndex(
            model_name="product",
            index=models.Index(fields=["shop", "status", "price_from_minor"], name="catalog_product_price"),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(fields=["category", "status", "price_from_minor"], name="catalog_product_shelf_price"),
        ),
        migrations.AddIndex(
            model_name="product",
            index=django.contrib.postgres.indexes.GinIndex(fields=["tags"], name="catalog_product_tags"),
        ),
    ]
