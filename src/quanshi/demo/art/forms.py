"""Volumes under one light from the upper left: turned ware, balls, boxes, leaves, soft cloth, shadows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import cos, pi, sin

from quanshi.demo.art.canvas import Canvas, number
from quanshi.demo.art.colour import SHADE, WHITE, dark, light

Point = tuple[float, float]
Profile = Sequence[tuple[float, float]]  # (radius, height above the ground), from the top down

TILT = 0.17  # how far we look down on a round thing: the short axis of its rim


def at(x: float, y: float) -> str:
    return f"{number(x)} {number(y)}"


def polygon(*points: Point) -> str:
    return "M" + "L".join(at(*point) for point in points) + "Z"


def spline(points: Sequence[Point], *, closed: bool = False, move: bool = True) -> str:
    """A smooth curve through `points`. A point written twice is a corner.

    Source: Catmull-Rom as Bezier segments.
    """
    count = len(points)
    parts = ["M" + at(*points[0])] if move else []
    for i in range(count if closed else count - 1):
        before, here, there, after = (_pick(points, i + k, closed=closed) for k in (-1, 0, 1, 2))
        if here == there:
            continue
        one = (here[0] + (there[0] - before[0]) / 6, here[1] + (there[1] - before[1]) / 6)
        two = (there[0] - (after[0] - here[0]) / 6, there[1] - (after[1] - here[1]) / 6)
        parts.append(f"C{at(*one)} {at(*two)} {at(*there)}")
    return "".join(parts) + ("Z" if closed else "")


def _pick(points: Sequence[Point], i: int, *, closed: bool) -> Point:
    return points[i % len(points)] if closed else points[min(max(i, 0), len(points) - 1)]


def scatter(count: int, seed: int = 0) -> Iterator[Point]:
    """`count` points spread evenly over the unit square. Source: Roberts, the R2 sequence."""
    for i in range(count):
        n = i + 1 + seed * 7
        yield (0.5 + n * 0.7548776662) % 1, (0.5 + n * 0.5698402910) % 1


def blob(r: float, *, lobes: int = 7, swing: float = 0.1, seed: int = 0, squash: float = 1) -> str:
    """A rounded, slightly irregular outline about the origin."""
    points = []
    for i in range(lobes):
        turn = 2 * pi * i / lobes
        reach = r * (1 + swing * sin(i * 2.4 + seed * 1.7))
        points.append((reach * cos(turn), reach * sin(turn) * squash))
    return spline(points, closed=True)


def turned_path(profile: Profile, *, tilt: float = TILT) -> str:
    left = [(-r, -h) for r, h in profile]
    right = [(r, -h) for r, h in reversed(profile)]
    foot, mouth = profile[-1][0], profile[0][0]
    base = f"A{number(foot)} {number(foot * tilt)} 0 0 0 {at(*right[0])}"
    lip = f"A{number(mouth)} {number(mouth * tilt)} 0 0 0 {at(*left[0])}Z"
    return spline(left) + base + spline(right, move=False) + lip


def round_paint(c: Canvas, colour: str, *, gloss: float = 0.4) -> str:
    """Paint for anything round that stands upright."""
    return c.linear(
        (0, dark(colour, 0.2)),
        (0.16, colour),
        (0.32, light(colour, gloss)),
        (0.52, colour),
        (0.84, dark(colour, 0.3)),
        (1, dark(colour, 0.2)),
        angle="right",
    )


def turned(c: Canvas, profile: Profile, colour: str, *, gloss: float = 0.4, tilt: float = TILT) -> str:
    """A thing made on a wheel. Returns its outline, to decorate within."""
    d = turned_path(profile, tilt=tilt)
    c.path(d, round_paint(c, colour, gloss=gloss))
    with c.clipped(d):  # the ground takes light away near the foot
        r = max(r for r, _ in profile) + 4
        top = max(h for _, h in profile)
        c.rect(-r, -top * 0.45, 2 * r, top * 0.45 + r, c.linear((0, SHADE, 0), (1, SHADE, 0.22)))
    return d


def mouth(c: Canvas, r: float, h: float, rim: str, inside: str, *, lip: float = 0.06, tilt: float = TILT) -> None:
    """The open top of a turned thing: its lip and the dark or the liquid within."""
    c.ellipse(0, -h, r, r * tilt, c.linear((0, light(rim, 0.5)), (1, rim), angle="right"))
    paint = c.linear((0, dark(inside, 0.35)), (0.6, inside), (1, light(inside, 0.25)))
    c.ellipse(0, -h + r * 0.012, r * (1 - lip), r * (1 - lip) * tilt * 0.94, paint)


def shine(c: Canvas, d: str, width: float = 8, opacity: float = 0.55) -> None:
    c.stroke(d, WHITE, width, opacity=opacity)


def ball(c: Canvas, x: float, y: float, r: float, colour: str, *, squash: float = 1, deep: float = 0.38) -> None:
    """A round fruit or knob."""
    paint = c.radial(
        (0, light(colour, 0.55)), (0.38, colour), (0.8, dark(colour, deep * 0.6)), (1, dark(colour, deep)),
        at=(0.36, 0.3), r=0.75,
    )  # fmt: skip
    c.ellipse(x, y, r, r * squash, paint)


def box(c: Canvas, width: float, height: float, depth: float, colour: str, *, lid: str = "") -> str:
    """A box seen a little from above and from the left; its front stands on the ground. Returns the front's outline."""
    half, dx, dy = width / 2, depth * 0.62, depth * 0.36
    front = polygon((-half, 0), (half, 0), (half, -height), (-half, -height))
    c.path(polygon((half, 0), (half + dx, -dy), (half + dx, -height - dy), (half, -height)), dark(colour, 0.36))
    top = polygon((-half, -height), (half, -height), (half + dx, -height - dy), (-half + dx, -height - dy))
    c.path(top, c.linear((0, light(lid or colour, 0.2)), (1, light(lid or colour, 0.45)), angle="rise"))
    c.path(front, c.linear((0, light(colour, 0.12)), (1, dark(colour, 0.14)), angle="slope"))
    return front


