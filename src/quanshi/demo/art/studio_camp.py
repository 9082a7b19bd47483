"""What the studio makes for going out."""

from __future__ import annotations

from quanshi.demo.art.canvas import Canvas, place
from quanshi.demo.art.colour import INK, SHADE, SUN, WHITE, dark, light
from quanshi.demo.art.forms import (
    at,
    ball,
    polygon,
    round_paint,
    scatter,
    shadow,
    shine,
    spline,
    turned,
)
from quanshi.demo.art.kinds import Paint, kind

STEEL = "#c9ced3"


@kind("tent", 1.12)
def tent(c: Canvas, p: Paint) -> None:
    shadow(c, 560, reach=0.35)
    c.path(
        "M-290 0L-40 -300L120 -290L310 -10Z", c.linear((0, light(p.main, 0.15)), (1, dark(p.main, 0.25)), angle="slope")
    )
    c.path("M-40 -300Q70 -330 120 -290L310 -10L130 6Z", c.linear((0, p.main), (1, dark(p.main, 0.42)), angle="slope"))
    c.path("M-290 0L-40 -300L130 6Z", c.linear((0, light(p.main, 0.42)), (1, p.main)))
    c.path("M-40 -300L-170 4L60 6Z", dark(p.main, 0.6))
    c.path("M-120 0L-44 -170L20 4Z", c.radial((0, "#ffe3a1"), (1, p.accent), at=(0.5, 0.9), r=0.9), opacity=0.9)
    c.path("M-40 -300L-170 4L-206 2Q-110 -120 -40 -300Z", light(p.second, 0.25))
    c.path("M-40 -300L60 6L96 6Q10 -120 -40 -300Z", p.second)
    c.stroke("M-40 -300L130 6M-290 0L-40 -300", light(p.main, 0.65), 4)
    c.stroke("M-40 -300L-300 -40M120 -290L350 -30", light(p.second, 0.5), 3)
    c.stroke("M40 -130Q110 -150 210 -120", dark(p.main, 0.4), 3, stroke_dasharray="8 8", opacity=0.6)
    for x, y in ((-304, -34), (350, -26)):
        c.stroke(f"M{x} {y}l-4 22", INK, 6)


@kind("lantern", 1.08)
def lantern(c: Canvas, p: Paint) -> None:
    c.circle(0, -150, 250, c.radial((0, p.accent, 0.55), (1, p.accent, 0)))
    shadow(c, 230)
    c.stroke("M-96 -270C-110 -440 110 -440 96 -270", p.second, 13)
    c.stroke("M-30 -398Q0 -404 30 -398", light(p.main, 0.2), 26)
    turned(c, [(60, 330), (84, 318), (92, 270)], p.main, gloss=0.3)
    d = turned(c, [(84, 270), (98, 150), (90, 62)], "#fff0c4", gloss=0.8)
    with c.clipped(d):
        c.ellipse(0, -140, 70, 100, c.radial((0, WHITE), (0.5, p.accent, 0.8), (1, p.accent, 0)))
        c.path("M0 -220q34 60 22 92q-10 26 -22 26q-34 -10 -24 -50q10 -34 24 -68Z", "#ff9b3d")
        c.path("M0 -170q14 30 8 50q-10 16 -18 0q-4 -24 10 -50Z", "#fff6d6")
    for x in (-92, 92):
        c.stroke(f"M{x} -272Q{x * 1.12:.0f} -160 {x} -58", dark(p.main, 0.1), 9)
    turned(c, [(96, 66), (110, 40), (110, 10), (104, 0)], p.main, gloss=0.3)
    ball(c, 70, -30, 13, p.second)
    shine(c, "M-62 -240Q-74 -160 -66 -90", 9, 0.7)


