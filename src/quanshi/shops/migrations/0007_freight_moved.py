from django.db import migrations


class Migration(migrations.Migration):
    """What delivery costs is told by freight templates now; fulfilment has taken the figures over."""

    dependencies = [("shops", "0006_names"), ("fulfilment", "0002_freight")]

    operations = [
        migrations.RemoveConstraint(model_name="shop", name="shops_shop_freight"),
        migrations.RemoveField(model_name="shop", name="freight_minor"),
        migrations.RemoveField(model_name="shop", name="free_freight_from_minor"),
    ]
