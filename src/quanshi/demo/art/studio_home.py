"""What the studio makes for desk and room."""

from __future__ import annotations

from math import cos, pi, sin

from quanshi.demo.art.canvas import Canvas, place
from quanshi.demo.art.colour import INK, SHADE, SUN, WHITE, dark, light, mix
from quanshi.demo.art.forms import at, ball, blob, box, mouth, polygon, round_paint, scatter, shadow, shine, turned
from quanshi.demo.art.kinds import Paint, kind


@kind("notebook", 1.2)
def notebook(c: Canvas, p: Paint) -> None:
    """Three notebooks, one standing, with a pencil."""
    shadow(c, 420, reach=0.6)
    for y, colour, dx in ((0, p.second, 10), (-34, p.accent, -8)):
        with c.group(dx, y):
            c.path(polygon((-200, 0), (190, 0), (230, -34), (-150, -34)), "#f6efe2")
            c.path(
                polygon((-200, -8), (190, -8), (230, -42), (-150, -42)), c.linear((0, light(colour, 0.3)), (1, colour))
            )
            c.path("M-200 -8H190V8H-200Z", dark(colour, 0.2))
            c.path("M-192 -3H190V3H-192Z", "#f6efe2")
    with c.group(0, -76, turn=-7):
        c.rect(-112, -312, 236, 312, "#efe7d6", rx=8)
        c.rect(-120, -312, 236, 312, c.linear((0, light(p.main, 0.25)), (1, dark(p.main, 0.14)), angle="slope"), rx=10)
        c.rect(-120, -312, 34, 312, dark(p.main, 0.28), rx=8)
        c.rect(82, -312, 11, 312, p.accent)
        c.path("M-62 -90a66 66 0 0 1 132 0Z", light(p.second, 0.35), transform="translate(-4 -70)")
        c.circle(0, -226, 30, p.accent)
        c.rect(-56, -112, 112, 7, SUN, opacity=0.7)
    with c.group(214, 20, turn=-58):
        c.rect(-130, -11, 240, 22, c.linear((0, light(p.accent, 0.3)), (0.5, p.accent), (1, dark(p.accent, 0.3))))
        c.path("M110 -11L156 0L110 11Z", "#f0d9b5")
        c.path("M142 -4L156 0L142 4Z", INK)


@kind("desk_lamp", 1.05)
def desk_lamp(c: Canvas, p: Paint) -> None:
    c.path("M-150 -330L-330 0H90L20 -330Z", c.linear((0, "#fff2c9", 0.75), (1, "#fff2c9", 0)))
    shadow(c, 230, x=96)
    with c.group(96):
        turned(c, [(96, 24), (112, 12), (112, 0)], p.second)
        c.ellipse(0, -24, 96, 16, light(p.second, 0.3))
    c.stroke("M96 -24L150 -230", c.linear((0, light(p.second, 0.3)), (1, p.second)), 15)
    c.stroke("M150 -230L-40 -400", c.linear((0, light(p.second, 0.2)), (1, dark(p.second, 0.15))), 15)
    ball(c, 150, -230, 22, p.accent)
    ball(c, -36, -398, 19, p.accent)
    with c.group(-66, -372, turn=14):
        c.ellipse(0, 50, 112, 30, c.radial((0, WHITE), (0.6, "#ffe9a8"), (1, "#f5c35b")))
        c.path("M-116 50C-110 -30 -50 -70 0 -74C50 -70 110 -30 116 50A116 30 0 0 1 -116 50Z", round_paint(c, p.main))
        c.rect(-17, -92, 34, 26, p.accent, rx=6)
        shine(c, "M-84 24Q-74 -20 -40 -42", 9, 0.5)


