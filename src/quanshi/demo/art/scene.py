"""What all stages share: the ground line, palettes and a grain like printed paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from quanshi.demo.art.canvas import SIZE, Canvas
from quanshi.demo.art.colour import INK, SUN, WHITE
from quanshi.demo.art.forms import scatter

GROUND: Final = 620
MIDDLE: Final = SIZE / 2


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of one stage, from the back to the front."""

    wall: str
    far: str
    near: str
    floor: str
    spot: str  # the one strong note


Scene = Callable[[Canvas, Palette], None]


def grain(c: Canvas, *, width: int = SIZE, height: int = SIZE) -> None:
    """Fine specks over everything, so that large flat parts look printed rather than plastic."""
    light, deep = ("".join(f"M{u * 90:.0f} {v * 90:.0f}h0" for u, v in scatter(17, seed)) for seed in (1, 5))
    body = (
        '<g stroke-width="1.7" stroke-linecap="round">'
        f'<path d="{light}" stroke="{WHITE}" opacity=".3"/><path d="{deep}" stroke="{INK}" opacity=".13"/></g>'
    )
    c.rect(0, 0, width, height, c.pattern(90, 90, body, turn=14))


def wash(c: Canvas, colour: str, *, glow: tuple[float, float] = (0.32, 0.22)) -> None:
    """A wall with light falling on it."""
    c.rect(0, 0, SIZE, SIZE, colour)
    c.rect(0, 0, SIZE, SIZE, c.radial((0, SUN, 0.65), (1, SUN, 0), at=glow, r=0.75))
    c.rect(0, 0, SIZE, SIZE, c.radial((0.55, "#2a1f3d", 0), (1, "#2a1f3d", 0.16), at=(0.4, 0.35), r=0.95))
