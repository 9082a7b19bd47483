"""From a description to the SVG of one picture: a stage, a thing on it, and how it is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from quanshi.demo.art import (
    farm_fruit,
    farm_pantry,
    scene_farm,
    scene_studio,
    scene_tea,
    studio_camp,
    studio_home,
    tea_leaf,
    tea_ware,
)
from quanshi.demo.art.canvas import SIZE, Canvas, place
from quanshi.demo.art.colour import SHADE, SUN, dark, light
from quanshi.demo.art.kinds import KINDS, SCALES, Paint
from quanshi.demo.art.scene import GROUND, MIDDLE, Palette, Scene, grain, wash

ILLUSTRATORS: Final = (tea_ware, tea_leaf, farm_fruit, farm_pantry, studio_camp, studio_home)  # they fill KINDS
PALETTES: Final[Mapping[str, Mapping[str, Palette]]] = {
    "tea": scene_tea.PALETTES,
    "farm": scene_farm.PALETTES,
    "studio": scene_studio.PALETTES,
}
SCENES: Final[Mapping[str, Mapping[str, Scene]]] = {
    "tea": scene_tea.SCENES,
    "farm": scene_farm.SCENES,
    "studio": scene_studio.SCENES,
}
STANDS: Final = GROUND + 24
SMALL: Final = 0.4  # of a thing's usual size, where many stand together


class View(StrEnum):
    STAGE = "stage"  # the thing in its scene
    CLOSE = "close"  # a part of it, near
    ROW = "row"  # its colours side by side
    REPEAT = "repeat"  # many of it, like wrapping paper


@dataclass(frozen=True, slots=True)
class Picture:
    """All that decides a picture; the same values give the same bytes."""

    stages: str  # whose stages: tea, farm, studio
    scene: str
    palette: str
    kind: str
    paints: tuple[Paint, ...]  # the first is drawn; a row shows them all
    view: View = View.STAGE


def draw(picture: Picture) -> bytes:
    c = Canvas()
    palette = PALETTES[picture.stages][picture.palette]
    thing, scale = KINDS[picture.kind], SCALES[picture.kind]
    paint = picture.paints[0]
    if picture.view is View.CLOSE:
        _backdrop(c, palette, paint)
        with c.group(330, STANDS + 150, scale=scale * 1.72):
            thing(c, paint)
    elif picture.view is View.ROW:
        _shelf(c, palette)
        paints = picture.paints[:3]
        # from the outer ones inward, so that the middle one stands in front
        for i in sorted(range(len(paints)), key=lambda i: -abs(i - (len(paints) - 1) / 2)):
            from_middle = i - (len(paints) - 1) / 2
            with c.group(MIDDLE + from_middle * 262, STANDS + 66 - abs(from_middle) * 62, scale=scale * 0.64):
                thing(c, paints[i])
    elif picture.view is View.REPEAT:
        _paper(c, palette)
        spots = [
            place(x * 266 + (133 if y % 2 else 0), 190 + y * 236, SMALL * scale, (-14, 10, 22)[(x + y) % 3])
            for y in range(4)
            for x in range(4)
        ]
        with c.stamped(*spots):
            thing(c, paint)
    else:
        SCENES[picture.stages][picture.scene](c, palette)
        with c.group(MIDDLE, STANDS, scale=scale):
            thing(c, paint)
    grain(c)
    return c.svg()


def _backdrop(c: Canvas, p: Palette, paint: Paint) -> None:
    """A big soft disc behind a thing that is looked at from near."""
    wash(c, light(p.far, 0.25))
    c.circle(470, 330, 330, c.linear((0, light(p.wall, 0.55)), (1, light(p.wall, 0.1)), angle="slope"))
    c.circle(660, 150, 62, paint.accent, opacity=0.9)
    c.rect(0, 640, SIZE, 160, c.linear((0, light(p.floor, 0.3)), (1, p.floor)))
    c.rect(0, 640, SIZE, 3, SUN, opacity=0.6)


def _shelf(c: Canvas, p: Palette) -> None:
    wash(c, p.wall)
    c.path("M60 576a340 340 0 0 1 680 0Z", c.linear((0, p.far), (1, light(p.far, 0.5))), opacity=0.8)
    c.circle(640, 150, 54, p.spot)
    c.rect(0, 596, SIZE, 20, SHADE, opacity=0.1)
    c.rect(0, 576, SIZE, 224, c.linear((0, light(p.floor, 0.25)), (1, dark(p.floor, 0.12))))
    c.rect(0, 576, SIZE, 4, SUN, opacity=0.7)


def _paper(c: Canvas, p: Palette) -> None:
    c.rect(0, 0, SIZE, SIZE, c.linear((0, light(p.wall, 0.15)), (1, p.wall), angle="slope"))
    dot = f'<circle cx="14" cy="14" r="3.2" fill="{p.far}"/>'
    c.rect(0, 0, SIZE, SIZE, c.pattern(44, 44, dot, turn=45), opacity=0.7)
