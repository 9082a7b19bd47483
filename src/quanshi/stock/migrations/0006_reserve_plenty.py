from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


CROSSED = """
    DROP TRIGGER stock_level_low_crossed ON stock_level;
    CREATE TRIGGER stock_level_low_crossed AFTER UPDATE OF on_hand, reserved ON stock_level FOR EACH ROW
        WHEN ((OLD.pool_id IS NULL AND OLD.on_hand - OLD.reserved <= 5)
              <> (NEW.pool_id IS NULL AND NEW.on_hand - NEW.reserved <= 5))
        EXECUTE FUNCTION stock_note_low();
"""


class Migration(migrations.Migration):
    dependencies = [("stock", "0005_counted_when")]

    operations = [
        migrations.RunSQL(
            (SQL / "reserve.sql").read_text().replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(CROSSED, migrations.RunSQL.noop),
    ]
