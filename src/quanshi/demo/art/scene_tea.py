"""Stages of the tea house: paper-cut hills, a moon gate, bamboo light on a wall."""

from __future__ import annotations

from typing import Final

from quanshi.demo.art.canvas import SIZE, Canvas
from quanshi.demo.art.colour import SHADE, SUN, WHITE, dark, light, mix
from quanshi.demo.art.forms import leaf, polygon, scatter, spline
from quanshi.demo.art.scene import MIDDLE, Palette, Scene, wash

PALETTES: Final = {
    "celadon": Palette("#dfe6da", "#b4c8b8", "#7fa391", "#c9b79c", "#d97b4f"),
    "mist": Palette("#e6e4e4", "#bcc6cf", "#8699a8", "#b5a595", "#c9624a"),
    "clay": Palette("#efd9c6", "#dcae90", "#b87658", "#a0694f", "#f2b65a"),
    "ink": Palette("#46545c", "#35434b", "#27343c", "#6d5a4c", "#e0a458"),
    "osmanthus": Palette("#f3e3bd", "#e6c57f", "#c99b4a", "#a97a4e", "#c9512f"),
    "plum": Palette("#ecd5d6", "#cf9fa6", "#9a6675", "#7d5560", "#e2a23c"),
    "pine": Palette("#3f5f55", "#31504a", "#233f3b", "#8b6b52", "#e8b765"),
}


def _table(c: Canvas, p: Palette, edge: float = 560) -> None:
    c.rect(0, edge, SIZE, SIZE - edge, c.linear((0, light(p.floor, 0.28)), (0.25, p.floor), (1, dark(p.floor, 0.22))))
    c.rect(0, edge, SIZE, 4, light(p.floor, 0.6), opacity=0.8)
    for u, v in scatter(9, 3):
        c.rect(u * 760 - 60, edge + 20 + v * 200, 180 + v * 160, 2, dark(p.floor, 0.35), opacity=0.16, rx=1)


def _hills(c: Canvas, p: Palette, base: float, *, height: float = 220) -> None:
    """Four sheets of paper, each with its own fall of shadow on the one behind."""
    for i in range(4):
        share = i / 3
        colour = mix(light(p.far, 0.35), p.near, share)
        y = base - height * (1 - share * 0.78)
        points = [
            (x * 100 - 50.0, y + (-1 if (x + i) % 2 else 1) * (46 - i * 7) + (x * 37 + i * 53) % 41 - 20)
            for x in range(10)
        ]
        d = spline(points) + f"L{SIZE + 60} {SIZE}L-60 {SIZE}Z"
        fill = c.linear((0, light(colour, 0.18)), (0.5, colour), (1, light(colour, 0.3)))
        c.path(d, fill, stroke=SHADE, stroke_width=16, stroke_opacity=0.09, paint_order="stroke")


def moon(c: Canvas, p: Palette) -> None:
    wash(c, p.wall)
    gate = "M400 82a258 258 0 1 1 0 516a258 258 0 1 1 0-516Z"
    c.circle(MIDDLE + 8, 352, 270, SHADE, opacity=0.1)
    c.circle(MIDDLE, 340, 272, light(p.wall, 0.6))
    with c.clipped(gate):
        c.rect(0, 0, SIZE, SIZE, c.linear((0, light(p.far, 0.7)), (0.7, light(p.far, 0.25))))
        c.circle(520, 210, 46, p.spot)
        _hills(c, p, 560, height=230)
        c.path("M142 340a258 258 0 0 1 516 0a258 258 0 0 0-516 0Z", SHADE, opacity=0.08)
    _table(c, p)


def hills(c: Canvas, p: Palette) -> None:
    wash(c, light(p.wall, 0.1))
    c.circle(248, 190, 82, c.linear((0, p.spot), (1, light(p.spot, 0.45))))
    _hills(c, p, 590, height=300)
    _table(c, p, 572)


