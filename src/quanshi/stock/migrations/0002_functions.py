from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("kernel", "0002_functions"), ("stock", "0001_initial")]

    operations = [
        migrations.RunSQL(
            (SQL / "journal.sql").read_text(),
            """
            ALTER TABLE stock_reservation RESET (fillfactor);
            ALTER TABLE stock_level RESET (fillfactor);
            DROP TRIGGER stock_movement_is_final ON stock_movement;
            DROP FUNCTION stock_movement_is_final();
            """,
        ),
        migrations.RunSQL(
            (SQL / "reserve.sql").read_text(),
            """
            DROP FUNCTION stock_reserve_plenty(text, uuid[], uuid[], uuid[], uuid[], uuid[], integer[]);
            DROP FUNCTION stock_is_plenty(uuid[], uuid[], uuid[], integer[]);
            DROP FUNCTION stock_lock_levels(uuid[], uuid[], uuid[]);
            DROP FUNCTION stock_reserve_batch(
                text, integer[], uuid[], uuid[], uuid[], uuid[], uuid[], integer[], timestamptz);
            """,
        ),
        migrations.RunSQL(
            (SQL / "use.sql").read_text(),
            """
            DROP FUNCTION stock_receive(text, uuid, uuid, uuid[], bigint[], uuid, uuid, text);
            DROP FUNCTION stock_consume(text, uuid, uuid, integer, uuid);
            DROP FUNCTION stock_lock_owner(text, uuid);
            DROP FUNCTION stock_release_expired(timestamptz, integer);
            DROP FUNCTION stock_release(text, uuid[]);
            DROP FUNCTION stock_release_rows(uuid[]);
            """,
        ),
        migrations.RunSQL(
            (SQL / "release_units.sql").read_text(),
            "DROP FUNCTION stock_release_units(text, uuid, uuid, integer)",
        ),
        migrations.RunSQL(
            (SQL / "pools.sql").read_text(),
            """
            DROP FUNCTION stock_move_units(uuid[], uuid[], bigint[], uuid, uuid);
            DROP FUNCTION stock_drain_closed_pools(uuid);
            DROP FUNCTION stock_fill_pool(uuid, uuid, uuid[], bigint[], uuid);
            """,
        ),
    ]
