"""Pots, bowls and cups of the tea house."""

from __future__ import annotations

from quanshi.demo.art.canvas import Canvas, place
from quanshi.demo.art.colour import SHADE, WHITE, dark, light, mix
from quanshi.demo.art.forms import (
    TILT,
    Profile,
    at,
    ball,
    box,
    leaf,
    mouth,
    polygon,
    round_paint,
    scatter,
    shadow,
    shine,
    spline,
    steam,
    turned,
)
from quanshi.demo.art.kinds import Paint, kind

TEA = "#b8742f"


def _twig(c: Canvas, x: float, y: float, ink: str, *, scale: float = 1) -> None:
    """A brush-drawn orchid: what a potter paints under the glaze."""
    with c.group(x, y, scale=scale):
        c.stroke("M-60 30Q-20 -10 40 -46M-24 4Q-10 -40 -34 -70M0 -16Q30 -10 62 -16", ink, 4, opacity=0.8)
        for dx, dy, turn in ((-34, -70, -110), (40, -46, -30), (62, -16, 10), (-44, 18, 160), (10, -26, -80)):
            leaf(c, dx, dy, 30, turn, ink, broad=0.3, flat=True)


@kind("gaiwan")
def gaiwan(c: Canvas, p: Paint) -> None:
    shadow(c, 330)
    turned(c, [(176, 34), (150, 16), (70, 0)], dark(p.main, 0.06))
    mouth(c, 176, 34, p.main, dark(p.main, 0.1), lip=0.08)
    with c.group(0, -12):
        bowl: Profile = [(164, 196), (160, 192), (132, 108), (84, 34), (62, 22), (62, 0)]
        d = turned(c, bowl, p.main)
        with c.clipped(d):
            _twig(c, -14, -82, p.accent, scale=0.95)
        c.ellipse(0, -194, 164, 28, dark(p.main, 0.34))
    with c.group(0, -204):
        turned(c, [(44, 82), (60, 66), (104, 48), (150, 8), (150, 0)], light(p.main, 0.08))
        turned(c, [(38, 108), (34, 96), (28, 80)], p.main)
        mouth(c, 38, 108, p.main, dark(p.main, 0.15), lip=0.16)
        shine(c, "M-112 -34Q-84 -58 -58 -68", 9)
    shine(c, "M-138 -176Q-126 -120 -96 -78", 9)


@kind("teapot")
def teapot(c: Canvas, p: Paint) -> None:
    shadow(c, 400)
    body = p.main
    c.stroke("M140 -216C250 -244 270 -112 156 -92", c.linear((0, light(body, 0.3)), (1, dark(body, 0.3))), 27)
    c.stroke("M146 -214C238 -230 250 -130 172 -106", light(body, 0.4), 5, opacity=0.5)
    spout = "M-136 -96C-196 -110 -206 -180 -250 -232L-214 -246C-176 -214 -160 -186 -112 -184Z"
    c.path(spout, c.linear((0, dark(body, 0.1)), (0.5, light(body, 0.25)), (1, dark(body, 0.25)), angle="slope"))
    c.ellipse(-232, -239, 19, 7, dark(body, 0.5), transform="rotate(-22 -232 -239)")
    pot: Profile = [(84, 250), (120, 236), (170, 170), (174, 110), (130, 34), (104, 12), (104, 0)]
    turned(c, pot, body, gloss=0.3)
    c.ellipse(0, -248, 88, 15, dark(body, 0.45))
    with c.group(0, -250):
        turned(c, [(20, 40), (60, 30), (86, 10), (88, 0)], light(body, 0.05), gloss=0.3)
        ball(c, 0, -52, 19, body)
    c.stroke("M-118 -226Q0 -196 118 -226", dark(body, 0.3), 2.4, opacity=0.5)
    shine(c, "M-142 -172Q-120 -216 -84 -230", 9, 0.38)
    c.rect(46, -118, 34, 34, p.accent, rx=4, opacity=0.8)
    c.stroke("M54 -110h18M63 -110v18M54 -92h18", light(body, 0.6), 2.4)


