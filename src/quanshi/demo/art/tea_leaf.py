"""Leaves, tins, incense and cloth of the tea house."""

from __future__ import annotations

from quanshi.demo.art.canvas import Canvas, place
from quanshi.demo.art.colour import SHADE, SUN, WHITE, dark, light
from quanshi.demo.art.forms import (
    Profile,
    at,
    ball,
    box,
    label,
    leaf,
    mouth,
    polygon,
    scatter,
    shadow,
    shine,
    spline,
    turned,
)
from quanshi.demo.art.kinds import Paint, kind


def _heap(c: Canvas, colour: str, width: float, *, seed: int = 1, count: int = 11) -> None:
    """A little pile of dry leaves."""
    c.path(f"M{at(-width, 6)}Q{at(0, -width * 0.62)} {at(width, 6)}Q{at(0, 26)} {at(-width, 6)}Z", dark(colour, 0.35))
    for k, (u, v) in enumerate(scatter(count, seed)):
        x = (u - 0.5) * width * 1.7
        y = 8 - (1 - (2 * u - 1) ** 2) * width * 0.26 * v
        c.stroke(
            f"M{at(x, y)}q{12 + k % 3 * 4} {-8 + k % 5 * 4} {24 + k % 4 * 4} {k % 7 - 3}",
            light(colour, 0.28 * (k % 3)),
            6,
        )


@kind("tin", 1.25)
def tin(c: Canvas, p: Paint) -> None:
    shadow(c, 260)
    d = turned(c, [(124, 262), (126, 250), (126, 10), (120, 0)], p.main)
    with c.clipped(d):
        c.rect(-130, -214, 260, 150, light(p.accent, 0.85))
        c.rect(-130, -214, 260, 150, c.linear((0, SHADE, 0.2), (0.35, WHITE, 0.1), (1, SHADE, 0.35), angle="right"))
        c.path("M-130 -84Q-60 -150 0 -104T130 -120V-60H-130Z", p.main, opacity=0.75)
        c.circle(44, -166, 23, p.second)
    with c.group(0, -260):
        turned(c, [(120, 62), (130, 52), (130, 0)], p.main)
        c.ellipse(0, -62, 120, 20, c.linear((0, light(p.main, 0.5)), (1, p.main), angle="right"))
    shine(c, "M-84 -300V-272M-84 -58V-24", 8, 0.4)
    with c.group(172, 44):
        _heap(c, p.second, 62)


@kind("pouch", 1.15)
def pouch(c: Canvas, p: Paint) -> None:
    """A paper bag of leaf, tied, with a small pile before it."""
    shadow(c, 280)
    c.path(
        "M-140 0L-126 -330Q0 -350 126 -330L140 0Q0 26 -140 0Z",
        c.linear((0, dark(p.main, 0.12)), (0.3, light(p.main, 0.3)), (1, dark(p.main, 0.2)), angle="right"),
    )
    c.path("M-126 -330Q0 -350 126 -330L122 -286Q0 -304 -122 -286Z", dark(p.main, 0.25))
    c.stroke("M-124 -300Q0 -318 124 -300", p.accent, 6)
    c.path("M-140 0L-96 -60L-110 -290L-126 -330ZM140 0L108 -90L118 -280L126 -330Z", SHADE, opacity=0.1)
    label(c, 0, -246, 134, 176, light(p.second, 0.8), dark(p.accent, 0.1), mark="leaf")
    with c.group(118, 46):
        _heap(c, p.second, 84, seed=3)


@kind("gift_box")
def gift_box(c: Canvas, p: Paint) -> None:
    """A drawn-open box with two tins and paper."""
    shadow(c, 420)
    with c.group(-30, -20):
        box(c, 330, 132, 240, dark(p.main, 0.1), lid=p.second)
        c.path(polygon((-140, -146), (150, -146), (268, -206), (-22, -206)), dark(p.second, 0.2))
        for x in (-62, 92):
            with c.group(x + 16, -132, scale=0.66):
                turned(c, [(94, 170), (94, 10), (92, 0)], p.accent)
                c.ellipse(0, -170, 94, 17, light(p.accent, 0.4))
                c.rect(-50, -118, 100, 62, light(p.second, 0.7), rx=4)
                c.circle(0, -88, 17, p.main)
        c.path(
            polygon((-165, -132), (165, -132), (165, 0), (-165, 0)),
            c.linear((0, light(p.main, 0.12)), (1, dark(p.main, 0.15))),
        )
        c.rect(-165, -78, 330, 22, p.accent)
        c.circle(0, -67, 34, light(p.second, 0.6))
        leaf(c, -16, -54, 44, -40, p.main)