@kind("lounge_chair", 1.1)
def lounge_chair(c: Canvas, p: Paint) -> None:
    shadow(c, 420)
    wood = p.second
    c.stroke("M-130 -110L-190 0M130 -120L190 0M-60 -90L-104 -14M70 -96L104 -18", dark(wood, 0.1), 17)
    c.path(
        "M-60 -400C40 -430 150 -390 160 -300L176 -130Q60 -80 -110 -120L-130 -330Q-120 -384 -60 -400Z",
        c.linear((0, light(p.main, 0.38)), (0.55, p.main), (1, dark(p.main, 0.32)), angle="slope"),
    )
    for x in (-66, 4, 76):
        c.stroke(f"M{x} -396Q{x - 10} -260 {x - 4} -150", dark(p.main, 0.3), 4, opacity=0.45)
    c.path(
        "M-176 -172Q-20 -120 196 -180Q226 -176 220 -138Q208 -104 180 -98"
        "Q0 -50 -168 -94Q-200 -104 -200 -140Q-200 -170 -176 -172Z",
        c.linear((0, light(p.main, 0.3)), (1, dark(p.main, 0.28))),
    )
    c.path(
        "M-90 -236Q-20 -290 60 -250Q86 -200 70 -156Q-20 -120 -92 -160Q-106 -200 -90 -236Z",
        c.linear((0, light(p.accent, 0.35)), (1, dark(p.accent, 0.12)), angle="slope"),
    )
    for flip in (False, True):
        with c.group(8, 0, flip=flip):
            c.stroke(
                "M176 -120L196 -246Q200 -262 180 -262L110 -250",
                c.linear((0, light(wood, 0.4)), (1, dark(wood, 0.15))),
                20,
            )


@kind("cushion", 1.2)
def cushion(c: Canvas, p: Paint) -> None:
    for x, y, s, a, b in ((76, -30, 0.92, p.second, p.main), (-50, 8, 1.0, p.main, p.accent)):
        with c.group(x, y, scale=s):
            shadow(c, 320)
            d = "M-170 -300Q-190 -320 -160 -318Q0 -290 160 -318Q192 -320 170 -296Q142 -160 172 -28"
            d += "Q188 2 156 -2Q0 -26 -158 0Q-188 4 -170 -28Q-144 -160 -170 -300Z"
            c.path(d, c.linear((0, light(a, 0.4)), (0.5, a), (1, dark(a, 0.3)), angle="slope"))
            with c.clipped(d):
                if s == 1:
                    c.path("M-180 0A180 170 0 0 1 180 0Z", b)
                    c.path("M-110 0A110 104 0 0 1 110 0Z", light(p.second, 0.35))
                    c.circle(92, -246, 38, light(b, 0.4))
                else:
                    c.rect(
                        -190,
                        -330,
                        380,
                        340,
                        c.pattern(46, 46, f'<rect width="20" height="46" fill="{light(b, 0.2)}"/>', turn=30),
                        opacity=0.8,
                    )
                c.rect(-190, -330, 380, 340, c.radial((0.5, SHADE, 0), (1, SHADE, 0.3), at=(0.42, 0.4), r=0.7))


@kind("headphones", 1.12)
def headphones(c: Canvas, p: Paint) -> None:
    shadow(c, 360)
    c.stroke(
        "M-146 -150C-180 -470 180 -470 146 -150",
        c.linear((0, light(p.main, 0.4)), (0.6, p.main), (1, dark(p.main, 0.3)), angle="right"),
        34,
    )
    c.stroke("M-120 -250C-110 -390 110 -390 120 -250", p.second, 20, opacity=0.9)
    for flip in (True, False):
        with c.group(flip=flip):
            c.rect(130, -220, 26, 120, c.linear((0, "#eef1f2"), (1, "#98a2aa")), rx=10)
            c.ellipse(118, -96, 46, 92, c.linear((0, light(p.second, 0.1)), (1, dark(p.second, 0.4))))
            c.ellipse(
                160,
                -96,
                60,
                100,
                c.linear((0, light(p.main, 0.35)), (0.5, p.main), (1, dark(p.main, 0.35)), angle="slope"),
            )
            c.ellipse(170, -96, 38, 70, c.linear((0, dark(p.main, 0.1)), (1, light(p.main, 0.15))))
            c.ellipse(173, -96, 15, 28, p.accent)
    shine(c, "M-128 -310C-108 -380 -60 -400 -20 -402", 8, 0.5)