@kind("side_pot", 1.35)
def side_pot(c: Canvas, p: Paint) -> None:
    """A pot with its handle to the side."""
    shadow(c, 340)
    handle = "M118 -150L246 -226Q266 -230 262 -206L140 -106Z"
    c.path(handle, c.linear((0, light(p.second, 0.3)), (1, dark(p.second, 0.3))))
    c.ellipse(255, -216, 11, 17, light(p.second, 0.2), transform="rotate(28 255 -216)")
    c.path("M-118 -130L-196 -196L-168 -214L-92 -176Z", c.linear((0, light(p.main, 0.3)), (1, dark(p.main, 0.2))))
    d = turned(c, [(92, 196), (128, 176), (150, 110), (138, 44), (98, 8), (98, 0)], p.main)
    with c.clipped(d):
        c.path("M-180 -150Q-80 -96 0 -130T180 -120V-230H-180Z", p.second, opacity=0.5)
        for u, v in scatter(20, 2):
            c.circle(-150 + u * 300, -20 - v * 160, 1.6 + v * 1.6, dark(p.main, 0.5), opacity=0.5)
    with c.group(0, -196):
        turned(c, [(26, 30), (70, 20), (94, 2), (94, -2)], light(p.main, 0.05))
        turned(c, [(20, 58), (26, 48), (16, 26)], p.second)
        c.ellipse(0, -58, 20, 5, light(p.second, 0.4))
    shine(c, "M-122 -150Q-136 -110 -124 -64", 9)


@kind("glass_jug", 1.25)
def glass_jug(c: Canvas, p: Paint) -> None:
    """A fairness pitcher half full of tea."""
    shadow(c, 270, strength=0.3)
    c.stroke("M112 -232C226 -250 226 -96 116 -84", c.linear((0, WHITE, 0.95), (1, p.second, 0.8), angle="right"), 17)
    c.stroke("M112 -232C226 -250 226 -96 116 -84", p.second, 3, opacity=0.5)
    wall: Profile = [(104, 292), (92, 268), (124, 176), (132, 90), (112, 12), (100, 0)]
    d = turned(c, wall, light(p.second, 0.7), gloss=0.8)
    with c.clipped(d):
        c.rect(
            -150,
            -150,
            300,
            170,
            c.linear((0, light(p.main, 0.35)), (0.4, p.main), (1, dark(p.main, 0.3)), angle="right"),
        )
        c.ellipse(0, -150, 127, 127 * TILT, c.linear((0, light(p.main, 0.1)), (1, light(p.main, 0.6))))
        c.ellipse(40, -40, 70, 46, light(p.main, 0.7), opacity=0.35)
    c.ellipse(0, -292, 104, 18, WHITE, opacity=0.45, stroke=p.second, stroke_width=4)
    c.path("M-96 -299Q-140 -320 -146 -304Q-126 -290 -98 -272Z", light(p.second, 0.6), stroke=p.second, stroke_width=3)
    shine(c, "M-82 -250Q-108 -180 -108 -100", 11, 0.8)
    shine(c, "M-72 -62Q-70 -40 -60 -26", 7, 0.6)
    steam(c, 0, -300, 130)


def _cup(c: Canvas, colour: str, *, tea: str = TEA, r: float = 74) -> None:
    shadow(c, r * 1.7)
    turned(c, [(r, r * 1.12), (r * 0.9, r * 0.55), (r * 0.5, r * 0.12), (r * 0.46, 0)], colour)
    mouth(c, r, r * 1.12, colour, tea)
    shine(c, f"M{at(-r * 0.84, -r * 0.98)}Q{at(-r * 0.78, -r * 0.6)} {at(-r * 0.58, -r * 0.36)}", 6)


@kind("cups", 1.35)
def cups(c: Canvas, p: Paint) -> None:
    for x, y, colour in ((-130, -70, p.second), (60, -84, p.main), (-42, 16, p.main), (158, 4, p.second)):
        with c.group(x, y, scale=1.22):
            _cup(c, colour, tea=p.accent)


@kind("master_cup")
def master_cup(c: Canvas, p: Paint) -> None:
    """One cup, with the glaze run down to the bare foot."""
    shadow(c, 300)
    d = turned(c, [(164, 224), (160, 140), (124, 52), (80, 26), (76, 0)], p.second, gloss=0.2)
    with c.clipped(d):
        edge = [(-180, -60), (-130, -46), (-84, -74), (-30, -40), (30, -62), (92, -34), (140, -66), (180, -52)]
        c.path(spline(edge) + "L190 -290L-190 -290Z", round_paint(c, p.main), opacity=0.96)
        for u, v in scatter(26, 3):
            c.circle(-160 + u * 320, -90 - v * 130, 2 + 5 * v, light(p.accent, 0.3), opacity=0.5)
    mouth(c, 164, 224, p.main, TEA)
    steam(c, 0, -240, 150)
    shine(c, "M-144 -200Q-140 -130 -112 -92", 11)


@kind("lid_mug")
def lid_mug(c: Canvas, p: Paint) -> None:
    shadow(c, 280)
    c.stroke("M122 -210C232 -216 226 -70 116 -70", c.linear((0, light(p.main, 0.3)), (1, dark(p.main, 0.25))), 28)
    d = turned(c, [(132, 262), (134, 140), (122, 14), (108, 0)], p.main)
    with c.clipped(d):
        c.rect(-140, -110, 280, 130, round_paint(c, p.second))
        c.path("M-140 -110q35-26 70 0t70 0t70 0t70 0v14h-280Z", p.second)
    with c.group(0, -262):
        turned(c, [(60, 44), (112, 30), (140, 8), (140, 0)], p.second)
        ball(c, 0, -58, 23, p.accent)
    shine(c, "M-108 -230Q-112 -180 -108 -132", 10)


