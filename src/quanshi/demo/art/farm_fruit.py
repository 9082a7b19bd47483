"""Fruit of the farm shop."""

from __future__ import annotations

from math import cos, pi, sin

from quanshi.demo.art.canvas import Canvas, place
from quanshi.demo.art.colour import SHADE, WHITE, dark, light, mix
from quanshi.demo.art.forms import at, ball, leaf, polygon, scatter, shadow, shine
from quanshi.demo.art.kinds import Paint, kind

STEM = "#7a5536"
# outlines of fruit about 200 wide, about their middle
PEACH = "M0 -86C50 -120 114 -60 100 10C90 70 40 96 0 96C-40 96 -90 70 -100 10C-114 -60 -50 -120 0 -86Z"
APPLE = "M0 -72C50 -110 110 -70 100 0C90 80 40 100 0 88C-40 100 -90 80 -100 0C-110 -70 -50 -110 0 -72Z"
STRAWBERRY = "M0 110C-70 80 -115 -20 -70 -66C-30 -95 30 -95 70 -66C115 -20 70 80 0 110Z"


def _peach(c: Canvas, p: Paint) -> None:
    skin = c.radial(
        (0, light(p.second, 0.6)), (0.45, p.second), (0.8, mix(p.second, p.main, 0.6)), (1, dark(p.main, 0.2)),
        at=(0.34, 0.34), r=0.8,
    )  # fmt: skip
    shadow(c, 170, y=-2)
    with c.group(0, -92):
        c.path(PEACH, skin)
        c.path(PEACH, c.radial((0, p.main, 0.9), (0.6, p.main, 0.5), (1, p.main, 0), at=(0.78, 0.4), r=0.6))
        c.stroke("M0 -84Q46 -10 10 90", dark(p.main, 0.15), 3.5, opacity=0.55)
        shine(c, "M-62 -44Q-40 -70 -14 -72", 7, 0.45)
        leaf(c, 0, -84, 95, -24, p.accent)
        leaf(c, 0, -84, 70, -158, dark(p.accent, 0.1))


@kind("peaches", 1.25)
def peaches(c: Canvas, p: Paint) -> None:
    with c.stamped(*(place(x, y, r / 100) for x, y, r in ((-104, -62, 96), (112, -54, 92), (2, 12, 112)))):
        _peach(c, p)


@kind("peach_cut", 1.3)
def peach_cut(c: Canvas, p: Paint) -> None:
    with c.group(-96, -20, scale=1.22):
        _peach(c, p)
    with c.group(128, 10):
        shadow(c, 200)
        c.circle(0, -92, 100, dark(p.main, 0.06))
        c.circle(
            -4,
            -94,
            92,
            c.radial((0, light(p.second, 0.5)), (0.7, light(p.second, 0.25)), (0.92, p.second), (1, p.main)),
        )
        c.ellipse(-4, -92, 36, 45, "#8b4632")
        for u, v in scatter(9, 2):
            c.circle(-28 + u * 48, -120 + v * 58, 4, "#63301f", opacity=0.7)
        shine(c, "M-62 -134Q-44 -164 -14 -170", 8)


def _citrus(c: Canvas, x: float, y: float, r: float, colour: str, green: str) -> None:
    ball(c, x, y, r, colour)
    with c.group(x, y):
        for u, v in scatter(13, int(r)):
            c.circle((u - 0.5) * r * 1.2, (v - 0.5) * r * 1.2, r * 0.022, dark(colour, 0.35), opacity=0.4)
        c.path(f"M0 {-r * 0.72:.0f}l{r * 0.1:.0f} -6l6 {r * 0.1:.0f}l-8 7l-12 -2l-4 -9Z", dark(green, 0.2))
    shine(
        c,
        f"M{at(x - r * 0.6, y - r * 0.32)}Q{at(x - r * 0.48, y - r * 0.6)} {at(x - r * 0.2, y - r * 0.7)}",
        r * 0.08,
        0.5,
    )


