"""Stages of the design studio: folded mountains, blocks, contour lines, a night with pines. Hard edges, few colours."""

from __future__ import annotations

from math import pi, sin
from typing import Final

from quanshi.demo.art.canvas import SIZE, Canvas
from quanshi.demo.art.colour import SHADE, SUN, WHITE, dark, light, mix
from quanshi.demo.art.forms import polygon, scatter, spline
from quanshi.demo.art.scene import MIDDLE, Palette, Scene

PALETTES: Final = {
    "fjord": Palette("#b9d3da", "#6f9fb0", "#2f5d73", "#d9c7ae", "#f0764b"),
    "dusk": Palette("#f3b79b", "#c96f77", "#54406f", "#e0b9a0", "#ffd166"),
    "moss": Palette("#d7d9b8", "#94a36a", "#46603f", "#cdb993", "#e9663c"),
    "stone": Palette("#dedbd6", "#b1aeb0", "#62646f", "#c9c3bb", "#f2a33a"),
    "ember": Palette("#f4c77b", "#e8824a", "#8c3b3c", "#d99a6c", "#2f6f73"),
    "night": Palette("#24365a", "#1d2c4c", "#131f38", "#334a6e", "#ffcf6b"),
    "lilac": Palette("#d9d2ea", "#a79bd0", "#584f86", "#c3b7d6", "#ff8a5c"),
}


def _floor(c: Canvas, p: Palette, edge: float = 556) -> None:
    c.rect(0, edge, SIZE, SIZE - edge, c.linear((0, light(p.floor, 0.22)), (1, dark(p.floor, 0.12))))
    c.rect(0, edge, SIZE, 3, light(p.floor, 0.6), opacity=0.7)


def _mountain(c: Canvas, x: float, base: float, width: float, height: float, colour: str) -> None:
    """Two faces, one in the sun, with snow that follows the fold."""
    top, foot = (x, base - height), (x + width * 0.12, base)
    bend = (x + width * 0.06, base - height * 0.55)
    c.path(polygon((x - width / 2, base), top, bend, foot), light(colour, 0.3))
    c.path(polygon(top, (x + width / 2, base), foot, bend), dark(colour, 0.12))
    snow = [(x - width * 0.13, base - height * 0.74), top, (x + width * 0.13, base - height * 0.74)]
    low = [
        (x + width * 0.05, base - height * 0.66),
        (x, base - height * 0.76),
        (x - width * 0.05, base - height * 0.68),
    ]
    c.path(polygon(*snow, *low), SUN, opacity=0.8)


def peaks(c: Canvas, p: Palette) -> None:
    c.rect(0, 0, SIZE, SIZE, c.linear((0, p.wall), (0.65, light(p.wall, 0.65))))
    c.circle(570, 190, 84, c.linear((0, p.spot), (1, light(p.spot, 0.4))))
    _mountain(c, 190, 566, 560, 330, mix(p.far, p.wall, 0.35))
    _mountain(c, 660, 566, 500, 280, mix(p.far, p.wall, 0.2))
    _mountain(c, 420, 566, 460, 190, p.far)
    c.path("M0 500L120 466L260 520L420 488L600 530L720 484L800 506V570H0Z", p.near)
    _floor(c, p)


def blocks(c: Canvas, p: Palette) -> None:
    """Flat forms pinned to a wall, a plinth in front."""
    c.rect(0, 0, SIZE, SIZE, p.wall)
    c.rect(0, 0, 400, 400, light(p.far, 0.28))
    c.path("M400 400V0a400 400 0 0 1 400 400Z", p.far)
    c.circle(190, 210, 128, p.spot)
    c.path("M62 210a128 128 0 0 0 256 0Z", dark(p.spot, 0.18))
    stripe = f'<rect width="10" height="20" fill="{p.near}"/>'
    c.rect(560, 400, 240, 160, c.pattern(24, 20, stripe), opacity=0.75)
    c.path("M0 400H240A160 160 0 0 1 80 560H0Z", p.near, opacity=0.85)
    _floor(c, p)


