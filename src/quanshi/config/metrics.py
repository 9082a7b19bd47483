"""The folder where the processes of one web server count together."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def begin(home: Path, *, port: int) -> None:
    """Make it, empty of what processes of before have counted, and name it to those that are started now."""
    folder = home / "metrics" / str(port)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[VARIABLE] = str(folder)


def folder() -> Path | None:
    """None in a process that counts for itself alone."""
    return Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None
