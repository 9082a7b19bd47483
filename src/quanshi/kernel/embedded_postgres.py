"""Embedded PostgreSQL (being built)."""

from __future__ import annotations

from pathlib import Path


def socket_dir(home: Path) -> Path:
    return home / "run"