@kind("orange_crate", 1.15)
def orange_crate(c: Canvas, p: Paint) -> None:
    shadow(c, 460, reach=0.6)
    spots = (
        (-150, -196, 62),
        (-40, -214, 66),
        (76, -208, 64),
        (176, -190, 58),
        (-96, -166, 64),
        (24, -172, 66),
        (132, -160, 60),
    )
    with c.stamped(*(place(x, y, r / 100) for x, y, r in spots)):
        _citrus(c, 0, 0, 100, p.main, p.accent)
    leaf(c, -40, -270, 84, -30, p.accent)
    leaf(c, 120, -256, 72, -150, dark(p.accent, 0.1))
    for y in (-132, -62):
        c.rect(-232, y, 464, 58, c.linear((0, light(p.second, 0.35)), (1, dark(p.second, 0.12))), rx=5)
        c.stroke(f"M-210 {y + 20}H-40M20 {y + 36}H200", dark(p.second, 0.3), 3, opacity=0.4)
    for x in (-232, 196):
        c.rect(x, -146, 36, 146, c.linear((0, light(p.second, 0.2)), (1, dark(p.second, 0.25))), rx=4)
        for y in (-116, -34):
            c.circle(x + 18, y, 5, dark(p.second, 0.55))
    c.circle(0, -68, 44, light(p.main, 0.1))
    leaf(c, -16, -50, 56, -42, p.accent)


@kind("orange_cut", 1.3)
def orange_cut(c: Canvas, p: Paint) -> None:
    shadow(c, 200, x=-90)
    _citrus(c, -90, -108, 112, p.main, p.accent)
    leaf(c, -88, -214, 96, -28, p.accent)
    shadow(c, 200, x=128, y=18)
    c.circle(128, -88, 106, p.main)
    c.circle(126, -90, 98, light(p.main, 0.85))
    for k in range(10):
        a = 2 * pi * k / 10
        tips = [(126 + 90 * cos(a + s), -90 + 90 * sin(a + s)) for s in (-0.24, 0.24)]
        foot = at(126 + 12 * cos(a), -90 + 12 * sin(a))
        c.path(
            f"M{foot}L{at(*tips[0])}Q{at(126 + 98 * cos(a), -90 + 98 * sin(a))} {at(*tips[1])}Z",
            c.radial((0, light(p.main, 0.5)), (1, p.main)),
            stroke=p.main,
            stroke_width=5,
            stroke_linejoin="round",
        )


def _apple(c: Canvas, p: Paint) -> None:
    shadow(c, 170)
    with c.group(0, -90):
        skin = c.radial((0, light(p.main, 0.5)), (0.4, p.main), (1, dark(p.main, 0.42)), at=(0.34, 0.3), r=0.8)
        c.path(APPLE, skin)
        with c.clipped(APPLE):
            for k in range(-4, 5):
                streak = f"M{k * 5} -70Q{k * 28} -30 {k * 24} {30 + (k + 4) % 3 * 14}"
                c.stroke(streak, light(p.second, 0.2), 4, opacity=0.4)
            c.ellipse(0, -78, 42, 20, p.second, opacity=0.75)
        c.stroke("M0 -68Q2 -100 16 -114", STEM, 9)
        leaf(c, 6, -95, 66, -16, p.accent)
        shine(c, "M-66 -28Q-60 -56 -36 -66", 10, 0.6)


@kind("apples", 1.25)
def apples(c: Canvas, p: Paint) -> None:
    with c.stamped(*(place(x, y, r / 100) for x, y, r in ((-116, -30, 102), (104, -40, 96), (6, 16, 88)))):
        _apple(c, p)


@kind("mangoes", 1.25)
def mangoes(c: Canvas, p: Paint) -> None:
    for x, y, turn, flip in ((-104, -84, -24, False), (116, -70, 14, True), (-4, -14, -6, False)):
        shadow(c, 220, x=x, y=y + 62)
        with c.group(x, y, turn=turn, flip=flip):
            d = "M-136 22C-150 -70 -50 -106 44 -84C116 -66 152 -10 128 34C96 86 -120 92 -136 22Z"
            c.path(d, c.radial((0, light(p.main, 0.6)), (0.4, p.main), (1, dark(p.main, 0.28)), at=(0.36, 0.3), r=0.8))
            c.path(d, c.radial((0, p.second, 0.85), (1, p.second, 0), at=(0.86, 0.4), r=0.6))
            c.stroke("M130 -14q14 -14 12 -30", STEM, 9)
            shine(c, "M-104 -14Q-90 -56 -40 -70", 10, 0.5)
    leaf(c, 190, -130, 120, -50, p.accent, broad=0.2)
    leaf(c, 186, -122, 100, -6, dark(p.accent, 0.1), broad=0.2)