@kind("clock", 1.2)
def clock(c: Canvas, p: Paint) -> None:
    shadow(c, 280)
    for x in (-84, 84):
        c.stroke(f"M{x} -50L{x * 1.3:.0f} -4", dark(p.second, 0.1), 20)
    with c.group(0, -180):
        c.circle(9, 7, 178, dark(p.main, 0.45))
        c.circle(0, 0, 178, c.linear((0, light(p.main, 0.4)), (1, dark(p.main, 0.2)), angle="slope"))
        c.circle(0, 0, 150, c.radial((0, "#fffaf0"), (0.85, "#f4ead8"), (1, "#d8c9ae"), at=(0.4, 0.35), r=0.7))
        with c.stamped(*(place(0, 0, 1, k * 30) for k in range(12))):
            c.stroke("M0 -134V-120", p.second, 6)
        with c.stamped(*(place(0, 0, 1, k * 90) for k in range(4))):
            c.circle(0, -122, 12, p.accent)
        c.stroke("M0 0L-60 -50", INK, 13)
        c.stroke("M0 0L52 -88", INK, 9)
        c.stroke("M-14 34L30 -78", p.accent, 4)
        c.circle(0, 0, 13, p.accent)
        c.path("M-118 -80A142 142 0 0 1 10 -142A176 176 0 0 0 -118 -80Z", WHITE, opacity=0.6)


@kind("scarf", 1.15)
def scarf(c: Canvas, p: Paint) -> None:
    """Folded, with its fringe."""
    shadow(c, 400)
    for k, (y, colour) in enumerate(((0, p.main), (-72, p.second), (-144, p.main))):
        d = f"M-190 {y}Q-216 {y - 36} -190 {y - 76}H170Q206 {y - 60} 196 {y - 38}Q206 {y - 14} 170 {y}Z"
        c.path(d, c.linear((0, light(colour, 0.35)), (0.6, colour), (1, dark(colour, 0.28))))
        with c.clipped(d):
            check = (
                f'<rect width="14" height="90" fill="{p.accent}" opacity=".7"/>'
                f'<rect x="30" width="5" height="90" fill="{SUN}" opacity=".6"/>'
            )
            c.rect(-220, y - 90, 440, 100, c.pattern(70, 90, check, turn=0 if k % 2 else 4))
            c.rect(-220, y - 46, 440, 14, p.accent, opacity=0.5)
            c.rect(-220, y - 90, 440, 100, c.linear((0, WHITE, 0.18), (0.5, WHITE, 0), (1, SHADE, 0.28)))
    c.path(
        "M60 -220Q130 -216 140 -140L170 36H60L40 -150Q40 -200 60 -220Z",
        c.linear((0, light(p.second, 0.35)), (1, dark(p.second, 0.12)), angle="slope"),
    )
    for y in (-140, -90, -40):
        c.rect(52, y, 104, 12, p.accent, opacity=0.75)
    for k in range(9):
        c.stroke(f"M{64 + k * 12.5:.0f} 36l{k % 3 - 1} 30", p.second, 5)


@kind("bucket_hat", 1.25)
def bucket_hat(c: Canvas, p: Paint) -> None:
    shadow(c, 420)
    brim = "M-236 -26C-200 -110 -130 -130 0 -130S200 -110 236 -26C160 26 -160 26 -236 -26Z"
    c.path(brim, c.linear((0, light(p.main, 0.25)), (0.5, p.main), (1, dark(p.main, 0.32)), angle="right"))
    for k in range(4):
        c.stroke(
            f"M{-220 + k * 18} {-30 - k * 14}C{-120 + k * 10} {10 - k * 18}"
            f" {120 - k * 10} {10 - k * 18} {220 - k * 18} {-30 - k * 14}",
            dark(p.main, 0.28),
            3,
            stroke_dasharray="9 6",
            opacity=0.6,
        )
    d = turned(c, [(104, 256), (128, 240), (148, 110)], light(p.main, 0.06), gloss=0.3)
    with c.clipped(d):
        c.path("M-160 -136Q0 -96 160 -136V-90Q0 -50 -160 -90Z", p.second)
    c.ellipse(0, -254, 104, 19, light(p.main, 0.3))
    for x in (60, 90):
        c.circle(x, -190, 6, dark(p.main, 0.5))
    c.rect(-70, -146, 62, 40, p.accent, rx=4)


@kind("soap", 1.2)
def soap(c: Canvas, p: Paint) -> None:
    shadow(c, 420, reach=0.5)
    with c.group(-20, -10):
        c.path(
            "M-220 -6Q-200 26 0 26T230 -10L210 -40H-200Z",
            c.linear((0, light(p.second, 0.3)), (1, dark(p.second, 0.25))),
        )
        c.ellipse(0, -36, 216, 42, light(p.second, 0.35))
        for k in range(-3, 4):
            c.stroke(f"M{k * 52 - 16} -14L{k * 46 + 16} -60", dark(p.second, 0.25), 6, opacity=0.5)
    for x, y, colour, turn in ((10, -52, p.main, -4), (-26, -142, p.accent, 7)):
        with c.group(x, y, turn=turn):
            front = box(c, 260, 76, 120, colour)
            with c.clipped(front):
                c.path("M-130 -40Q-70 -70 -10 -40T130 -44V0H-130Z", light(colour, 0.35), opacity=0.7)
            c.rect(-40, -52, 80, 30, "none", stroke=light(colour, 0.6), stroke_width=4, rx=15)
    for u, v in scatter(14, 4):
        r = 8 + 18 * v
        c.circle(130 + u * 130, -30 - v * 260 * u, r, c.radial((0.5, WHITE, 0.05), (0.9, WHITE, 0.5), (1, WHITE, 0.9)))