def stage(c: Canvas, p: Palette) -> None:
    """Steps and a disc in hard sun."""
    c.rect(0, 0, SIZE, SIZE, c.linear((0, light(p.wall, 0.1)), (1, light(p.wall, 0.5)), angle="slope"))
    c.circle(430, 330, 262, dark(p.wall, 0.12), opacity=0.6)
    c.circle(400, 310, 262, c.linear((0, light(p.far, 0.25)), (1, p.far)))
    c.path(polygon((0, 90), (250, 0), (330, 0), (0, 150)), SUN, opacity=0.5)
    c.path(polygon((0, 210), (560, 0), (800, 0), (0, 330)), SUN, opacity=0.28)
    _floor(c, p)
    c.path(
        polygon((0, 470), (96, 470), (96, 520), (170, 520), (170, 566), (0, 566)),
        c.linear((0, light(p.near, 0.3)), (1, p.near)),
    )
    c.path(polygon((96, 470), (110, 480), (110, 520), (96, 520)), dark(p.near, 0.25))
    c.path(polygon((700, 566), (700, 430), (800, 430), (800, 566)), c.linear((0, light(p.spot, 0.2)), (1, p.spot)))


def contours(c: Canvas, p: Palette) -> None:
    """The lines of a map."""
    c.rect(0, 0, SIZE, SIZE, c.linear((0, p.far), (1, mix(p.far, p.wall, 0.55)), angle="slope"))
    for ring in range(9):
        r = 60.0 + ring * 54
        points = [
            (
                520 + r * (1 + 0.13 * sin(k * 1.7 + ring * 0.35)) * sin(2 * pi * k / 10),
                250 - r * 0.72 * (1 + 0.13 * sin(k * 2.3 + ring * 0.3)) * sin(2 * pi * k / 10 + pi / 2),
            )
            for k in range(10)
        ]
        c.stroke(spline(points, closed=True), light(p.wall, 0.3), 2.6 if ring % 3 else 5, opacity=0.5)
    c.path(polygon((520, 214), (540, 250), (500, 250)), p.spot)
    _floor(c, p, 580)


def night(c: Canvas, p: Palette) -> None:
    c.rect(0, 0, SIZE, SIZE, c.linear((0, dark(p.near, 0.25)), (0.7, mix(p.near, p.far, 0.8)), (1, light(p.far, 0.3))))
    for u, v in scatter(28, 2):
        c.circle(u * 800, v * 400, 1.3 + 1.9 * ((u * 13) % 1), SUN, opacity=0.4 + 0.6 * ((v * 7) % 1))
    c.circle(176, 160, 58, c.radial((0, WHITE), (0.7, SUN), (1, p.spot), at=(0.4, 0.4), r=0.7))
    c.circle(176, 160, 110, SUN, opacity=0.1)
    c.path("M0 470L170 330L300 420L470 290L640 410L720 360L800 420V640H0Z", dark(p.far, 0.25))
    for k, (u, v) in enumerate(scatter(13, 4)):
        x, h = k * 68 - 10 + u * 26, 130 + v * 130
        tiers = [(574 - h + h * tier * 0.26, 24 + tier * 13) for tier in range(3)]
        d = "".join(polygon((x, y), (x + w, y + h * 0.48), (x - w, y + h * 0.48)) for y, w in tiers)
        c.path(d, dark(p.near, 0.2 if k % 2 else 0.4))
    c.rect(0, 560, SIZE, 240, c.linear((0, mix(p.near, SHADE, 0.2)), (1, dark(p.near, 0.35))))
    c.ellipse(MIDDLE, 640, 380, 92, c.radial((0, light(p.spot, 0.4), 0.5), (1, p.spot, 0)))


def folds(c: Canvas, p: Palette) -> None:
    """Paper folded like a fan."""
    c.rect(0, 0, SIZE, SIZE, p.wall)
    for i in range(16):
        x = i * 50
        colour = mix(p.far, p.wall, 0.2 + 0.5 * abs(i / 15 - 0.4))
        c.path(
            polygon((x, 0), (x + 50, 0), (400 + (x + 50 - 400) * 1.1, 566), (400 + (x - 400) * 1.1, 566)),
            light(colour, 0.25) if i % 2 else dark(colour, 0.06),
        )
    c.path("M0 0H800V566H0Z", c.linear((0, SUN, 0.3), (1, SHADE, 0.14), angle="slope"))
    c.path("M580 0h70l-150 566h-120Z", SUN, opacity=0.25)
    _floor(c, p)


SCENES: Final[dict[str, Scene]] = {
    "peaks": peaks, "blocks": blocks, "stage": stage, "contours": contours, "night": night, "folds": folds,
}  # fmt: skip