@kind("travel_set", 1.15)
def travel_set(c: Canvas, p: Paint) -> None:
    """A pot that nests its cups, and its felt case."""
    with c.group(112, -36):
        shadow(c, 270)
        case: Profile = [(112, 262), (132, 236), (132, 30), (112, 0)]
        d = turned(c, case, p.second, gloss=0.2)
        with c.clipped(d):
            c.rect(-150, -170, 300, 9, dark(p.second, 0.35))
        c.stroke("M-124 -150Q0 -124 124 -150", light(p.second, 0.5), 3, stroke_dasharray="9 8")
        c.stroke("M-60 -262C-50 -340 50 -340 60 -262", dark(p.second, 0.3), 13)
        c.rect(-30, -122, 60, 40, p.accent, rx=4)
    with c.group(-104, 20):
        shadow(c, 220)
        turned(c, [(112, 130), (104, 60), (66, 8), (62, 0)], p.main)
        c.ellipse(0, -130, 112, 19, dark(p.main, 0.3))
        with c.group(0, -130):
            turned(c, [(30, 40), (76, 26), (112, 4), (112, 0)], light(p.main, 0.08))
            ball(c, 0, -50, 15, p.accent)
        shine(c, "M-92 -112Q-88 -70 -66 -38", 8)
    with c.group(36, 48):
        _cup(c, p.main, r=58)


@kind("whisk_bowl")
def whisk_bowl(c: Canvas, p: Paint) -> None:
    """A tea bowl with beaten green tea, and its whisk."""
    shadow(c, 330)
    d = turned(c, [(190, 196), (184, 130), (140, 40), (78, 22), (76, 0)], p.main)
    with c.clipped(d):
        edge = [(-210, -104), (-120, -78), (-60, -120), (20, -84), (110, -112), (210, -90)]
        c.path(spline(edge) + "L220 -240L-220 -240Z", p.second, opacity=0.75)
    mouth(c, 190, 196, p.second, "#8fae3c", lip=0.07)
    for u, v in scatter(18, 6):
        c.circle(-120 + u * 240, -208 + v * 24, 3 + 3 * u, "#c9d98a", opacity=0.8)
    shine(c, "M-168 -176Q-158 -110 -124 -72", 11)
    with c.group(196, 36):
        shadow(c, 110)
        for k in range(9):
            x = -42 + k * 10.5
            c.stroke(f"M{x * 0.3:.0f} -104Q{x * 1.5:.0f} -60 {x:.0f} -2", light("#d9b878", 0.15 if k % 2 else 0.5), 5)
        turned(c, [(23, 208), (25, 120), (24, 96)], "#d9b878")
        c.rect(-25, -112, 50, 12, p.accent, rx=4)
        c.ellipse(0, -208, 23, 5, "#f0dcae")


@kind("iron_kettle", 1.15)
def iron_kettle(c: Canvas, p: Paint) -> None:
    shadow(c, 400)
    c.stroke("M-128 -214C-120 -420 120 -420 128 -214", c.linear((0, light(p.main, 0.35)), (1, dark(p.main, 0.2))), 17)
    c.stroke("M-66 -352Q0 -378 66 -352", p.accent, 22)
    c.path(
        "M-140 -150C-190 -170 -196 -200 -232 -226L-204 -246C-166 -230 -150 -214 -112 -204Z",
        c.linear((0, light(p.main, 0.25)), (1, dark(p.main, 0.2))),
    )
    pot: Profile = [(84, 226), (136, 200), (182, 120), (176, 70), (120, 10), (112, 0)]
    d = turned(c, pot, p.main, gloss=0.22)
    with c.clipped(d):
        dot = f'<circle cx="11" cy="11" r="5.5" fill="{light(p.main, 0.3)}"/>'
        dot += f'<circle cx="12.5" cy="12.5" r="5" fill="{p.main}"/>'
        c.rect(-200, -164, 400, 104, c.pattern(22, 22, dot, turn=45))
        c.rect(-200, -164, 400, 104, c.linear((0, SHADE, 0), (0.3, WHITE, 0.05), (1, SHADE, 0.5), angle="right"))
    with c.group(0, -226):
        turned(c, [(30, 26), (74, 14), (90, 0)], light(p.main, 0.08), gloss=0.25)
        ball(c, 0, -38, 17, p.accent)
    steam(c, -222, -250, 110)


