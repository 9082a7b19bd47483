"""Vegetables, eggs, jars and sacks of the farm shop."""

from __future__ import annotations

from quanshi.demo.art.canvas import Canvas, place
from quanshi.demo.art.colour import SHADE, WHITE, dark, light, mix
from quanshi.demo.art.forms import (
    Profile,
    at,
    ball,
    blob,
    label,
    leaf,
    mouth,
    polygon,
    round_paint,
    scatter,
    shadow,
    shine,
    turned,
    turned_path,
)
from quanshi.demo.art.kinds import Paint, kind

EGG = "M0 -94C34 -94 54 -34 50 4C46 44 -46 44 -50 4C-54 -34 -34 -94 0 -94Z"
CAP = "M-128 -112C-120 -220 -50 -256 0 -256C50 -256 120 -220 128 -112C100 -134 40 -140 0 -140S-100 -134 -128 -112Z"
FRILL = "L118 -238L98 -250L74 -236L50 -250L24 -236L0 -250L-24 -236L-50 -250L-74 -236L-98 -250L-118 -238Z"


@kind("tomatoes", 1.25)
def tomatoes(c: Canvas, p: Paint) -> None:
    """Cherry tomatoes on the vine."""
    shadow(c, 400, reach=0.5)
    c.stroke("M-190 -190C-90 -250 60 -150 200 -236", p.accent, 9)
    for k, (x, y) in enumerate(
        ((-150, -110), (-62, -70), (30, -56), (118, -76), (192, -126), (-104, -30), (-10, 4), (84, -4))
    ):
        c.stroke(f"M{x} {y - 40}Q{x + 4} {y - 80} {x * 0.95:.0f} -196", p.accent, 4)
        ball(c, x, y - 30, 51, mix(p.main, p.second, 0.28 * (k % 3)))
        for turn in (-150, -90, -30):
            leaf(c, x, y - 74, 26, turn, p.accent, flat=True)
        c.circle(x - 18, y - 48, 8, WHITE, opacity=0.6)


@kind("corn", 1.2)
def corn(c: Canvas, p: Paint) -> None:
    for x in (-96, 84):
        shadow(c, 170, x=x, y=4)
    with c.stamped(place(-96, 0, 1, -14), place(84, 0, 1, 12)), c.group():
        d = "M0 -396C56 -380 74 -270 70 -120Q66 -20 0 -8Q-66 -20 -70 -120C-74 -270 -56 -380 0 -396Z"
        c.path(d, c.linear((0, dark(p.main, 0.2)), (0.35, light(p.main, 0.35)), (1, dark(p.main, 0.28)), angle="right"))
        with c.clipped(d):
            grain = f'<rect x="1.5" y="1.5" width="19" height="15" rx="6" fill="{light(p.main, 0.4)}" opacity=".75"/>'
            c.rect(-80, -400, 160, 400, c.pattern(22, 18, grain))
        c.path(
            "M-84 -200C-110 -90 -80 0 0 10C80 0 110 -90 84 -200C60 -120 40 -90 0 -84C-40 -90 -60 -120 -84 -200Z",
            c.linear((0, light(p.accent, 0.4)), (1, dark(p.accent, 0.12))),
        )
        c.path(
            "M-10 8C-60 -40 -100 -140 -128 -236C-60 -190 -10 -110 6 6Z",
            c.linear((0, light(p.accent, 0.3)), (1, p.accent)),
        )
        c.path("M-4 8C40 -30 110 -120 116 -212C60 -170 0 -90 -4 8Z", c.linear((0, p.accent), (1, dark(p.accent, 0.2))))


@kind("carrots", 1.2)
def carrots(c: Canvas, p: Paint) -> None:
    shadow(c, 300)
    with c.stamped(*(place(x, 0, 1, turn) for x, turn in ((-60, 10), (62, -9), (0, 0)))), c.group():
        for k in range(5):
            c.stroke(f"M0 -260Q{(k - 2) * 24} -330 {(k - 2) * 46} -398", mix(p.accent, "#2f6b3a", 0.2 * k), 8)
            leaf(c, (k - 2) * 30, -340, 54, -90 + (k - 2) * 24, p.accent)
        c.path(
            "M-52 -262Q0 -292 52 -262Q46 -110 4 0Q0 6 -4 0Q-46 -110 -52 -262Z",
            c.linear((0, dark(p.main, 0.12)), (0.35, light(p.main, 0.4)), (1, dark(p.main, 0.28)), angle="right"),
        )
        for y, w in ((-220, 26), (-170, -24), (-130, 22), (-90, -16)):
            c.stroke(f"M{w * 1.5:.0f} {y}h{-w}", dark(p.main, 0.3), 4, opacity=0.5)
    c.rect(-86, -206, 172, 26, p.second, rx=12)
    c.stroke("M30 -190q30 20 20 48M36 -190q44 0 50 26", p.second, 9)