@kind("candle", 1.15)
def candle(c: Canvas, p: Paint) -> None:
    c.circle(0, -330, 210, c.radial((0, "#ffe3a1", 0.75), (1, "#ffe3a1", 0)))
    shadow(c, 260)
    d = turned(c, [(124, 240), (126, 220), (122, 16), (112, 0)], p.main, gloss=0.4)
    with c.clipped(d):
        c.path("M-130 -60Q-60 -120 0 -80T130 -90V10H-130Z", p.second, opacity=0.8)
        c.circle(50, -150, 30, p.accent)
    mouth(c, 124, 240, p.main, "#fff3dc", lip=0.07)
    c.ellipse(0, -238, 60, 9, "#fff9e9")
    c.stroke("M0 -240q3 -16 -1 -34", INK, 5)
    c.path("M0 -356q34 46 22 70q-10 22 -22 22q-28 -6 -22 -34q6 -26 22 -58Z", c.linear((0, "#ffb13d"), (1, "#ffe9a3")))
    c.path("M0 -316q14 24 8 38q-10 12 -16 0q-2 -18 8 -38Z", WHITE)
    shine(c, "M-96 -200Q-98 -120 -92 -60", 10, 0.5)
    with c.group(184, 30):
        shadow(c, 110)
        turned(c, [(58, 44), (54, 8), (48, 0)], p.second)
        c.ellipse(0, -44, 58, 10, light(p.second, 0.35))


@kind("poster", 1.0)
def poster(c: Canvas, p: Paint) -> None:
    """A framed print leaning on the wall."""
    shadow(c, 330)
    c.path(polygon((176, -460), (196, -470), (196, -8), (176, 0)), dark(p.second, 0.5))
    c.rect(-176, -460, 352, 460, c.linear((0, light(p.second, 0.2)), (1, dark(p.second, 0.2)), angle="slope"))
    c.rect(-156, -440, 312, 420, "#fbf6ec")
    art = "M-116 -400H116V-100H-116Z"
    c.path(art, light(p.main, 0.55))
    with c.clipped(art):
        c.circle(34, -310, 62, p.accent)
        for k in range(4):
            y = -250 + k * 44
            c.path(
                f"M-130 {y}Q-60 {y - 70} 10 {y - 10}T140 {y - 30}V-90H-130Z",
                mix(light(p.main, 0.4), dark(p.main, 0.3), k / 3),
            )
    c.rect(-50, -72, 100, 6, p.second, opacity=0.6)
    c.rect(-28, -56, 56, 5, p.second, opacity=0.4)
    c.path(polygon((-156, -440), (20, -440), (-156, -180)), WHITE, opacity=0.16)


@kind("speaker", 1.15)
def speaker(c: Canvas, p: Paint) -> None:
    shadow(c, 300)
    front = "M-140 -40Q-140 0 -100 0H100Q140 0 140 -40V-320Q140 -360 100 -360H-100Q-140 -360 -140 -320Z"
    c.path("M100 -360Q150 -376 190 -350V-40Q180 -10 100 0Z", dark(p.second, 0.35))
    c.path(front, c.linear((0, light(p.second, 0.35)), (1, dark(p.second, 0.1)), angle="slope"))
    c.rect(-118, -336, 236, 314, c.linear((0, light(p.main, 0.15)), (1, dark(p.main, 0.2))), rx=26)
    weave = f'<circle cx="5" cy="5" r="1.8" fill="{dark(p.main, 0.5)}" opacity=".6"/>'
    c.rect(-118, -336, 236, 314, c.pattern(10, 10, weave, turn=45), rx=26)
    for y, r in ((-118, 84), (-268, 40)):
        c.circle(0, y, r, dark(p.main, 0.4))
        c.circle(0, y, r * 0.86, c.radial((0, dark(p.main, 0.2)), (0.7, dark(p.main, 0.6)), (1, dark(p.main, 0.45))))
        ball(c, 0, y, r * 0.36, p.accent)
    c.stroke("M-40 -378Q0 -420 40 -378", p.accent, 11)


