from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_placement")]

    operations = [
        migrations.AddField(model_name="order", name="paid_attempt_id", field=models.UUIDField(null=True)),
        migrations.AddField(
            model_name="aftersaleline",
            name="value_minor",
            field=models.BigIntegerField(default=0),
            preserve_default=False,
        ),
    ]
