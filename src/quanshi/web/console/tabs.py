"""The tabs over a table: one state each, with its number of rows where it is known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tab:
    state: str
    word: str
    count: int | None = None
