"""Logs that machines read: a JSON object a line, with the id of the request that it all began with.

The id comes in with the first request (or is made there), follows it from edge into Django's thread, is kept with every
event that the request emits and every job that it defers, and is back while the worker takes that event or runs that
job. What begins in the worker, a sweep, gets an id of its own.
"""

from __future__ import annotations

import json
import logging
import os
import re
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final

import msgspec

HEADER: Final = "X-Request-Id"
WELL_FORMED: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
# what every record has; whatever else is there was given by `extra` and is told
ORDINARY: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

# No line tells where in the code it was logged, none has a stack, and to find that out takes half of a call.
# Source: https://docs.python.org/3/howto/logging.html#optimization
logging._srcfile = None  # noqa: SLF001 - the documented switch

_encode = msgspec.json.Encoder(enc_hook=str).encode  # twenty times faster; edge tells every order
_request_id: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The id of the request that is being worked for, empty when there is none."""
    return _request_id.get()


def new_request_id() -> str:
    return os.urandom(16).hex()


def accept_request_id(given: str) -> str:
    """What the client or the proxy calls the request, when that is a plain word, or else a new id."""
    return given if WELL_FORMED.fullmatch(given) else new_request_id()


class working_for:  # noqa: N801 - a context manager is spelled like a function; a generator takes four times as long
    """Everything logged and emitted inside belongs to this request."""

    __slots__ = ("_request", "_token")

    def __init__(self, request: str) -> None:
        self._request = request

    def __enter__(self) -> None:
        self._token = _request_id.set(self._request)

    def __exit__(self, *_: object) -> None:
        _request_id.reset(self._token)


class JsonLines(logging.Formatter):
    """One record, one line."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "thread": record.threadName,
            "request_id": request_id(),
            "message": record.getMessage(),
        }
        told |= {name: value for name, value in vars(record).items() if name not in ORDINARY}
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        told = {name: value for name, value in told.items() if value != ""}
        try:
            return _encode(told).decode()
        except (TypeError, ValueError):  # half a character, a key that is no text: tell it all the same
            return json.dumps(told, default=str, skipkeys=True)