def bamboo(c: Canvas, p: Palette) -> None:
    """Light through leaves on a bare wall."""
    wash(c, p.wall, glow=(0.25, 0.3))
    c.path(polygon((40, 0), (360, 0), (620, 560), (250, 560)), SUN, opacity=0.35)
    c.path(polygon((420, 0), (560, 0), (800, 500), (800, 560), (690, 560)), SUN, opacity=0.28)
    with c.group(opacity=0.16):
        for stem, (x, lean) in enumerate(((640, -60), (735, -30))):
            c.stroke(f"M{x} -20Q{x + lean * 0.2} 280 {x + lean} 565", SHADE, 9)
            for k, (u, v) in enumerate(scatter(11, stem)):
                leaf(
                    c,
                    x + lean * v * 0.7,
                    30 + v * 420,
                    96 + u * 56,
                    118 + 62 * (k % 3) + u * 20,
                    SHADE,
                    broad=0.17,
                    flat=True,
                )
    _table(c, p)


def arch(c: Canvas, p: Palette) -> None:
    wash(c, light(p.wall, 0.05))
    c.path("M188 566V318a212 212 0 0 1 424 0V566Z", SHADE, opacity=0.1)
    c.path(
        "M176 566V306a212 212 0 0 1 424 0V566Z",
        c.linear((0, dark(p.far, 0.14)), (0.5, p.far), (1, light(p.far, 0.3)), angle="slope"),
    )
    c.path("M176 566V306a212 212 0 0 1 212-212a190 200 0 0 0-168 212V566Z", SHADE, opacity=0.13)
    c.path("M600 566V306a212 212 0 0 0-100-180a230 230 0 0 1 72 180V566Z", WHITE, opacity=0.18)
    _table(c, p)
    with c.group(66, 600):
        for turn in (-78, -58, -100, -40, -118):
            c.stroke(f"M0 0Q{turn + 78} -150 {(turn + 78) * 2.1} -270", p.near, 3.4)
        for k, (u, v) in enumerate(scatter(10, 2)):
            leaf(
                c, (u - 0.5) * 110, -90 - v * 190, 62, -60 + (u - 0.5) * 150 + k % 2 * 24, p.near, broad=0.24, flat=True
            )


def screen(c: Canvas, p: Palette) -> None:
    """A slatted screen with the sun behind it."""
    c.rect(0, 0, SIZE, SIZE, c.linear((0, light(p.wall, 0.3)), (1, p.far)))
    c.circle(520, 250, 150, c.radial((0, p.spot, 0.9), (0.7, p.spot, 0.65), (1, p.spot, 0.1)))
    slat = f'<rect width="15" height="40" fill="{p.near}"/><rect width="4" height="40" fill="{light(p.near, 0.4)}"/>'
    c.rect(0, 0, SIZE, 566, c.pattern(46, 40, slat), opacity=0.72)
    for y in (110, 430):
        c.rect(0, y, SIZE, 18, c.linear((0, light(p.near, 0.3)), (1, dark(p.near, 0.2))))
    _table(c, p)


def cloth(c: Canvas, p: Palette) -> None:
    """A table runner going away from us, a few fallen petals."""
    wash(c, p.wall)
    c.rect(0, 470, SIZE, 330, c.linear((0, light(p.floor, 0.3)), (1, p.floor)))
    c.path(polygon((150, 470), (650, 470), (770, 800), (30, 800)), c.linear((0, p.near), (1, dark(p.near, 0.15))))
    for inset in (20, 32):
        c.stroke(
            f"M{150 + inset} 470L{30 + inset * 1.5} 800M{650 - inset} 470L{770 - inset * 1.5} 800",
            p.spot,
            3,
            opacity=0.8,
        )
    c.circle(MIDDLE, 270, 190, c.linear((0, light(p.far, 0.1)), (1, light(p.far, 0.6))))
    c.stroke("M-10 92C140 130 260 70 420 150", dark(p.near, 0.3), 10)
    c.stroke("M180 104C240 150 300 170 330 214", dark(p.near, 0.3), 6)
    for u, v in scatter(15, 4):
        c.circle(20 + u * 400, 90 + v * 110, 9 + v * 7, light(p.spot, 0.25 + u * 0.3), opacity=0.95)
    for u, v in scatter(5, 9):
        c.ellipse(60 + u * 680, 690 + v * 80, 9, 5, light(p.spot, 0.35))


SCENES: Final[dict[str, Scene]] = {
    "moon": moon, "hills": hills, "bamboo": bamboo, "arch": arch, "screen": screen, "cloth": cloth,
}  # fmt: skip