@kind("backpack", 1.1)
def backpack(c: Canvas, p: Paint) -> None:
    shadow(c, 320)
    c.stroke("M-40 -396Q0 -440 40 -396", dark(p.main, 0.35), 15)
    for x in (-150, 150):
        c.path(
            f"M{x * 0.86:.0f} -210Q{x * 1.26:.0f} -200 {x * 1.2:.0f} -60Q{x * 1.16:.0f} -10 {x * 0.86:.0f} -14Z",
            c.linear((0, light(p.main, 0.05)), (1, dark(p.main, 0.35)), angle="right"),
        )
    d = "M-146 -20C-160 -140 -156 -300 -118 -366Q-60 -410 0 -408"
    d += "Q60 -410 118 -366C156 -300 160 -140 146 -20Q0 24 -146 -20Z"
    c.path(
        d,
        c.linear(
            (0, dark(p.main, 0.12)), (0.3, light(p.main, 0.28)), (0.6, p.main), (1, dark(p.main, 0.32)), angle="right"
        ),
    )
    c.path(
        "M-134 -330Q-60 -412 0 -408Q60 -412 134 -330L140 -236Q0 -196 -140 -236Z",
        c.linear((0, light(p.main, 0.3)), (1, dark(p.main, 0.05))),
        stroke=dark(p.main, 0.3),
        stroke_width=3,
    )
    c.path(
        "M-104 -170Q0 -150 104 -170L112 -30Q0 0 -112 -30Z",
        c.linear((0, light(p.second, 0.2)), (1, dark(p.second, 0.2))),
    )
    c.stroke("M-96 -140Q0 -120 96 -140", dark(p.second, 0.4), 4, stroke_dasharray="10 6")
    for x in (-64, 64):
        c.rect(x - 11, -256, 22, 116, p.accent, rx=4)
        c.rect(x - 17, -196, 34, 26, STEEL, rx=5)
        c.rect(x - 8, -190, 16, 14, dark(STEEL, 0.6), rx=3)
    c.rect(-38, -330, 76, 46, light(p.second, 0.75), rx=5)
    c.path(polygon((-22, -292), (-4, -322), (22, -292)), p.accent)
    shine(c, "M-118 -120Q-126 -200 -116 -250", 8, 0.3)


def _enamel(c: Canvas, p: Paint) -> None:
    shadow(c, 260)
    c.stroke("M118 -196C230 -206 224 -58 112 -60", c.linear((0, light(p.main, 0.3)), (1, dark(p.main, 0.3))), 22)
    d = turned(c, [(128, 236), (122, 120), (116, 12), (104, 0)], p.main, gloss=0.5)
    with c.clipped(d):
        for u, v in scatter(26, 3):
            c.circle(-124 + u * 248, -v * 230, 1.5 + 2.4 * ((u * 9) % 1), light(p.second, 0.6), opacity=0.75)
        c.path(polygon((-62, -66), (-14, -150), (10, -116), (30, -140), (74, -66)), p.second)
        c.path(polygon((-30, -122), (-14, -150), (2, -127), (-14, -116)), SUN)
        c.circle(48, -160, 13, p.accent)
    c.ellipse(0, -236, 128, 22, p.second)
    c.ellipse(0, -235, 118, 18, c.linear((0, "#3d241c"), (1, "#7a4a32")))
    shine(c, "M-106 -200Q-108 -120 -98 -60", 10, 0.6)


@kind("enamel_mug", 1.25)
def enamel_mug(c: Canvas, p: Paint) -> None:
    _enamel(c, p)


@kind("knife", 1.15)
def knife(c: Canvas, p: Paint) -> None:
    """A folding knife, half open, standing on its edge as if pinned."""
    shadow(c, 420, reach=0.4)
    with c.group(-40, -120, turn=-24):
        with c.group(126, -6, turn=-62):
            c.path("M-8 -30Q120 -52 236 14Q120 34 -8 26Z", c.linear((0, "#f4f6f7"), (0.5, "#c3cbd1"), (1, "#8d98a1")))
            c.stroke("M8 16Q120 26 222 13", WHITE, 4, opacity=0.8)
            c.stroke("M40 -22H120", "#8d98a1", 4)
        d = "M-220 -10Q-226 -46 -180 -46Q-40 -30 120 -48Q160 -44 158 -6Q152 34 110 34Q-40 22 -170 44Q-214 44 -220 -10Z"
        c.path(d, c.linear((0, light(p.main, 0.35)), (0.5, p.main), (1, dark(p.main, 0.35))))
        with c.clipped(d):
            for k in range(7):
                c.stroke(
                    f"M-230 {-40 + k * 13}Q-60 {-56 + k * 16} 170 {-40 + k * 12}", dark(p.main, 0.3), 2.5, opacity=0.35
                )
            c.path("M86 -60H170V50H86Z", c.linear((0, "#eef1f2"), (1, "#9aa4ab")))
        for x in (126, -20, -150):
            ball(c, x, -6, 10, STEEL)
    c.stroke("M-246 -40C-290 -20 -280 40 -230 30", p.accent, 9)