@kind("tea_cake", 1.25)
def tea_cake(c: Canvas, p: Paint) -> None:
    """A pressed disc of pu'er, half out of its wrapper."""
    shadow(c, 400)
    with c.group(30, -196):
        c.circle(
            0, 0, 192, c.radial((0, light(p.main, 0.7)), (0.8, light(p.main, 0.5)), (1, p.main), at=(0.35, 0.3), r=0.8)
        )
        for k in range(18):
            c.stroke(f"M150 0L190 {k % 3 - 1}", dark(p.main, 0.2), 2, transform=f"rotate({k * 20})", opacity=0.5)
        c.circle(0, 0, 132, "none", stroke=p.accent, stroke_width=4)
        c.path("M-80 40Q-30 -50 10 0T90 -10V70Q0 110 -80 70Z", p.accent, opacity=0.85)
        c.circle(38, -56, 25, p.accent)
    with c.group(-112, -96):
        c.circle(
            0,
            0,
            134,
            c.radial((0, light(p.second, 0.25)), (0.7, p.second), (1, dark(p.second, 0.5)), at=(0.35, 0.3), r=0.8),
        )
        for k, (u, v) in enumerate(scatter(40, 2)):
            x, y = (u - 0.5) * 220, (v - 0.5) * 220
            if x * x + y * y < 112 * 112:
                c.stroke(f"M{at(x, y)}q8 {k % 5 * 3 - 6} 20 {k % 3 * 4 - 4}", light(p.second, 0.12 + 0.1 * (k % 4)), 5)
        c.circle(0, 0, 20, dark(p.second, 0.5), opacity=0.6)


@kind("mandarin_tea", 1.3)
def mandarin_tea(c: Canvas, p: Paint) -> None:
    """Small dried mandarins filled with tea."""
    for x, y, r in ((-140, -74, 92), (70, -92, 104)):
        shadow(c, r * 1.6, x=x, y=y + r * 0.8)
        ball(c, x, y, r, p.main, squash=0.92)
        for u, v in scatter(15, int(r)):
            c.circle(x + (u - 0.5) * r * 1.3, y + (v - 0.5) * r * 1.2, 2.4, dark(p.main, 0.3), opacity=0.5)
    ball(c, -140, -152, 13, p.accent)
    c.ellipse(70, -160, 52, 24, dark(p.second, 0.45))
    with c.group(70, -158, scale=0.56):
        _heap(c, p.second, 84, seed=5)
    with c.group(196, -36):
        c.ellipse(0, 24, 66, 20, SHADE, opacity=0.25)
        ball(c, 0, 0, 54, light(p.main, 0.1), squash=0.5)
    with c.group(-6, 40):
        _heap(c, p.second, 92, seed=7, count=13)


@kind("jasmine")
def jasmine(c: Canvas, p: Paint) -> None:
    """A bowl of pearls with fresh flowers."""
    shadow(c, 340)
    turned(c, [(190, 170), (170, 84), (96, 18), (90, 0)], p.main)
    mouth(c, 190, 170, p.main, dark(p.second, 0.3))
    spots = (place(-150 + u * 300, -196 + v * 40 - (1 - abs(2 * u - 1)) * 20, 0.9 + v * 0.3) for u, v in scatter(26, 4))
    with c.stamped(*spots):
        ball(c, 0, 0, 17, light(p.second, 0.12))
    blossoms = ((-96, -214, 1.1), (30, -236, 1.3), (196, -10, 1.2), (-214, 16, 1.0))
    with c.stamped(*(place(x, y, s) for x, y, s in blossoms)):
        leaf(c, 0, 0, 62, 30, "#6f9a5e")
        with c.stamped(*(place(0, 0, 1, k * 72) for k in range(5))):
            c.path(
                "M0 0C-17 -14 -15 -42 0 -46C15 -42 17 -14 0 0Z",
                light(p.accent, 0.9),
                stroke="#d8d2c0",
                stroke_width=1.5,
            )
        c.circle(0, 0, 7, "#e8c34f")
    shine(c, "M-170 -148Q-150 -90 -112 -56", 9)