@kind("berries", 1.2)
def berries(c: Canvas, p: Paint) -> None:
    """A punnet of blueberries."""
    shadow(c, 400, reach=0.6)
    for k, (u, v) in enumerate(scatter(25, 3)):
        x, y, r = -170 + u * 340, -150 - v * 64 + abs(u - 0.5) * 70, 33.0
        ball(c, x, y, r, mix(p.main, p.second, 0.16 * (k % 3)), deep=0.55)
        c.path(f"M{at(x - 10, y - 8)}l5 -9l5 5l7 -5l3 9l-5 8l-10 0Z", dark(p.main, 0.55))
    c.path(
        "M-206 -146H206L176 0Q0 18 -176 0Z",
        c.linear((0, WHITE, 0.55), (0.4, WHITE, 0.22), (1, WHITE, 0.4)),
        stroke=WHITE,
        stroke_width=3,
    )
    c.rect(-216, -158, 432, 18, WHITE, rx=9, opacity=0.75)
    c.path("M-88 -116H88V-34Q0 -22 -88 -34Z", light(p.second, 0.75))
    ball(c, -14, -74, 23, p.main)
    leaf(c, 6, -70, 50, -16, p.accent)
    for x, y in ((-230, 10), (232, 20), (192, 32)):
        ball(c, x, y - 16, 30, p.main, deep=0.55)


def _strawberry(c: Canvas, p: Paint) -> None:
    skin = c.radial((0, light(p.main, 0.45)), (0.4, p.main), (1, dark(p.main, 0.38)), at=(0.34, 0.28), r=0.85)
    c.path(STRAWBERRY, skin)
    for u, v in scatter(14, 3):
        c.ellipse((u - 0.5) * 130 * (1.1 - v * 0.6), -50 + v * 130, 3.5, 6, light(p.second, 0.3))
    leaf(c, 0, -72, 60, -90, p.accent)
    for turn in (-170, -135, -45, -10):
        leaf(c, 0, -72, 60, turn, p.accent, flat=True)


@kind("strawberries", 1.25)
def strawberries(c: Canvas, p: Paint) -> None:
    shadow(c, 420, reach=0.5)
    spots = ((-150, -120, 78, -24), (0, -142, 86, 4), (150, -116, 76, 22), (-82, -82, 84, 12), (84, -74, 88, -14))
    with c.stamped(*(place(x, y, r / 100, turn) for x, y, r, turn in spots)):
        _strawberry(c, p)


@kind("watermelon", 1.2)
def watermelon(c: Canvas, p: Paint) -> None:
    shadow(c, 340, x=-60)
    with c.group(-60, -168):
        c.circle(
            0,
            0,
            172,
            c.radial((0, light(p.accent, 0.45)), (0.5, p.accent), (1, dark(p.accent, 0.5)), at=(0.34, 0.28), r=0.8),
        )
        with c.clipped("M0 -172a172 172 0 1 1 0 344a172 172 0 1 1 0-344Z"):
            for k in range(-3, 4):
                x = k * 52
                d = f"M{x * 0.3:.0f} -176q{14 + k} 40 {x * 0.6 - 4:.0f} 80t{x * 0.25:.0f} 90"
                d += f"t{-x * 0.1:.0f} 80t{-x * 0.6:.0f} 110"
                c.stroke(d, dark(p.accent, 0.45), 15, opacity=0.75)
        c.stroke("M0 -168q10 -30 36 -32", STEM, 9)
        shine(c, "M-128 -60Q-104 -116 -52 -138", 13, 0.4)
    with c.group(150, 18):
        shadow(c, 260)
        c.path("M-150 -118A150 118 0 0 0 150 -118Z", p.accent)
        c.path("M-138 -118A138 106 0 0 0 138 -118Z", light(p.accent, 0.8))
        c.path("M-124 -118A124 92 0 0 0 124 -118Z", c.linear((0, light(p.main, 0.25)), (1, p.main)))
        for x, y in ((-84, -98), (-40, -80), (0, -98), (44, -78), (86, -98), (-6, -54), (-62, -62)):
            c.ellipse(x, y, 6, 10, dark(p.main, 0.75))


