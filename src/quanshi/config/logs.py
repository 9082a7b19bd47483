"""Where the log goes: to standard error, or, while a person looks at the terminal, to a file, with the rest for them.

Both are the same JSON lines. Whoever starts Quanshi as a service collects standard error; a person wants to see where
the shop is and what is wrong, and no line a request.
"""

from __future__ import annotations

import fcntl
import logging
import os
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any, Final

FILE: Final = "quanshi.log"
LARGEST_BYTES: Final = 16 * 1024 * 1024
FILES: Final = 5  # the one that is written to and those before it
# libraries that tell every job or call at INFO; and Django's warning of a 404, which its request's line says already
QUIET: Final = {**dict.fromkeys(("procrastinate", "httpx", "httpcore", "stripe"), "WARNING"), "django.request": "ERROR"}


class SharedFile(WatchedFileHandler):
    """A file that all processes append to and any of them puts aside when it is full; the others follow."""

    def __init__(self, path: Path, *, largest_bytes: int = LARGEST_BYTES, files: int = FILES) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(path, encoding="utf-8", errors="backslashreplace")
        self._largest_bytes = largest_bytes
        self._files = files

    def emit(self, record: logging.LogRecord) -> None:
        super().emit(record)
        try:
            if self.stream is not None and os.fstat(self.stream.fileno()).st_size > self._largest_bytes:
                self._put_aside()
        except OSError:
            self.handleError(record)

    def _put_aside(self) -> None:
        path = Path(self.baseFilename)
        with path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists() or path.stat().st_size <= self._largest_bytes:
                return  # another process was quicker; the next line goes to the new file
            for number in range(self._files - 1, 0, -1):
                older = path.with_name(f"{path.name}.{number - 1}") if number > 1 else path
                if older.exists():
                    older.replace(path.with_name(f"{path.name}.{number}"))


class ForPeople(logging.Formatter):
    """One short line; the file has the rest of it."""

    def format(self, record: logging.LogRecord) -> str:
        at = self.formatTime(record, "%H:%M:%S")
        error = record.exc_info[1] if record.exc_info else None
        why = f" ({type(error).__name__}: {error})" if error is not None else ""
        first, *_ = f"{record.getMessage()}{why}".splitlines() or [""]
        return f"{at} {record.levelname.lower()}: {first}"


def file(home: Path) -> Path:
    return home / "logs" / FILE


def configuration(*, home: Path, to_file: bool) -> dict[str, Any]:
    """What logging.config.dictConfig takes; granian has its own logger, which hears of nobody else's."""
    handlers: dict[str, dict[str, Any]]
    if to_file:
        handlers = {
            "file": {"()": SharedFile, "path": file(home), "formatter": "json"},
            "terminal": {"class": "logging.StreamHandler", "formatter": "people", "level": "WARNING"},
        }
    else:
        handlers = {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "quanshi.kernel.logs.JsonLines"}, "people": {"()": ForPeople}},
        "handlers": handlers,
        "root": {"handlers": list(handlers), "level": "INFO"},
        "loggers": {
            **{name: {"level": level} for name, level in QUIET.items()},
            "_granian": {"handlers": list(handlers), "propagate": False},
        },
    }