@kind("stove")
def stove(c: Canvas, p: Paint) -> None:
    """A clay charcoal stove with a small pot on it."""
    shadow(c, 300)
    d = turned(c, [(132, 200), (122, 176), (130, 60), (150, 16), (150, 0)], p.main, gloss=0.25)
    with c.clipped(d):
        c.path("M-56 -20V-78a56 56 0 0 1 112 0V-20Z", dark(p.main, 0.6))
        c.ellipse(0, -24, 60, 26, c.radial((0, "#ffd76a"), (0.5, "#f0702c"), (1, "#a82c1c")))
        for u, v in scatter(7, 3):
            c.circle(-40 + u * 80, -34 + v * 22, 9, "#3a2424", opacity=0.75)
    mouth(c, 132, 200, p.main, "#5b2c24", lip=0.14)
    with c.group(0, -196):
        c.stroke("M88 -104C170 -112 172 -40 96 -36", p.second, 15)
        c.path("M-88 -70L-150 -118L-128 -134L-76 -104Z", dark(p.second, 0.1))
        turned(c, [(58, 128), (100, 100), (104, 50), (80, 6), (76, 0)], p.second, gloss=0.3)
        turned(c, [(14, 148), (52, 140), (62, 126)], light(p.second, 0.1))
        ball(c, 0, -156, 12, p.accent)
    steam(c, -136, -336, 110)


@kind("tray", 1.08)
def tray(c: Canvas, p: Paint) -> None:
    """A bamboo tray with a drain, set for two."""
    shadow(c, 520, reach=0.4)
    c.path(polygon((-280, -8), (280, -8), (280, 34), (-280, 34)), c.linear((0, p.main), (1, dark(p.main, 0.3))))
    c.path(
        polygon((-280, -8), (-196, -142), (196, -142), (280, -8)),
        c.linear((0, light(p.main, 0.35)), (1, light(p.main, 0.1))),
    )
    for k in range(11):
        x = -185 + k * 37
        c.stroke(f"M{x * 0.98:.0f} -128L{x * 1.3:.0f} -24", dark(p.main, 0.45), 5, opacity=0.6)
    with c.group(-86, -64, scale=0.62):
        teapot(c, Paint(p.second, p.second, p.accent))
    with c.stamped(place(120, -76, 0.72), place(176, -26, 0.72)):
        _cup(c, light(p.accent, 0.75))


@kind("plate", 1.3)
def plate(c: Canvas, p: Paint) -> None:
    """A dessert plate with three osmanthus cakes."""
    shadow(c, 460, reach=0.3)
    turned(c, [(238, 60), (190, 26), (96, 14), (92, 0)], p.main, tilt=0.3)
    mouth(c, 238, 60, p.main, light(p.main, 0.25), lip=0.05, tilt=0.3)
    c.ellipse(0, -54, 168, 47, "none", stroke=dark(p.main, 0.2), stroke_width=3, opacity=0.5)
    for x, y in ((-72, -62), (78, -64), (4, -34)):
        with c.group(x, y, scale=0.8):
            box(c, 110, 62, 84, p.second, lid=light(p.second, 0.3))
            for u, v in scatter(5, int(x) % 7):
                c.circle(-30 + u * 110, -66 - v * 24, 6, p.accent)
    leaf(c, 120, -52, 70, 20, "#7c9a5b")


@kind("rabbit")
def rabbit(c: Canvas, p: Paint) -> None:
    """A clay rabbit that is fed with tea."""
    shadow(c, 330)
    body = c.radial((0, light(p.main, 0.5)), (0.5, p.main), (1, dark(p.main, 0.36)), at=(0.36, 0.28), r=0.8)
    c.path("M-150 0C-206 -76 -160 -196 -40 -196C92 -196 196 -150 190 -58C188 -12 160 0 120 0Z", body)
    ball(c, 184, -62, 34, light(p.main, 0.3))
    with c.group(-96, -206):
        for x, turn in ((6, 24), (52, 44)):
            with c.group(x, -54, turn=turn):
                c.ellipse(0, -78, 29, 88, c.linear((0, light(p.main, 0.4)), (1, dark(p.main, 0.2)), angle="right"))
                c.ellipse(-3, -74, 13, 62, p.accent, opacity=0.6)
        ball(c, 0, 0, 92, p.main, squash=0.9)
        c.circle(-42, -10, 9, dark(p.main, 0.8))
        c.circle(-45, -13, 3, WHITE)
        c.ellipse(-58, 28, 20, 12, p.accent, opacity=0.5)
        c.stroke("M-88 12q6 10 14 3", dark(p.main, 0.6), 4)
    c.path("M-124 0q-18 -44 26 -48q44 2 34 48Z", light(p.main, 0.2))
    c.path("M44 0C20 -70 128 -110 148 -40Q152 -8 130 0Z", mix(p.main, p.second, 0.3), opacity=0.7)
    shine(c, "M-40 -176Q20 -180 70 -160", 9, 0.4)
