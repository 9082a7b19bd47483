from django.db import migrations


class Migration(migrations.Migration):
    """Placement asks from here on whether the shop takes orders; 0013 brings the functions as they are today."""

    dependencies = [("orders", "0008_parcel_files"), ("shops", "0008_closing")]

    operations = []
