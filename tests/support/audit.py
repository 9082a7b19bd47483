"""The audit as a test's last word."""

from __future__ import annotations

from quanshi.config.commands.audit import all_checks, find_broken
from quanshi.kernel.audit import BrokenRow


def broken_rows() -> list[BrokenRow]:
    return list(find_broken(all_checks()))


def assert_sound() -> None:
    broken = broken_rows()
    assert not broken, broken