@kind("compass", 1.3)
def compass(c: Canvas, p: Paint) -> None:
    shadow(c, 300)
    with c.group(0, -150):
        c.stroke("M-30 -150C-40 -220 40 -220 30 -150", c.linear((0, light(p.main, 0.5)), (1, dark(p.main, 0.2))), 15)
        c.circle(0, 0, 152, c.linear((0, light(p.main, 0.6)), (0.5, p.main), (1, dark(p.main, 0.4)), angle="slope"))
        c.circle(0, 0, 128, c.radial((0, "#fbf6ea"), (0.8, "#efe6d2"), (1, "#cdbfa2"), at=(0.4, 0.35), r=0.7))
        with c.stamped(*(place(0, 0, 1, k * 30) for k in range(12))):
            c.stroke("M0 -116V-102", p.second, 5)
        with c.stamped(*(place(0, 0, 1, k * 90) for k in range(4))):
            c.path("M0 -92L16 -16L0 0L-16 -16Z", light(p.second, 0.4), opacity=0.6)
        with c.group(turn=28):
            c.path("M0 -98L18 0H-18Z", p.accent)
            c.path("M0 98L18 0H-18Z", p.second)
            c.path("M0 -98L18 0H0Z", dark(p.accent, 0.2))
        ball(c, 0, 0, 13, STEEL)
        c.path("M-104 -62A122 122 0 0 1 20 -120A150 150 0 0 0 -104 -62Z", WHITE, opacity=0.7)


@kind("flask", 1.08)
def flask(c: Canvas, p: Paint) -> None:
    shadow(c, 190)
    d = turned(c, [(56, 330), (60, 316), (96, 268), (98, 20), (90, 0)], p.main, gloss=0.35)
    with c.clipped(d):
        c.path("M-100 -120L-40 -196L-6 -160L40 -214L110 -120V-84H-100Z", p.second, opacity=0.85)
        c.path("M-100 -96L-30 -140L20 -110L110 -150V-60H-100Z", p.accent, opacity=0.85)
        c.rect(-100, -40, 200, 44, dark(p.main, 0.3))
    turned(c, [(58, 424), (62, 412), (62, 340), (56, 330)], p.second, gloss=0.4)
    c.stroke("M-58 -384C-110 -380 -110 -300 -66 -306", p.accent, 11)
    shine(c, "M-70 -250V-60", 10, 0.5)


@kind("sleeping_bag", 1.15)
def sleeping_bag(c: Canvas, p: Paint) -> None:
    """Rolled, with its strap, and a corner turned out."""
    c.path("M-110 -20L-290 34Q-300 50 -280 54L130 44L150 -10Z", c.linear((0, light(p.second, 0.3)), (1, p.second)))
    for k in range(4):
        c.stroke(f"M{-230 + k * 90} {20 - k * 4}L{-190 + k * 90} 48", dark(p.second, 0.3), 3, opacity=0.5)
    shadow(c, 380)
    c.path(
        "M-150 0C-220 -10 -220 -236 -150 -244H170V0Z",
        c.linear((0, light(p.main, 0.45)), (0.4, p.main), (1, dark(p.main, 0.42))),
    )
    for x in (-120, -54, 12, 78):
        c.stroke(f"M{x} -242C{x - 40} -170 {x - 40} -70 {x} -2", dark(p.main, 0.35), 4, opacity=0.55)
    c.ellipse(170, -122, 66, 122, c.linear((0, light(p.main, 0.3)), (1, dark(p.main, 0.25))))
    for r in (0.8, 0.6, 0.4, 0.2):
        c.ellipse(
            170,
            -122,
            66 * r,
            122 * r,
            "none",
            stroke=(p.second if r in {0.8, 0.4} else dark(p.main, 0.3)),
            stroke_width=7,
        )
    for x in (-86, 46):
        c.path(f"M{x} -245C{x - 42} -170 {x - 42} -70 {x} 0h24C{x - 18} -70 {x - 18} -170 {x + 24} -245Z", p.accent)
        c.rect(x - 28, -140, 36, 34, STEEL, rx=6)


