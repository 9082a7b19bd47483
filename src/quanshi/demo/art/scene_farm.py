"""Stages of the farm shop: sun, furrows, a striped awning, gingham. Bright and a little naive, like gouache."""

from __future__ import annotations

from math import cos, pi, sin
from typing import Final

from quanshi.demo.art.canvas import SIZE, Canvas
from quanshi.demo.art.colour import SUN, WHITE, dark, light, mix
from quanshi.demo.art.forms import blob, leaf, polygon, scatter, spline
from quanshi.demo.art.scene import MIDDLE, Palette, Scene, wash

PALETTES: Final = {
    "dawn": Palette("#ffd9a8", "#f7a66b", "#7fa650", "#c98a52", "#e8503a"),
    "meadow": Palette("#cfe8d5", "#8cc48a", "#4c9460", "#b9874f", "#f3b63f"),
    "sky": Palette("#bfe3ee", "#8cc9c9", "#5aa06a", "#d0a061", "#f4c542"),
    "butter": Palette("#fbe7a1", "#f3c95b", "#87a84c", "#c58a4a", "#e2583e"),
    "peach": Palette("#fcd5c5", "#f3a48e", "#89a866", "#c7865c", "#e04f55"),
    "grape": Palette("#ddd3ee", "#a997cf", "#6b8f5a", "#a5754f", "#f0b04a"),
    "earth": Palette("#ecd9b8", "#c99f68", "#6e7f43", "#8e6440", "#dd6a35"),
}


def _boards(c: Canvas, p: Palette, edge: float = 560) -> None:
    c.rect(0, edge, SIZE, SIZE - edge, c.linear((0, light(p.floor, 0.3)), (1, dark(p.floor, 0.1))))
    for i in range(9):
        x = i * 100.0
        c.stroke(
            f"M{MIDDLE + (x - 400) * 0.82:.0f} {edge}L{MIDDLE + (x - 400) * 1.3:.0f} 800",
            dark(p.floor, 0.4),
            3,
            opacity=0.35,
        )
    for u, v in scatter(8, 2):
        c.ellipse(u * 800, edge + 30 + v * 190, 13, 4, dark(p.floor, 0.4), opacity=0.25)
    c.rect(0, edge, SIZE, 7, light(p.floor, 0.55))


def field(c: Canvas, p: Palette) -> None:
    c.rect(0, 0, SIZE, SIZE, c.linear((0, p.wall), (0.6, light(p.wall, 0.6))))
    c.circle(590, 210, 150, SUN, opacity=0.4)
    c.circle(590, 210, 98, c.linear((0, p.spot), (1, light(p.spot, 0.3))))
    c.path("M-20 400C120 300 260 330 400 370S680 300 820 350V800H-20Z", mix(p.far, p.near, 0.35))
    c.path("M-20 450C180 370 420 440 820 396V800H-20Z", light(p.near, 0.22))
    for i in range(13):
        x = -520 + i * 160
        c.path(
            polygon((400 + (x - 300) * 0.16, 424), (400 + (x - 240) * 0.16, 424), (x + 70, 800), (x, 800)),
            dark(p.near, 0.12),
            opacity=0.5,
        )
    for x, y, r in ((70, 360, 44), (126, 378, 32), (728, 350, 36)):
        c.rect(x - 4, y, 8, 52, dark(p.floor, 0.3))
        with c.group(x, y):
            c.path(blob(r, seed=x), c.linear((0, p.near), (1, dark(p.near, 0.3))))
    _boards(c, p, 574)


def rays(c: Canvas, p: Palette) -> None:
    c.rect(0, 0, SIZE, SIZE, p.wall)
    points = []
    for i in range(22):
        a, b = (2 * pi * (i + k) / 22 for k in (0, 0.5))
        points.append(
            polygon((MIDDLE, 380), (400 + 720 * cos(a), 380 + 720 * sin(a)), (400 + 720 * cos(b), 380 + 720 * sin(b)))
        )
    c.path("".join(points), p.far, opacity=0.42)
    c.circle(MIDDLE, 380, 250, c.radial((0, SUN), (0.75, SUN, 0.75), (1, SUN, 0)))
    c.path("M-10 600C200 540 600 540 810 600V810H-10Z", c.linear((0, light(p.near, 0.3)), (1, p.near)))
    for u, v in scatter(16, 6):
        x, y = u * 800, 640 + v * 150
        c.stroke(f"M{x:.0f} {y:.0f}q-5-12-10-15m10 15q0-12 2-19m-2 19q5-10 11-13", dark(p.near, 0.25), 3, opacity=0.6)