@kind("tools", 1.15)
def tools(c: Canvas, p: Paint) -> None:
    """Scoop, needle, tongs in their holder."""
    shadow(c, 200)
    for turn, length, head in ((-16, 300, 0), (-4, 340, 1), (9, 310, 2), (20, 280, 3)):
        with c.group(0, -90, turn=turn):
            c.stroke(f"M0 0V{-length}", c.linear((0, light(p.second, 0.3)), (1, dark(p.second, 0.2))), 13)
            c.stroke(f"M1 0V{-length}", light(p.second, 0.2), 9)
            if head == 0:
                c.ellipse(0, -length - 22, 23, 42, light(p.second, 0.2))
                c.ellipse(3, -length - 20, 13, 30, dark(p.second, 0.25))
            elif head == 1:
                c.stroke(f"M0 {-length}v-46", p.accent, 6)
            elif head == 2:  # noqa: PLR2004 - the third tool is the funnel
                c.path(f"M-32 {-length - 30}H32L10 {-length + 6}H-10Z", light(p.second, 0.3))
            else:
                c.stroke(f"M-9 {-length}V{-length - 42}M9 {-length}V{-length - 42}", p.second, 9)
    d = turned(c, [(84, 190), (70, 110), (86, 12), (80, 0)], p.main)
    with c.clipped(d):
        for y in (-150, -44):
            c.rect(-100, y, 200, 12, dark(p.main, 0.3), opacity=0.5)
    c.path("M-84 -190a84 14 0 0 0 168 0a84 6 0 0 1 -168 0Z", dark(p.main, 0.5))
    shine(c, "M-52 -160Q-50 -100 -56 -40", 8, 0.4)


@kind("vase", 1.1)
def vase(c: Canvas, p: Paint) -> None:
    c.stroke("M6 -250C-10 -360 40 -420 110 -486M20 -370C-20 -410 -70 -420 -96 -470", "#6b4a3a", 9)
    for k, (x, y) in enumerate(
        ((110, -488), (70, -448), (-96, -470), (-54, -424), (34, -404), (118, -440), (-10, -470))
    ):
        r = 25 - k % 3 * 4
        for turn in range(5):
            c.ellipse(
                0,
                -r * 0.7,
                r * 0.52,
                r * 0.7,
                light(p.accent, 0.12 * (turn % 3)),
                transform=f"translate({x} {y}) rotate({turn * 72 + k * 20})",
            )
        c.circle(x, y, 5, "#f4d46b")
    shadow(c, 230)
    body: Profile = [(44, 286), (36, 262), (44, 226), (112, 150), (116, 90), (76, 12), (72, 0)]
    d = turned(c, body, p.main)
    with c.clipped(d):
        c.path("M-130 -60Q-70 -110 0 -70T130 -90V10H-130Z", p.second, opacity=0.65)
        c.path("M-130 -30Q-60 -70 20 -36T130 -50V10H-130Z", dark(p.second, 0.15), opacity=0.6)
    mouth(c, 44, 286, p.main, dark(p.main, 0.55), lip=0.12)
    shine(c, "M-86 -152Q-96 -110 -82 -62", 11)