@kind("mushrooms", 1.25)
def mushrooms(c: Canvas, p: Paint) -> None:
    spots = ((-112, -40, 1.0, -8), (116, -46, 0.9, 10), (4, 10, 1.1, 0))
    with c.stamped(*(place(x, y, s, turn) for x, y, s, turn in spots)):
        shadow(c, 160)
        with c.group():
            c.path(
                "M-30 -110Q-38 -40 -46 -10Q0 14 46 -10Q38 -40 30 -110Z",
                c.linear(
                    (0, light(p.second, 0.3)), (0.4, light(p.second, 0.7)), (1, dark(p.second, 0.2)), angle="right"
                ),
            )
            c.ellipse(0, -112, 112, 30, dark(p.second, 0.25))
            for k in range(-5, 6):
                c.stroke(f"M{k * 6} -110L{k * 19} {-94 + abs(k) * 3}", light(p.second, 0.4), 2.5)
            d = CAP
            c.path(
                d, c.radial((0, light(p.main, 0.5)), (0.45, p.main), (1, dark(p.main, 0.4)), at=(0.36, 0.26), r=0.85)
            )
            with c.clipped(d):
                for u, v in scatter(7, 22):
                    c.path(
                        blob(11 + v * 9, lobes=5),
                        light(p.second, 0.6),
                        transform=f"translate({-90 + u * 180:.0f} {-230 + v * 80:.0f})",
                        opacity=0.6,
                    )


@kind("eggs", 1.15)
def eggs(c: Canvas, p: Paint) -> None:
    """A pulp tray of eggs."""
    shadow(c, 500, reach=0.4)
    for row, y in enumerate((-112, -58)):
        for k in range(4):
            x = -168 + k * 112
            colour = (p.main, light(p.main, 0.35), p.second)[(k + row * 2) % 3]
            shell = c.radial((0, light(colour, 0.75)), (0.5, colour), (1, dark(colour, 0.34)), at=(0.36, 0.3), r=0.8)
            c.path(EGG, shell, transform=place(x, y))
        edge = "q56 44 112 0" * 4
        c.path(f"M-224 {y}{edge}V{y + 62}H-224Z", c.linear((0, light(p.accent, 0.35)), (1, dark(p.accent, 0.15))))
        c.path(f"M-224 {y}{edge}v10" + "q-56 44 -112 0" * 4 + "Z", light(p.accent, 0.6), opacity=0.6)
    c.path("M-224 0H224L206 22H-206Z", dark(p.accent, 0.25))
    for x, turn in ((-236, -60), (-214, -30)):
        c.stroke(f"M{x} 20l{turn * 0.4:.0f} 16", "#d8b04f", 5)


@kind("jar", 1.2)
def jar(c: Canvas, p: Paint) -> None:
    """A squat glass jar with a cloth lid: honey, jam, sauce."""
    shadow(c, 300)
    wall: Profile = [(112, 262), (112, 250), (146, 214), (148, 40), (132, 8), (120, 0)]
    d = turned(c, wall, light(p.main, 0.1), gloss=0.6)
    with c.clipped(d):
        glow = c.radial(
            (0, light(p.main, 0.65)), (0.6, p.main, 0.6), (1, dark(p.main, 0.35), 0.85), at=(0.4, 0.6), r=0.6
        )
        c.rect(-150, -232, 300, 250, glow)
        c.ellipse(0, -232, 130, 20, light(p.main, 0.6), opacity=0.7)
        for u, v in scatter(14, 4):
            c.circle(-120 + u * 240, -210 + v * 200, 3 + 4 * u, light(p.main, 0.7), opacity=0.4)
    c.path(
        "M-134 -246Q-120 -330 0 -330T134 -246" + FRILL,
        c.linear((0, light(p.accent, 0.3)), (0.5, p.accent), (1, dark(p.accent, 0.25)), angle="right"),
    )
    c.stroke("M-118 -272Q0 -252 118 -272", light(p.second, 0.4), 8)
    c.stroke("M10 -262q-34 20 -44 46M12 -262q26 16 50 40", light(p.second, 0.4), 5)
    label(c, 0, -192, 158, 146, light(p.second, 0.8), dark(p.accent, 0.1), mark="drop")
    shine(c, "M-126 -196Q-134 -130 -128 -60", 11, 0.6)


