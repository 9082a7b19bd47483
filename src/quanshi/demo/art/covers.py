"""The wide pictures over the three shops, kept as static files of the shop pages.

`python -m quanshi.demo.art.covers FOLDER` writes them; a test says when the files and this code disagree.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from quanshi.demo.art.canvas import SIZE, Canvas
from quanshi.demo.art.kinds import KINDS, Paint
from quanshi.demo.art.pictures import PALETTES, SCENES
from quanshi.demo.art.scene import grain

TOP: Final = 152
HEIGHT: Final = 500
WIDE: Final = 1360
WIDE_TOP: Final = 700
WIDE_HEIGHT: Final = 340
WIDE_DROP: Final = 388  # from where a thing stands on the phone's cover to where it stands here

Thing = tuple[str, float, float, float, Paint]  # kind, x, y, scale

STILL_LIVES: Final[dict[str, tuple[str, str, Sequence[Thing]]]] = {
    "tea": (
        "hills",
        "celadon",
        (
            ("vase", 640, 596, 0.56, Paint("#7fa08c", "#cbb894", "#e8a63f")),
            ("teapot", 318, 608, 0.68, Paint("#9c5a42", "#c98d5e", "#e0a458")),
            ("master_cup", 506, 624, 0.4, Paint("#e9e1cf", "#a9623f", "#e0b070")),
            ("rabbit", 120, 616, 0.38, Paint("#a8674a", "#7a4a3a", "#e3b49a")),
        ),
    ),
    "farm": (
        "field",
        "dawn",
        (
            ("orange_crate", 226, 616, 0.74, Paint("#f39a3c", "#dcb070", "#5a8f3e")),
            ("watermelon", 606, 606, 0.64, Paint("#e5484a", "#f6e2a0", "#3f8a4c")),
            ("jar", 440, 622, 0.52, Paint("#e79a2c", "#fbf0d6", "#b3421f")),
        ),
    ),
    "studio": (
        "peaks",
        "fjord",
        (
            ("tent", 232, 600, 0.66, Paint("#f0764b", "#2f5d73", "#ffd166")),
            ("lantern", 470, 616, 0.5, Paint("#46603f", "#cdb993", "#ffb84d")),
            ("backpack", 600, 606, 0.58, Paint("#584f86", "#d9cfe6", "#ff8a5c")),
            ("enamel_mug", 728, 622, 0.32, Paint("#2f6f73", "#f1e4d1", "#e8824a")),
        ),
    ),
}
# where the phone's stage does not bear being cut low
WIDE_STAGES: Final = {"farm": ("rays", "butter")}


def draw(look: str) -> bytes:
    """The cover of `look` for a phone. Raises: KeyError for a look that has none."""
    scene, palette, things = STILL_LIVES[look]
    c = Canvas()
    SCENES[look][scene](c, PALETTES[look][palette])
    for kind, x, y, scale, paint in things:
        with c.group(x, y, scale=scale):
            KINDS[kind](c, paint)
    grain(c)
    return c.svg(top=TOP, height=HEIGHT)


def draw_wide(look: str) -> bytes:
    """The cover of `look` for a wide screen: the same things with more room about them."""
    scene, palette, things = STILL_LIVES[look]
    scene, palette = WIDE_STAGES.get(look, (scene, palette))
    c = Canvas()
    with c.group(scale=WIDE / SIZE):
        SCENES[look][scene](c, PALETTES[look][palette])
    for kind, x, y, scale, paint in things:
        with c.group(WIDE / 2 + (x - SIZE / 2) * 1.24, y + WIDE_DROP, scale=scale * 0.9):
            KINDS[kind](c, paint)
    grain(c, width=WIDE, height=WIDE_TOP + WIDE_HEIGHT)
    return c.svg(top=WIDE_TOP, width=WIDE, height=WIDE_HEIGHT)


def files() -> dict[str, bytes]:
    """Every cover by its file's name."""
    return {f"{look}.svg": draw(look) for look in STILL_LIVES} | {
        f"{look}-wide.svg": draw_wide(look) for look in STILL_LIVES
    }


if __name__ == "__main__":
    for name, svg in files().items():
        Path(sys.argv[1], name).write_bytes(svg)
