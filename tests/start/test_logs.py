"""Where the log goes: lines for machines in one place, what concerns a person in the other."""

from __future__ import annotations

import json
import logging
import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from quanshi.config import logs
from tests.support.stack import CHECKOUT, Stack
from tests.support.waiting import wait_until

WRITER = """
import logging, sys
from pathlib import Path
from quanshi.config.logs import SharedFile
handler = SharedFile(Path(sys.argv[1]), largest_bytes=20_000, files=50)
for number in range(2000):
    handler.emit(logging.makeLogRecord({"msg": f"{sys.argv[2]} {number} " + "x" * (number % 300)}))
"""


def record(message: str, level: int = logging.WARNING, error: Exception | None = None) -> logging.LogRecord:
    exc_info = (type(error), error, None) if error else None
    return logging.makeLogRecord({"msg": message, "levelno": level, "levelname": "WARNING", "exc_info": exc_info})


def test_several_processes_fill_and_put_aside_one_file_without_losing_a_line(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "all.log"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name], cwd=CHECKOUT) for name in "abc"]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    files = list(path.parent.glob("all.log*"))  # the last line may have put the newest aside
    told = [line.split() for file in files for line in file.read_text().splitlines()]
    assert len(files) > 10
    assert sorted((name, int(number), len(filling[0]) if filling else 0) for name, number, *filling in told) == [
        (name, number, number % 300) for name in "abc" for number in range(2000)
    ]
    assert max(file.stat().st_size for file in files) < 25_000


def test_the_oldest_file_goes(tmp_path: Path) -> None:
    handler = logs.SharedFile(tmp_path / "all.log", largest_bytes=5, files=3)
    for number in range(6):
        handler.emit(record(f"message {number}"))
    handler.close()
    texts = {file.name: file.read_text() for file in tmp_path.glob("all.log.*")}
    assert texts == {"all.log.1": "message 5\n", "all.log.2": "message 4\n"}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (record("one\nand more"), "warning: one"),
        (record("failed", error=ValueError("why\nelse")), "warning: failed (ValueError: why"),
        (record(""), "warning: "),
    ],
)
def test_a_person_gets_one_line(given: logging.LogRecord, shown: str) -> None:
    told = logs.ForPeople().format(given)
    assert told.partition(" ")[2] == shown


def test_a_terminal_shows_where_the_shop_is_and_the_file_every_request() -> None:
    stack = Stack(demo=False)
    screen = bytearray()
    ours, theirs = pty.openpty()

    def look() -> None:
        try:
            while some := os.read(ours, 4096):
                screen.extend(some)
        except OSError:  # the other side is gone
            return

    looking = threading.Thread(target=look)
    try:
        command = [sys.executable, "-m", "quanshi.config.cli", "up"]
        stack.process = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            env=stack.environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        looking.start()
        wait_until(lambda: b"Ctrl-C stops everything" in screen, seconds=60)
        assert httpx.get(f"{stack.url}/nothing-here", headers={"X-Request-Id": "seen-in-file"}).status_code == 404
        assert httpx.post(f"{stack.url}/cart", headers={"X-Request-Id": "without-a-token"}).status_code == 403
        stack.stop()
        looking.join(10)
    finally:
        stack.log.touch()
        file = stack.home / "logs" / "quanshi.log"
        told = file.read_text() if file.exists() else ""
        mode = file.parent.stat().st_mode & 0o777 if file.exists() else 0
        stack.remove()
    text = screen.decode()
    assert stack.url in text
    assert str(file) in text
    assert "{" not in text
    assert "/nothing-here" not in text
    assert "warning: Forbidden" in text
    lines = [json.loads(line) for line in told.splitlines()]
    (seen,) = [line for line in lines if line.get("request_id") == "seen-in-file"]
    assert (seen["path"], seen["status"]) == ("/nothing-here", 404)
    assert mode == 0o700