@kind("honey_dip", 1.15)
def honey_dip(c: Canvas, p: Paint) -> None:
    """A dipper over a bowl, thread of honey, two cells of comb."""
    shadow(c, 320)
    d = turned(c, [(170, 130), (150, 60), (84, 12), (80, 0)], p.second)
    mouth(c, 170, 130, p.second, p.main)
    with c.clipped(d):
        c.rect(-190, -70, 380, 12, p.accent, opacity=0.7)
    c.stroke("M40 -250C36 -210 38 -180 34 -140", c.linear((0, light(p.main, 0.3)), (1, p.main)), 15)
    with c.group(42, -286, turn=24):
        c.stroke("M0 -60V-270", "#b98550", 17)
        for k in range(5):
            c.ellipse(0, -46 + k * 22, 46 - abs(k - 2) * 8, 14, c.linear((0, light("#b98550", 0.4)), (1, p.main)))
    for x, y in ((-196, 16), (-142, -14), (-142, 46)):
        hexagon = polygon(
            *(
                (x + a * 36, y + b * 36)
                for a, b in ((-1, 0), (-0.5, -0.87), (0.5, -0.87), (1, 0), (0.5, 0.87), (-0.5, 0.87))
            )
        )
        c.path(hexagon, c.linear((0, light(p.main, 0.5)), (1, p.main)), stroke=dark(p.main, 0.12), stroke_width=6)


@kind("rice_bag", 1.15)
def rice_bag(c: Canvas, p: Paint) -> None:
    shadow(c, 330)
    d = "M-150 -10C-176 -120 -150 -260 -112 -318Q0 -344 112 -318C150 -260 176 -120 150 -10Q0 20 -150 -10Z"
    c.path(d, c.linear((0, dark(p.main, 0.12)), (0.35, light(p.main, 0.4)), (1, dark(p.main, 0.24)), angle="right"))
    with c.clipped(d):
        weave = f'<path d="M0 4h8M4 0v8" stroke="{dark(p.main, 0.3)}" stroke-width="1" opacity=".3"/>'
        c.rect(-180, -340, 360, 360, c.pattern(8, 8, weave))
        c.rect(-180, -96, 360, 22, p.accent, opacity=0.85)
        c.rect(-180, -62, 360, 8, p.accent, opacity=0.85)
    c.path(
        "M-112 -318C-150 -372 -60 -402 0 -372C60 -402 150 -372 112 -318Q0 -344 -112 -318Z",
        c.linear((0, light(p.main, 0.3)), (1, dark(p.main, 0.15))),
    )
    c.stroke("M-114 -316Q0 -342 114 -316", p.accent, 12)
    label(c, 0, -274, 150, 158, light(p.second, 0.6), dark(p.accent, 0.1), mark="sun")
    c.path("M90 20Q150 -46 230 16Q160 40 90 20Z", light(p.second, 0.75))
    for k, (u, v) in enumerate(scatter(30, 2)):
        c.ellipse(
            84 + u * 160,
            14 - (1 - abs(2 * u - 1)) * 34 * v + v * 10,
            7,
            3,
            WHITE if k % 2 else light(p.second, 0.5),
            transform=f"rotate({k * 9 - 40} {84 + u * 160:.0f} 10)",
        )


@kind("nuts", 1.25)
def nuts(c: Canvas, p: Paint) -> None:
    """A wooden bowl of walnuts or dates."""
    shadow(c, 360)
    for k, (u, v) in enumerate(scatter(15, 3)):
        x, y = -140 + u * 280, -146 - v * 70 + abs(u - 0.5) * 90
        ball(c, x, y, 44, mix(p.main, p.second, 0.18 * (k % 3)), squash=0.86)
        c.stroke(
            f"M{at(x - 30, y - 6)}q16 -12 28 2t30 -2M{at(x - 22, y + 14)}q14 -8 24 0t20 -2",
            dark(p.main, 0.35),
            3,
            opacity=0.55,
        )
    d = turned_path([(200, 140), (178, 70), (96, 10), (90, 0)])
    body = "M-200 -140A200 34 0 0 0 200 -140C186 -70 130 -10 90 0Q0 14 -90 0C-130 -10 -186 -70 -200 -140Z"
    c.path(body, round_paint(c, p.accent))
    with c.clipped(d):
        for y in (-86, -56, -30):
            c.stroke(f"M-200 {y}Q0 {y + 40} 200 {y}", dark(p.accent, 0.3), 3, opacity=0.4)
    shine(c, "M-172 -98Q-156 -58 -120 -30", 9, 0.4)
    ball(c, 214, -18, 42, p.main, squash=0.86)


