"""A child that outlives its killed parent would keep the port or work twice; so it watches, and ends with it."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Final

GLANCE_SECONDS: Final = 0.3
GRACE_SECONDS: Final = 5.0


def end_with_parent(parent: int = 0, *, grace_seconds: float = GRACE_SECONDS) -> None:
    """End this process soon after `parent` (by default the present one) is gone: asked first, then forced."""
    watched = parent or os.getppid()

    def watch() -> None:
        while os.getppid() == watched:
            time.sleep(GLANCE_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(grace_seconds)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