@kind("camp_chair", 1.08)
def camp_chair(c: Canvas, p: Paint) -> None:
    shadow(c, 380)
    leg = dark(p.second, 0.2)
    c.stroke("M-150 0L120 -190M150 0L-120 -190M-96 -30L60 -190M96 -30L-60 -190", leg, 13)
    c.path("M-150 -190Q0 -120 150 -190L120 -130Q0 -70 -120 -130Z", c.linear((0, p.main), (1, dark(p.main, 0.3))))
    c.path(
        "M-150 -410Q0 -380 150 -410L160 -186Q0 -130 -160 -186Z",
        c.linear((0, light(p.main, 0.35)), (0.5, p.main), (1, dark(p.main, 0.2)), angle="slope"),
    )
    c.path("M-154 -330Q0 -300 154 -330L157 -280Q0 -250 -157 -280Z", p.accent, opacity=0.9)
    for x in (-152, 152):
        c.stroke(f"M{x} -420L{x * 1.06:.0f} -186L{x * 0.98:.0f} -4", leg, 15)
        c.stroke(f"M{x * 1.04:.0f} -236L{x * 1.5:.0f} -214", light(p.second, 0.25), 22)
        c.stroke(f"M{x * 1.42:.0f} -212L{x * 0.9:.0f} -20", leg, 10)


@kind("camp_stove", 1.12)
def camp_stove(c: Canvas, p: Paint) -> None:
    shadow(c, 260)
    turned(c, [(40, 108), (92, 92), (104, 30), (96, 0)], p.main, gloss=0.35)
    c.rect(-103, -64, 206, 24, p.accent)
    turned(c, [(30, 146), (22, 104)], STEEL)
    c.stroke("M30 -128H96", STEEL, 9)
    c.stroke("M96 -150q24 22 0 44", p.accent, 9)
    for turn in (-30, 0, 30):
        c.path(
            "M0 -150Q-20 -180 0 -206Q20 -180 0 -150Z",
            "#5ab6f2",
            transform=f"translate({turn * 1.6:.0f} 0)",
            opacity=0.9,
        )
    for x in (-96, 96):
        c.stroke(f"M{x * 0.2:.0f} -146L{x} -196H{x * 0.2:.0f}", "#8d98a1", 8)
    with c.group(0, -200):
        c.stroke("M-104 -130C-130 -240 130 -240 104 -130", INK, 8)
        d = turned(c, [(96, 150), (118, 130), (122, 24), (104, 0)], STEEL, gloss=0.8)
        with c.clipped(d):
            c.rect(-130, -34, 260, 40, "#8a6f5a", opacity=0.25)
        turned(c, [(18, 178), (70, 168), (96, 150)], light(STEEL, 0.2))
        ball(c, 0, -188, 14, p.second)
        c.path("M-116 -90L-172 -136L-150 -150L-104 -118Z", dark(STEEL, 0.15))
        shine(c, "M-92 -116V-40", 10, 0.8)


@kind("binoculars", 1.3)
def binoculars(c: Canvas, p: Paint) -> None:
    shadow(c, 360)
    c.stroke("M-150 -216C-290 -300 -320 -60 -250 10M150 -216C260 -290 330 -120 270 14", p.accent, 11)
    c.rect(-40, -190, 80, 100, dark(p.main, 0.4), rx=14)
    c.rect(-18, -226, 36, 60, STEEL, rx=8)
    for x in (-96, 96):
        with c.group(x):
            turned(c, [(46, 262), (56, 226), (64, 190), (92, 110), (96, 12), (88, 0)], p.main, gloss=0.3)
            c.ellipse(0, -262, 46, 12, dark(p.main, 0.6))
            c.ellipse(0, -261, 34, 8, "#6fb0c9")
            c.rect(-96, -92, 192, 15, p.second)
            c.rect(-94, -20, 188, 10, dark(p.main, 0.4), opacity=0.6)
            shine(c, "M-66 -90Q-58 -140 -40 -180", 9, 0.4)