@kind("grapes", 1.15)
def grapes(c: Canvas, p: Paint) -> None:
    shadow(c, 330)
    c.stroke("M10 -330C20 -370 50 -384 86 -380", STEM, 13)
    rows = (5, 6, 5, 4, 3, 2)
    for row, count in enumerate(rows):
        for k in range(count):
            x = (k - (count - 1) / 2) * 64 + (row % 3 - 1) * 7
            y = -288 + row * 52 + abs(k - (count - 1) / 2) * 7
            ball(c, x, y, 38, mix(p.main, p.second, 0.2 * ((row * 2 + k) % 3)), deep=0.5)
            c.circle(x - 13, y - 14, 6, WHITE, opacity=0.55)
    leaf(c, 20, -336, 150, -160, p.accent, broad=0.5)
    leaf(c, 30, -340, 110, -10, dark(p.accent, 0.08), broad=0.5)
    c.stroke("M20 -350C90 -400 110 -330 150 -350C176 -366 150 -396 136 -376", p.accent, 5)


@kind("pomegranate", 1.25)
def pomegranate(c: Canvas, p: Paint) -> None:
    shadow(c, 250, x=-80)
    ball(c, -80, -130, 132, p.main)
    with c.group(-80, -258):
        c.path(
            "M-30 6L-42 -44L-18 -26L0 -52L18 -26L42 -44L30 6Z",
            c.linear((0, light(p.main, 0.2)), (1, dark(p.main, 0.15))),
        )
    shine(c, "M-176 -168Q-162 -216 -116 -234", 11, 0.5)
    shadow(c, 220, x=136, y=20)
    c.circle(136, -84, 106, dark(p.main, 0.1))
    c.circle(134, -86, 96, light(p.second, 0.5))
    for k, (u, v) in enumerate(scatter(34, 5)):
        x, y = (u - 0.5) * 170, (v - 0.5) * 170
        if x * x + y * y < 78 * 78:
            c.path(
                "M0 -15Q13 -4 9 9Q0 17 -9 9Q-13 -4 0 -15Z",
                light(p.main, 0.08 * (k % 4)),
                transform=f"translate({134 + x:.0f} {-86 + y:.0f}) rotate({k * 47 % 360})",
                stroke=dark(p.main, 0.25),
                stroke_width=1.5,
            )


@kind("pomelo", 1.25)
def pomelo(c: Canvas, p: Paint) -> None:
    shadow(c, 280, x=-70)
    with c.group(-70, -140):
        d = "M0 -176C40 -176 60 -120 110 -70C170 0 146 136 0 138C-146 136 -170 0 -110 -70C-60 -120 -40 -176 0 -176Z"
        c.path(d, c.radial((0, light(p.main, 0.55)), (0.45, p.main), (1, dark(p.main, 0.34)), at=(0.34, 0.36), r=0.8))
        for u, v in scatter(18, 3):
            c.circle(-100 + u * 200, -40 + v * 150, 2.6, dark(p.main, 0.35), opacity=0.4)
        leaf(c, 0, -172, 110, -20, p.accent)
        shine(c, "M-106 -30Q-92 -66 -66 -92", 11, 0.5)
    with c.group(148, 16):
        shadow(c, 230)
        c.path("M-120 0C-130 -120 -20 -190 110 -150C140 -60 20 20 -120 0Z", light(p.main, 0.75))
        for k in range(3):
            with c.group(-100, -8, turn=-16 - k * 22):
                c.path(
                    "M0 0C50 -46 140 -40 176 -6C130 30 50 26 0 0Z",
                    c.linear((0, light(p.second, 0.45)), (1, p.second)),
                    stroke=light(p.second, 0.8),
                    stroke_width=4,
                )


@kind("melon_wedge", 1.0)
def melon_wedge(c: Canvas, p: Paint) -> None:
    """A triangle of melon, large."""
    shadow(c, 380)
    c.path(polygon((-200, -40), (10, -400), (220, -20)), c.linear((0, light(p.main, 0.35)), (1, p.main)))
    c.path("M-200 -40Q10 60 220 -20L206 -48Q10 20 -184 -68Z", p.accent)
    c.path("M-184 -68Q10 20 206 -48L196 -66Q10 -6 -174 -86Z", light(p.accent, 0.85))
    for u, v in scatter(15, 4):
        y = -330 + v * 220
        c.ellipse(10 + (u - 0.5) * (y + 400) * 0.86, y, 7, 12, dark(p.main, 0.75))
    c.path(polygon((220, -20), (10, -400), (60, -380), (250, -44)), SHADE, opacity=0.16)
