"""The shop that the request in hand is for by its host's name, if it is for one."""

from __future__ import annotations

import threading
import time
from contextvars import ContextVar
from typing import Final

from quanshi.shops import selectors as shops

KEPT_SECONDS: Final = 5.0  # a domain that is proven, or no longer, is so everywhere within this time

own_shop: ContextVar[str] = ContextVar("own_shop", default="")  # its slug


class _Known:
    """All proven domains, as they were a moment ago: a request with a made-up host costs no query."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slugs: dict[str, str] = {}
        self._until = 0.0

    def slug_of(self, host: str) -> str:
        if time.monotonic() >= self._until:
            with self._lock:
                if time.monotonic() >= self._until:
                    self._slugs = shops.proven_domains()
                    self._until = time.monotonic() + KEPT_SECONDS
        return self._slugs.get(host, "")

    def forget(self) -> None:
        """Look anew at the next request."""
        self._until = 0.0


known: Final = _Known()