@kind("pumpkin", 1.25)
def pumpkin(c: Canvas, p: Paint) -> None:
    for x, y, s in ((88, -46, 0.86), (-66, 0, 1.1)):
        with c.group(x, y, scale=s):
            shadow(c, 330)
            for dx, w in ((-116, 66), (116, 66), (-70, 78), (70, 78), (0, 84)):
                paint = c.radial(
                    (0, light(p.main, 0.5)), (0.5, p.main), (1, dark(p.main, 0.36)), at=(0.36, 0.26), r=0.8
                )
                c.ellipse(dx, -110, w, 112 - abs(dx) * 0.18, paint)
            c.path(
                "M-20 -206Q-24 -250 -50 -270L-14 -284Q16 -250 22 -206Q0 -194 -20 -206Z",
                c.linear((0, light(p.accent, 0.2)), (1, dark(p.accent, 0.3)), angle="right"),
            )
            c.stroke("M20 -220C70 -270 96 -220 130 -250C150 -270 120 -286 112 -266", p.accent, 6)
            shine(c, "M-122 -150Q-110 -186 -80 -200", 10, 0.4)
    leaf(c, 60, -8, 120, -8, p.accent, broad=0.5)


@kind("lotus", 1.2)
def lotus(c: Canvas, p: Paint) -> None:
    """Lotus root, cut, with a pod and a bud."""
    c.stroke("M150 -10Q160 -190 210 -330", p.accent, 9)
    with c.group(210, -336, turn=16):
        for turn in (-38, 38, -18, 18, 0):
            c.path(
                "M0 20C-40 -20 -34 -84 0 -110C34 -84 40 -20 0 20Z",
                c.linear((0, "#f08ba0"), (1, "#fde3e4")),
                transform=f"rotate({turn})",
            )
    shadow(c, 420, reach=0.4)
    for x, y, w, h in ((-150, -86, 130, 84), (24, -74, 120, 76)):
        c.ellipse(
            x, y, w, h, c.radial((0, light(p.main, 0.7)), (0.6, p.main), (1, dark(p.main, 0.28)), at=(0.4, 0.25), r=0.8)
        )
        c.stroke(f"M{x - w * 0.6:.0f} {y - 20}q30 -14 60 -6", WHITE, 6, opacity=0.5)
    c.ellipse(-62, -80, 16, 54, dark(p.main, 0.25), opacity=0.5)
    for x, y in ((146, -28), (224, 12)):
        c.circle(x, y, 74, dark(p.main, 0.12))
        c.circle(x - 4, y - 4, 68, light(p.main, 0.6))
        c.circle(x - 4, y - 4, 12, dark(p.main, 0.45))
        for k in range(7):
            c.ellipse(
                0, -38, 11, 15, dark(p.main, 0.45), transform=f"translate({x - 4} {y - 4}) rotate({k * 51.4:.0f})"
            )


@kind("bottle", 1.1)
def bottle(c: Canvas, p: Paint) -> None:
    """Oil or vinegar in tall glass."""
    for x, y, s, colour in ((92, -30, 0.8, p.second), (-52, 10, 1.0, p.main)):
        with c.group(x, y, scale=s):
            shadow(c, 190)
            wall: Profile = [(34, 420), (34, 320), (46, 288), (94, 236), (96, 16), (86, 0)]
            d = turned(c, wall, colour, gloss=0.5)
            with c.clipped(d):
                c.rect(-100, -250, 200, 250, c.radial((0, light(colour, 0.5), 0.8), (1, colour, 0), at=(0.45, 0.6)))
            turned(c, [(36, 456), (38, 450), (38, 400)], "#b98a5e")
            label(c, 0, -206, 116, 150, "#fbf3e2", dark(p.accent, 0.1), mark="leaf")
            shine(c, "M-74 -210V-50M-22 -390V-330", 9, 0.6)
    for x, y in ((-196, 16), (-160, 32)):
        ball(c, x, y - 14, 24, dark(p.accent, 0.1))
        leaf(c, x, y - 34, 40, -60, p.accent)