@kind("jacket", 1.05)
def jacket(c: Canvas, p: Paint) -> None:
    """A rain jacket on a hanger."""
    c.stroke("M0 -460q26 -30 0 -46q-30 0 -26 24M0 -460V-430L-110 -390M0 -430L110 -390", "#8a7460", 9)
    shadow(c, 330, strength=0.25)
    for flip in (False, True):
        with c.group(flip=flip):
            c.path(
                "M96 -396C170 -370 200 -240 226 -90Q196 -66 166 -78L110 -250Z",
                c.linear((0, light(p.main, 0.1 if flip else 0)), (1, dark(p.main, 0.18 if flip else 0.34))),
            )
            c.path("M166 -78Q196 -66 226 -90L230 -66Q196 -44 170 -56Z", p.accent)
    d = "M-110 -392Q0 -430 110 -392L146 -40Q0 -6 -146 -40Z"
    c.path(d, c.linear((0, light(p.main, 0.28)), (0.5, p.main), (1, dark(p.main, 0.3)), angle="right"))
    with c.clipped(d):
        c.path("M-160 -430H160V-270Q0 -230 -160 -270Z", p.second)
        c.rect(-160, -70, 320, 12, dark(p.main, 0.3), opacity=0.4)
    c.path(
        "M-66 -404C-76 -470 76 -470 66 -404Q0 -350 -66 -404Z",
        c.linear((0, light(p.second, 0.2)), (1, dark(p.second, 0.25))),
    )
    c.path("M-44 -408Q0 -450 44 -408Q0 -374 -44 -408Z", dark(p.second, 0.5))
    c.stroke("M0 -378V-24", p.accent, 7)
    c.stroke("M-30 -376L-34 -320M30 -376L34 -320", SUN, 4)
    for x in (-86, 40):
        c.path(f"M{x} -150h50l-4 60h-42Z", dark(p.main, 0.18))
        c.stroke(f"M{x} -150h50", p.accent, 6)


@kind("socks", 1.2)
def socks(c: Canvas, p: Paint) -> None:
    shadow(c, 320)
    for x, y, turn in ((60, -20, 8), (-70, 0, -6)):
        with c.group(x, y, turn=turn):
            d = "M-52 -330H52V-130C60 -90 110 -76 140 -60C166 -40 150 0 110 0H-10Q-52 -10 -52 -70Z"
            c.path(d, c.linear((0, light(p.main, 0.35)), (0.5, p.main), (1, dark(p.main, 0.25)), angle="right"))
            with c.clipped(d):
                for k, colour in enumerate((p.second, p.accent, p.second)):
                    c.path(
                        f"M-60 {-268 + k * 46}" + "l20 -16l20 16" * 3 + "v16" + "l-20 -16l-20 16" * 3 + "Z",
                        colour,
                    )
                c.circle(-42, -10, 52, p.second)
                c.circle(142, -20, 52, p.second)
                rib = f'<path d="M2 0v8" stroke="{dark(p.main, 0.35)}" stroke-width="1.5" opacity=".35"/>'
                c.rect(-60, -340, 220, 350, c.pattern(7, 8, rib))
            c.rect(-56, -338, 112, 44, p.accent, rx=8)


@kind("beanie", 1.25)
def beanie(c: Canvas, p: Paint) -> None:
    shadow(c, 340)
    ball(c, 0, -288, 54, p.second)
    with c.stamped(*(place(0, -288, 1, k * 40) for k in range(9))):
        c.stroke("M0 -34V-58", light(p.second, 0.3), 6)
    d = "M-164 -80C-160 -220 -80 -276 0 -276S160 -220 164 -80Z"
    c.path(d, c.linear((0, light(p.main, 0.35)), (0.5, p.main), (1, dark(p.main, 0.3)), angle="right"))
    with c.clipped(d):
        for k in range(7):
            x = (k - 3) * 50
            c.stroke(f"M{x * 0.25:.0f} -276Q{x} -220 {x * 1.06:.0f} -76", dark(p.main, 0.3), 4, opacity=0.4)
        points: list[tuple[float, float]] = [(-170 + k * 28.0, -150.0 + (18 if k % 2 else -6)) for k in range(13)]
        c.stroke("M" + "L".join(at(*point) for point in points), p.accent, 9)
        c.stroke(spline([(x, y - 44) for x, y in points]), p.second, 7)
    c.path("M-176 -92Q0 -60 176 -92L172 -12Q0 24 -172 -12Z", round_paint(c, light(p.main, 0.1)))
    for k in range(-7, 8):
        c.stroke(f"M{k * 23} {-78 + k * k * 0.15:.0f}V{-2 - k * k * 0.2:.0f}", dark(p.main, 0.3), 4, opacity=0.35)
    c.rect(60, -56, 60, 36, SHADE, opacity=0.15, rx=4)
    c.rect(56, -60, 60, 36, p.accent, rx=4)
