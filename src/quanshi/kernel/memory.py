"""How a process that stays looks after its memory."""

from __future__ import annotations

import gc
from typing import Final

GARBAGE_THRESHOLD: Final = 20_000  # requests leave next to no circles; looking for them every dozen orders costs more


def settle() -> None:
    """Call once everything is loaded. What is there stays: else each full collection looks at all of Django again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
