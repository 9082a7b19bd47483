"""Marks of the three shops, drawn large and made small, so that their edges are smooth."""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageDraw

from quanshi.demo.art.colour import SUN, light

SIDE: Final = 256
LARGE: Final = 4  # drawn this many times larger

Box = tuple[float, float, float, float]


def draw(look: str, *, accent: str) -> Image.Image:
    """A square mark on the shop's accent. Raises: KeyError for a look that has none."""
    image = Image.new("RGB", (SIDE * LARGE, SIDE * LARGE), accent)
    MARKS[look](ImageDraw.Draw(image), accent)
    return image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def _box(x: float, y: float, rx: float, ry: float) -> Box:
    return ((x - rx) * LARGE, (y - ry) * LARGE, (x + rx) * LARGE, (y + ry) * LARGE)


def _points(*points: tuple[float, float]) -> list[tuple[float, float]]:
    return [(x * LARGE, y * LARGE) for x, y in points]


def _tea(pen: ImageDraw.ImageDraw, accent: str) -> None:
    """A lidded bowl under a moon."""
    pen.ellipse(_box(178, 70, 24, 24), fill=light(accent, 0.45))
    pen.pieslice(_box(128, 128, 74, 92), 0, 180, fill=SUN)
    pen.rectangle((96 * LARGE, 200 * LARGE, 160 * LARGE, 226 * LARGE), fill=SUN)
    pen.pieslice(_box(128, 118, 66, 50), 180, 360, fill=light(accent, 0.72))
    pen.ellipse(_box(128, 66, 13, 11), fill=SUN)


def _farm(pen: ImageDraw.ImageDraw, accent: str) -> None:
    """A sun on a slope, and two leaves."""
    pen.ellipse(_box(128, 116, 62, 62), fill=light(accent, 0.85))
    pen.polygon(_points((0, 196), (256, 130), (256, 256), (0, 256)), fill=light(accent, 0.28))
    pen.polygon(_points((0, 228), (256, 172), (256, 256), (0, 256)), fill=light(accent, 0.5))
    pen.ellipse(_box(148, 44, 26, 13), fill=SUN)
    pen.ellipse(_box(110, 40, 20, 10), fill=light(accent, 0.5))


def _studio(pen: ImageDraw.ImageDraw, accent: str) -> None:
    """A mountain and its half in the water."""
    pen.polygon(_points((34, 142), (112, 38), (150, 142)), fill=SUN)
    pen.polygon(_points((112, 38), (222, 142), (150, 142)), fill=light(accent, 0.55))
    pen.polygon(_points((34, 158), (112, 214), (222, 158)), fill=light(accent, 0.28))
    pen.ellipse(_box(192, 62, 19, 19), fill="#ff9a62")


MARKS: Final = {"tea": _tea, "farm": _farm, "studio": _studio}
