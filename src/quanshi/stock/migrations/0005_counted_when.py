import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("shops", "0009_domains"),
        ("stock", "0004_low_levels"),
    ]

    operations = [
        migrations.AddField(
            model_name="stocktakerow",
            name="expected_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.AddIndex(
            model_name="movement",
            index=models.Index(
                models.F("level"),
                models.F("created_at"),
                condition=models.Q(("kind", "counted")),
                name="stock_movement_counted",
            ),
        ),
    ]
