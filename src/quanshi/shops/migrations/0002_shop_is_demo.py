from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shops", "0001_initial")]

    operations = [
        migrations.AddField(model_name="shop", name="is_demo", field=models.BooleanField(default=False)),
    ]