def stall(c: Canvas, p: Palette) -> None:
    """Under the awning of a market stall."""
    wash(c, light(p.far, 0.45))
    for i in range(5):
        c.rect(60 + i * 150, 150, 84, 410, light(p.far, 0.62), opacity=0.45)
    for i in range(8):
        colour = p.spot if i % 2 else light(p.wall, 0.75)
        c.path(
            f"M{i * 100} 0h100v128a50 50 0 0 1-100 0Z",
            c.linear((0, dark(colour, 0.16)), (0.6, colour), (1, light(colour, 0.15))),
        )
    c.rect(0, 176, SIZE, 60, c.linear((0, "#2a1f3d", 0.16), (1, "#2a1f3d", 0)))
    _boards(c, p)


def gingham(c: Canvas, p: Palette) -> None:
    wash(c, p.wall)
    with c.group(MIDDLE, 250):
        c.path(blob(230, lobes=9, swing=0.05, seed=2), light(p.far, 0.2), opacity=0.55)
    for k, (u, v) in enumerate(scatter(9, 8)):
        leaf(c, 30 + u * 740, 60 + v * 330, 62, 40 * k, p.near, broad=0.3)
    check = (
        f'<rect width="64" height="64" fill="{light(p.wall, 0.85)}"/><g fill="{p.spot}" fill-opacity=".45">'
        '<rect width="32" height="64"/><rect width="64" height="32"/></g>'
    )
    c.path("M0 548H800V800H0Z", c.pattern(64, 64, check, turn=0))
    c.rect(0, 548, SIZE, 252, c.linear((0, WHITE, 0.35), (0.5, WHITE, 0), (1, "#2a1f3d", 0.14)))
    c.rect(0, 546, SIZE, 6, light(p.spot, 0.5))


def orchard(c: Canvas, p: Palette) -> None:
    """Branches hanging in from above."""
    c.rect(0, 0, SIZE, SIZE, c.linear((0, light(p.wall, 0.2)), (1, p.wall)))
    c.path("M-20 470C160 400 300 452 460 420S720 380 820 430V700H-20Z", light(p.near, 0.45), opacity=0.8)
    c.stroke("M-20 30C130 50 260 26 410 92", dark(p.floor, 0.4), 14)
    c.stroke("M820 10C720 60 640 60 560 128", dark(p.floor, 0.4), 12)
    for k, (u, v) in enumerate(scatter(13, 3)):
        x = u * 430 if k % 3 else 560 + u * 240
        leaf(c, x, 20 + v * 90, 84 + u * 30, 40 + 100 * v + 30 * (k % 4), mix(p.near, p.far, v * 0.3), broad=0.32)
    for x, y in ((110, 150), (262, 132), (672, 152)):
        c.circle(
            x, y, 27, c.radial((0, light(p.spot, 0.5)), (0.5, p.spot), (1, dark(p.spot, 0.25)), at=(0.35, 0.3), r=0.8)
        )
    _boards(c, p)


def crate(c: Canvas, p: Palette) -> None:
    """A warm wall with a rainbow of soil, straw and leaf."""
    wash(c, light(p.wall, 0.25))
    for i, colour in enumerate((p.far, p.spot, light(p.spot, 0.45), p.near)):
        r = 330 - i * 62
        c.path(f"M{400 - r} 570a{r} {r} 0 0 1 {2 * r} 0Z", c.linear((0, colour), (1, light(colour, 0.2))), opacity=0.92)
    c.path("M318 570a82 82 0 0 1 164 0Z", light(p.wall, 0.5))
    points = [(x * 90 - 40.0, 560 + (12 if x % 2 else -8)) for x in range(11)]
    c.path(spline(points) + "L820 800L-40 800Z", c.linear((0, light(p.floor, 0.25)), (1, dark(p.floor, 0.05))))
    for u, v in scatter(26, 5):
        c.ellipse(u * 800, 600 + v * 190, 4 + u * 5, 2.5, dark(p.floor, 0.35), opacity=0.4)


SCENES: Final[dict[str, Scene]] = {
    "field": field, "rays": rays, "stall": stall, "gingham": gingham, "orchard": orchard, "crate": crate,
}  # fmt: skip