def shadow(c: Canvas, width: float, *, x: float = 0, y: float = 0, reach: float = 1, strength: float = 0.42) -> None:
    """What a thing of `width` does to the light on the ground: a dark contact and a long fall to the right."""
    half = width / 2
    fall = c.linear((0, SHADE, strength * 0.62), (1, SHADE, 0), angle="right")
    long = width * 0.85 * reach
    c.path(
        f"M{at(x - half * 0.9, y + half * 0.05)}L{at(x + half * 0.2, y - half * 0.16)}"
        f"L{at(x + half + long, y - half * 0.1 + long * 0.16)}L{at(x + half * 0.9 + long, y + half * 0.2 + long * 0.2)}"
        f"L{at(x + half * 0.3, y + half * 0.2)}Z",
        fall,
    )
    soft = c.radial((0, SHADE, strength * 1.25), (0.55, SHADE, strength * 0.7), (1, SHADE, 0))
    c.ellipse(x + half * 0.1, y + half * 0.03, half * 1.16, half * 0.22 + 8, soft)


def leaf(
    c: Canvas, x: float, y: float, length: float, turn: float, colour: str, *, broad: float = 0.34, flat: bool = False
) -> None:
    """A leaf growing from (x, y); a flat one is cut from one sheet of paper."""
    with c.group(x, y, turn=turn):
        w = length * broad
        half = f"Q{at(length * 0.4, -w)} {at(length, 0)}"
        if flat:
            c.path(f"M0 0{half}Q{at(length * 0.45, w)} 0 0Z", colour)
            return
        c.path(f"M0 0{half}Q{at(length * 0.45, w)} 0 0Z", c.linear((0, light(colour, 0.25)), (1, dark(colour, 0.22))))
        c.path(f"M0 0{half}Q{at(length * 0.5, -w * 0.1)} 0 0Z", light(colour, 0.35), opacity=0.45)


def steam(c: Canvas, x: float, y: float, height: float, *, colour: str = WHITE) -> None:
    for i, (dx, grow) in enumerate(((-16, 0.8), (10, 1.0), (32, 0.66))):
        h = height * grow
        bend = 18 if i % 2 else -18
        d = f"M{at(x + dx, y)}C{at(x + dx + bend, y - h * 0.35)} {at(x + dx - bend, y - h * 0.6)} {at(x + dx, y - h)}"
        fade = c.linear((0, colour, 0), (0.5, colour, 1), (1, colour, 0.6))
        # a box without width has no gradient, so the curve keeps a bend
        c.stroke(d, fade, 7, opacity=0.5)


def label(
    c: Canvas, x: float, y: float, width: float, height: float, paper: str, ink: str, *, mark: str = "sun"
) -> None:
    """A paper label without letters: a mark and two rules stand for the words."""
    c.rect(x - width / 2, y, width, height, paper, rx=min(width, height) * 0.06)
    c.rect(
        x - width * 0.42,
        y + height * 0.05,
        width * 0.84,
        height * 0.9,
        "none",
        stroke=ink,
        stroke_width=1.6,
        opacity=0.5,
    )
    middle, r = y + height * 0.4, min(width, height) * 0.2
    if mark == "sun":
        c.circle(x, middle, r, ink)
        c.path(
            f"M{at(x - r * 1.5, middle + r * 0.5)}Q{at(x, middle - r * 0.4)} {at(x + r * 1.5, middle + r * 0.5)}"
            f"v{number(r)}H{number(x - r * 1.5)}Z",
            paper,
        )
    elif mark == "leaf":
        leaf(c, x - r, middle + r * 0.7, r * 2.6, -38, ink)
    elif mark == "peak":
        c.path(polygon((x - r * 1.5, middle + r), (x - r * 0.2, middle - r), (x + r * 1.4, middle + r)), ink)
        c.path(
            polygon((x - r * 0.6, middle - r * 0.35), (x - r * 0.2, middle - r), (x + r * 0.25, middle - r * 0.35)),
            paper,
        )
    elif mark == "drop":
        c.path(
            f"M{at(x, middle - r * 1.3)}q{at(r * 1.5, r * 2.4)} {at(0, r * 2.4)}q{at(-r * 1.5, 0)} {at(0, -r * 2.4)}Z",
            ink,
        )
    for i, share in enumerate((0.5, 0.32)):
        c.rect(
            x - width * share / 2,
            y + height * (0.7 + i * 0.1),
            width * share,
            max(2.0, height * 0.03),
            ink,
            rx=1.5,
            opacity=0.75,
        )
