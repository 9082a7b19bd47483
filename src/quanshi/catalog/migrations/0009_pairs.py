from pathlib import Path

import django.contrib.postgres.indexes
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("catalog", "0008_lists")]

    operations = [
        migrations.RunSQL(
            (SQL / "pairs.sql").read_text(),
            "DROP FUNCTION catalog_pairs(uuid, text[]); DROP FUNCTION catalog_pairs_of(uuid, text);",
        ),
        migrations.AddIndex(
            model_name="product",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func("shop_id", "title", "handle", function="catalog_pairs"),
                gin_pending_list_limit=512,
                name="catalog_product_pairs",
            ),
        ),
        migrations.AddIndex(
            model_name="variant",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func("shop_id", "sku", function="catalog_pairs"),
                condition=models.Q(("sku", ""), _negated=True),
                gin_pending_list_limit=512,
                name="catalog_variant_pairs",
            ),
        ),
    ]
