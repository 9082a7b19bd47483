"""One time limit for many short waits, without a timer for each: nearly all of them are over at once."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any


class Patience:
    """`with patience: await ...` raises TimeoutError when that takes longer than `seconds`. For one event loop."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._give_up_at: dict[asyncio.Task[Any] | None, float] = {}  # who waits, the longest first
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        give_up_at = self._give_up_at[asyncio.current_task(loop)] = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_at(give_up_at, self._look)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task = asyncio.current_task()
        is_over = self._give_up_at.pop(task, None) is None
        if is_over and kind is asyncio.CancelledError and task is not None and task.uncancel() == 0:
            raise TimeoutError from error  # nobody else wants the task to end

    def _look(self) -> None:
        """End the waits whose time is over; look again when the next one's will be."""
        self._timer = None
        loop = asyncio.get_running_loop()
        for task, give_up_at in list(self._give_up_at.items()):
            if give_up_at > loop.time():
                self._timer = loop.call_at(give_up_at, self._look)
                return
            del self._give_up_at[task]
            if task is not None:
                task.cancel()