@kind("planter", 1.1)
def planter(c: Canvas, p: Paint) -> None:
    """A geometric pot with a rubber plant."""
    for k, (x, y, turn) in enumerate(
        (
            (-10, -230, -64),
            (10, -250, -118),
            (0, -300, -40),
            (0, -320, -142),
            (4, -360, -78),
            (-6, -280, -20),
            (6, -270, -160),
        )
    ):
        c.stroke(f"M0 -150Q{x} -200 {x} {y}", "#3f6b46", 6)
        with c.group(x, y, turn=turn):
            c.path(
                "M0 0C30 -60 110 -70 150 -10C110 50 40 46 0 0Z",
                c.linear((0, "#7fb07a" if k % 2 else "#5f9a68"), (1, "#2f5f44")),
            )
            c.stroke("M0 0Q70 -14 146 -10", "#a8d19c", 3, opacity=0.7)
    shadow(c, 260)
    c.path(polygon((-130, -190), (130, -190), (96, 0), (-96, 0)), p.main)
    facets = (
        ((-130, -70), (-118, -50), dark(p.main, 0.2)),
        ((-70, 10), (-50, 0), light(p.main, 0.35)),
        ((10, 76), (0, 54), light(p.main, 0.23)),
        ((76, 130), (54, 96), dark(p.main, 0.2)),
    )
    for a, b, colour in facets:
        c.path(polygon((a[0], -190), (a[1], -190), (b[1], 0), (b[0], 0)), colour)
    c.path(
        polygon((-140, -206), (140, -206), (134, -172), (-134, -172)),
        c.linear((0, light(p.second, 0.3)), (1, dark(p.second, 0.2)), angle="right"),
    )


@kind("rug", 1.1)
def rug(c: Canvas, p: Paint) -> None:
    """A woven blanket over a low bench."""
    shadow(c, 460)
    c.stroke("M-200 -130L-220 0M200 -130L220 0M-150 -130L-160 -30M150 -130L160 -30", dark(p.second, 0.3), 17)
    c.rect(-236, -168, 472, 42, c.linear((0, light(p.second, 0.3)), (1, dark(p.second, 0.25))), rx=10)
    d = "M-130 -186Q20 -210 140 -186L158 -20Q10 6 -150 -20Z"
    c.path(d, c.linear((0, light(p.main, 0.3)), (1, dark(p.main, 0.14))))
    with c.clipped(d):
        for y, colour in ((-168, p.accent), (-64, p.accent)):
            c.rect(-170, y, 340, 20, colour)
        zig = "M-170 -106" + "l28 -26l28 26" * 6
        c.stroke(zig, light(p.second, 0.4), 11)
        for k in range(5):
            c.path(blob(13, lobes=4, swing=0), SUN, transform=f"translate({-112 + k * 56} -88)")
    for k in range(15):
        c.stroke(f"M{-148 + k * 21.6:.0f} {-18 + (7 - abs(k - 7)) * 1.6:.0f}v26", p.main, 5)


@kind("globe_light", 1.05)
def globe_light(c: Canvas, p: Paint) -> None:
    """A moon-like lamp on a ring."""
    c.circle(0, -230, 270, c.radial((0, "#ffe9b5", 0.7), (1, "#ffe9b5", 0)))
    shadow(c, 260)
    c.stroke(
        "M-120 -20A190 190 0 1 1 120 -20", c.linear((0, light(p.main, 0.4)), (1, dark(p.main, 0.25)), angle="slope"), 15
    )
    turned(c, [(130, 20), (136, 10), (136, 0)], p.main)
    c.circle(0, -176, 124, c.radial((0, WHITE), (0.6, "#fff0c9"), (1, "#f2c877"), at=(0.42, 0.4), r=0.7))
    for k in range(7):
        a = 2 * pi * k / 7 + 0.4
        x, y = 62 * cos(a) * (0.6 + 0.4 * (k % 2)), -176 + 62 * sin(a)
        c.circle(x, y, 9 + k % 3 * 5, "#e9bf74", opacity=0.35)
    c.stroke(f"M{at(0, -350)}V-300", p.second, 5)