@kind("milk", 1.15)
def milk(c: Canvas, p: Paint) -> None:
    """Two round-shouldered bottles: soy milk, yoghurt."""
    for x, y, colour in ((84, -30, p.second), (-74, 8, p.main)):
        with c.group(x, y):
            shadow(c, 190)
            d = turned(c, [(54, 330), (52, 290), (92, 220), (94, 20), (80, 0)], light(colour, 0.3), gloss=0.7)
            with c.clipped(d):
                c.rect(
                    -100,
                    -250,
                    200,
                    260,
                    c.linear(
                        (0, dark(colour, 0.12)), (0.3, light(colour, 0.6)), (1, dark(colour, 0.15)), angle="right"
                    ),
                )
            c.path("M-64 -322L-58 -360Q0 -376 58 -360L64 -322Q0 -304 -64 -322Z", round_paint(c, p.accent))
            label(c, 0, -180, 104, 104, p.accent, light(colour, 0.8), mark="drop")
            shine(c, "M-74 -200V-44", 9, 0.8)
    for u, v in scatter(10, 2):
        ball(c, 150 + u * 100, 14 + v * 26, 13, "#e2c98e", squash=0.8)


@kind("veg_box", 1.12)
def veg_box(c: Canvas, p: Paint) -> None:
    """The week's box."""
    shadow(c, 480, reach=0.5)
    for k in range(6):
        leaf(c, -130 + k * 10, -150, 190, -118 + k * 14, mix(p.accent, "#2f6b3a", 0.12 * k), broad=0.36)
    ball(c, -10, -196, 72, "#e0503c")
    for turn in (-150, -90, -30):
        leaf(c, -10, -258, 34, turn, p.accent, flat=True)
    c.path("M60 -150Q70 -330 118 -340Q164 -320 150 -150Z", round_paint(c, "#7a4b86"))
    c.path("M90 -326Q118 -370 150 -320L118 -312Z", p.accent)
    with c.group(196, -150, turn=18):
        c.path("M-34 0Q-40 -190 0 -200Q40 -190 34 0Z", round_paint(c, "#f08a3c"))
        for k in range(3):
            leaf(c, 0, -196, 84, -110 + k * 22, p.accent)
    ball(c, 66, -160, 52, "#e8c06a", squash=0.9)
    for y in (-150, -98, -46):
        c.path(
            f"M-238 {y}H238L{234 - 4} {y + 46}H-230Z", c.linear((0, light(p.second, 0.35)), (1, dark(p.second, 0.1)))
        )
    c.rect(-80, -112, 160, 84, light(p.main, 0.75), rx=6)
    c.circle(-26, -70, 24, p.main)
    leaf(c, 6, -56, 56, -34, p.accent)


@kind("chillies", 1.2)
def chillies(c: Canvas, p: Paint) -> None:
    """A braid of chillies."""
    c.stroke("M0 -470C14 -380 -14 -300 0 -60", p.second, 13)
    for k in range(13):
        side = -1 if k % 2 else 1
        y = -420 + k * 29
        with c.group(0, y, turn=side * (-34 - k % 3 * 12), flip=side < 0):
            c.path(
                "M0 0C40 -16 92 10 122 70C128 88 116 88 110 78C84 44 44 40 4 26Z",
                c.linear((0, light(p.main, 0.35)), (0.5, p.main), (1, dark(p.main, 0.3))),
            )
            c.path("M-8 0Q10 -20 24 0Q20 20 4 26Z", p.accent)
    c.stroke("M-20 -470C-40 -510 40 -510 20 -470", p.second, 9)


@kind("sunflowers", 1.0)
def sunflowers(c: Canvas, p: Paint) -> None:
    for x, y, r in ((-106, -380, 84), (110, -400, 80), (2, -310, 100)):
        c.stroke(f"M{x} {y}Q{x * 0.8:.0f} -200 {x * 0.2:.0f} -110", "#5c8a3e", 13)
        with c.group(x, y):
            for half, colour in enumerate((p.main, light(p.main, 0.3))):
                with c.stamped(*(place(0, 0, r / 100, k * 45 + half * 22.5) for k in range(8))):
                    c.path("M-20 -40Q0 -150 20 -40Z", colour)
            c.circle(0, 0, r * 0.56, c.radial((0, light(p.second, 0.2)), (0.6, p.second), (1, dark(p.second, 0.5))))
            c.circle(
                0, 0, r * 0.4, "none", stroke=light(p.second, 0.3), stroke_width=5, stroke_dasharray="3 7", opacity=0.7
            )
    leaf(c, -30, -170, 150, -150, "#5c8a3e", broad=0.42)
    leaf(c, 30, -180, 140, -24, "#6d9a48", broad=0.42)
    shadow(c, 220)
    d = turned(c, [(112, 190), (122, 170), (104, 20), (92, 0)], p.accent)
    with c.clipped(d):
        c.rect(-130, -110, 260, 20, light(p.accent, 0.4))
    c.path("M-112 -190A112 19 0 0 0 112 -190A112 10 0 0 1 -112 -190Z", SHADE, opacity=0.4)
