"""The register of what can be drawn: each illustrator draws one thing standing on the ground at (0, 0)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from quanshi.demo.art.canvas import Canvas


@dataclass(frozen=True, slots=True)
class Paint:
    """The colours of one thing: its body, a second material, an accent."""

    main: str
    second: str
    accent: str


Illustrator = Callable[[Canvas, Paint], None]
KINDS: Final[dict[str, Illustrator]] = {}
SCALES: Final[dict[str, float]] = {}  # how large a thing stands on its stage


def kind(name: str, scale: float = 1.2) -> Callable[[Illustrator], Illustrator]:
    """Register an illustrator under `name`."""

    def keep(draw: Illustrator) -> Illustrator:
        KINDS[name], SCALES[name] = draw, scale
        return draw

    return keep