@kind("incense_burner", 1.05)
def incense_burner(c: Canvas, p: Paint) -> None:
    c.stroke(
        "M0 -250C-60 -310 56 -360 -4 -430C-44 -480 30 -520 20 -570",
        c.linear((0, WHITE, 0), (0.6, WHITE, 0.8), (1, WHITE, 0.6)),
        12,
        opacity=0.75,
    )
    c.stroke("M16 -250C70 -300 -10 -350 40 -410", c.linear((0, WHITE, 0), (1, WHITE, 0.7)), 7, opacity=0.6)
    shadow(c, 300)
    for x in (-84, 84):
        c.path(f"M{x - 22} -50Q{x} -20 {x - 7} 6h14Q{x + 20} -20 {x + 22} -50Z", dark(p.main, 0.25))
    turned(c, [(150, 170), (142, 150), (160, 96), (120, 34), (60, 22)], p.main)
    for x in (-158, 158):
        c.stroke(
            f"M{x * 0.92:.0f} -150C{x * 1.3:.0f} -176 {x * 1.3:.0f} -96 {x * 0.96:.0f} -100", dark(p.main, 0.1), 15
        )
    with c.group(0, -170):
        d = turned(c, [(24, 84), (76, 66), (132, 20), (146, 0)], light(p.main, 0.05))
        with c.clipped(d):
            for x, y in ((-70, -34), (0, -44), (70, -34), (-34, -20), (36, -20)):
                c.path(f"M{x - 17} {y}q17 -20 34 0q-17 14 -34 0Z", dark(p.main, 0.65))
        ball(c, 0, -96, 20, p.accent)
    c.stroke("M-144 -126Q0 -98 144 -126", p.accent, 4)
    shine(c, "M-120 -130Q-124 -96 -100 -66", 9, 0.4)


@kind("incense_sticks", 1.12)
def incense_sticks(c: Canvas, p: Paint) -> None:
    shadow(c, 460, reach=0.4)
    with c.group(36, -64):
        box(c, 380, 62, 110, p.main, lid=light(p.main, 0.2))
        c.rect(-60, -62, 120, 62, light(p.accent, 0.8))
        leaf(c, -24, -22, 52, -25, p.main)
    with c.group(-20, 34):
        for k in range(7):
            c.stroke(f"M{-230 + k * 9} {-k * 5}L{150 + k * 16} {-18 - k * 3}", light(p.second, 0.1 * (k % 4)), 6)
        c.path("M-60 -44L-30 -40L-24 12L-58 8Z", p.accent)
    with c.group(220, 8):
        turned(c, [(58, 26), (48, 8), (30, 0)], p.second)
        mouth(c, 58, 26, p.second, dark(p.second, 0.2))
        c.stroke("M0 -26L-34 -230", "#7a5a44", 6)
        c.circle(-34, -232, 6, "#ff8a4a")
        c.stroke(
            "M-36 -240C-70 -290 0 -320 -40 -380C-60 -420 -10 -440 -20 -480",
            c.linear((0, WHITE, 0), (1, WHITE, 0.8)),
            8,
            opacity=0.8,
        )


@kind("runner", 1.12)
def runner(c: Canvas, p: Paint) -> None:
    """A rolled linen runner and one laid under a cup."""
    c.path("M-270 20L-150 -90H250L320 20Z", c.linear((0, light(p.main, 0.2)), (1, dark(p.main, 0.1))))
    c.stroke("M-250 10L-138 -84M300 10L236 -84", p.accent, 6)
    for k in range(9):
        c.stroke(f"M{-272 + k * 74} 22v18", p.main, 5)
    with c.group(-40, -50):
        shadow(c, 330)
        c.rect(-170, -112, 330, 112, p.second, rx=52)
        c.rect(
            -170,
            -112,
            330,
            112,
            c.linear((0, light(p.second, 0.45)), (0.5, p.second, 0.4), (1, dark(p.second, 0.35))),
            rx=52,
        )
        c.ellipse(160, -56, 28, 56, light(p.second, 0.35))
        spiral = [(160.0, -56.0), (170, -66), (158, -80), (146, -56), (162, -34), (178, -56), (160, -94)]
        c.stroke(spline(spiral), dark(p.second, 0.3), 3)
        c.rect(-56, -116, 44, 122, p.accent, opacity=0.85)
    with c.group(146, 6):
        turned(c, [(66, 74), (58, 34), (32, 6), (30, 0)], light(p.accent, 0.8))
        mouth(c, 66, 74, SUN, "#b8742f")
