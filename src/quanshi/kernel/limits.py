"""How often one may do what costs others something: a sliding window, counted in one statement."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from quanshi.kernel import clock, prepared

# Whoever comes at the same moment waits for the row, so everybody is counted. When the window is full, nothing is
# written and nothing comes back. The table is unlogged: a crash forgets the counts, and counting waits for no disk.
TAKE_SQL: Final = """
    INSERT INTO kernel_limit AS held (key, moments, ends_at) VALUES (%(key)s, ARRAY[%(now)s], %(ends_at)s)
    ON CONFLICT (key) DO UPDATE SET
        moments = ARRAY(SELECT moment FROM unnest(held.moments) AS moment WHERE moment > %(since)s) || excluded.moments,
        ends_at = excluded.ends_at
    WHERE %(most)s > (SELECT count(*) FROM unnest(held.moments) AS moment WHERE moment > %(since)s)
    RETURNING true
"""


def is_within(*, key: str, most: int, seconds: int) -> bool:
    """Count one more under `key`; false, and nothing counted, where `most` came within the last `seconds`.

    Call it outside a transaction that does other work: the count would be held, and undone, with it.
    """
    now, window = clock.now(), timedelta(seconds=seconds)
    values = {"key": key, "now": now, "since": now - window, "ends_at": now + window, "most": most}
    return bool(prepared.fetch(sql=TAKE_SQL, values=values))
