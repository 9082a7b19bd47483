"""A small SVG writer: short numbers, shared gradients, nothing that could run or fetch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SIZE: Final = 800

Stop = tuple[float, str] | tuple[float, str, float]
Value = str | float


def place(x: float, y: float, scale: float = 1, turn: float = 0) -> str:
    """A transform for `Canvas.stamped`."""
    turned = f"rotate({number(turn)})" if turn else ""
    return f"translate({number(x)} {number(y)}){turned}" + (f"scale({scale:g})" if scale != 1 else "")


def number(value: float) -> str:
    """Tenths where they show, whole pixels where they do not."""
    text = f"{value:.1f}".rstrip("0").rstrip(".") if abs(value) < 100 else f"{value:.0f}"  # noqa: PLR2004 - far out
    return "0" if text in {"", "-0"} else text


class Canvas:
    """Collects marks. Colours may be #rrggbb or what `linear`, `radial` and `pattern` gave back."""

    def __init__(self) -> None:
        self._defs: dict[str, str] = {}  # body -> id: the same gradient twice is written once
        self._marks: list[str] = []

    def svg(self, *, top: int = 0, width: int = SIZE, height: int = SIZE) -> bytes:
        """The whole sheet, or a band that begins at `top`."""
        defs = "".join(body.replace("§", name, 1) for body, name in self._defs.items())
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 {top} {width} {height}"'
            f' width="{width}" height="{height}">'
            f"<defs>{defs}</defs>{''.join(self._marks)}</svg>"
        ).encode()

    def linear(self, *stops: Stop, angle: str = "down") -> str:
        """A gradient over the mark's own box; `angle` is down, right or slope."""
        ends = {"down": 'x2="0" y2="1"', "right": "", "slope": 'x2="1" y2="1"', "rise": 'y1="1" x2="1" y2="0"'}[angle]
        return self._paint(f'<linearGradient id="§" {ends}>{_stops(stops)}</linearGradient>')

    def radial(self, *stops: Stop, at: tuple[float, float] = (0.5, 0.5), r: float = 0.5) -> str:
        place = f'cx="{at[0]:g}" cy="{at[1]:g}" r="{r:g}"'
        return self._paint(f'<radialGradient id="§" {place}>{_stops(stops)}</radialGradient>')

    def pattern(self, width: float, height: float, body: str, *, turn: float = 0) -> str:
        size = f'width="{number(width)}" height="{number(height)}" patternUnits="userSpaceOnUse"'
        turned = f' patternTransform="rotate({number(turn)})"' if turn else ""
        return self._paint(f'<pattern id="§" {size}{turned}>{body}</pattern>')

    def path(self, d: str, fill: str = "none", **attributes: Value) -> None:
        self._mark("path", {"d": d, "fill": fill, **attributes})

    def stroke(self, d: str, colour: str, width: float, **attributes: Value) -> None:
        """A round-ended line."""
        line: dict[str, Value] = {"stroke": colour, "stroke-width": width, "stroke-linecap": "round"}
        self._mark("path", {"d": d, "fill": "none", **line, "stroke-linejoin": "round", **attributes})

    def rect(self, x: float, y: float, width: float, height: float, fill: str, **attributes: Value) -> None:
        self._mark("rect", {"x": x, "y": y, "width": width, "height": height, "fill": fill, **attributes})

    def circle(self, x: float, y: float, r: float, fill: str, **attributes: Value) -> None:
        self._mark("circle", {"cx": x, "cy": y, "r": r, "fill": fill, **attributes})

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: str, **attributes: Value) -> None:
        self._mark("ellipse", {"cx": x, "cy": y, "rx": rx, "ry": ry, "fill": fill, **attributes})

    @contextmanager
    def group(
        self, x: float = 0, y: float = 0, *, scale: float = 1, turn: float = 0, flip: bool = False, opacity: float = 1
    ) -> Iterator[None]:
        moves = f"translate({number(x)} {number(y)})" if x or y else ""
        moves += f"rotate({number(turn)})" if turn else ""
        if scale != 1 or flip:
            moves += f"scale({-scale:g} {scale:g})" if flip else f"scale({scale:g})"
        faded = f' opacity="{opacity:g}"' if opacity != 1 else ""
        self._marks.append(f'<g transform="{moves}"{faded}>' if moves else f"<g{faded}>")
        yield
        self._marks.append("</g>")

    @contextmanager
    def clipped(self, d: str) -> Iterator[None]:
        """Marks inside show only within the path `d`."""
        name = self._define(f'<clipPath id="§"><path d="{d}"/></clipPath>')
        self._marks.append(f'<g clip-path="url(#{name})">')
        yield
        self._marks.append("</g>")

    @contextmanager
    def stamped(self, *places: str) -> Iterator[None]:
        """Marks inside are written once and shown at each of `places` (transforms), first to last."""
        name = f"s{len(self._marks)}"
        self._marks.append(f'<g transform="{places[0]}"><g id="{name}">')
        yield
        self._marks.append("</g></g>" + "".join(f'<use href="#{name}" transform="{place}"/>' for place in places[1:]))

    def _paint(self, body: str) -> str:
        return f"url(#{self._define(body)})"

    def _define(self, body: str) -> str:
        return self._defs.setdefault(body, f"d{len(self._defs)}")

    def _mark(self, tag: str, attributes: dict[str, Value]) -> None:
        written = (
            f'{name.replace("_", "-")}="{value if isinstance(value, str) else _fine(name, value)}"'
            for name, value in attributes.items()
        )
        self._marks.append(f"<{tag} {' '.join(written)}/>")


def _fine(name: str, value: float) -> str:
    return f"{value:g}" if "opacity" in name else number(value)


def _stops(stops: tuple[Stop, ...]) -> str:
    parts = []
    for stop in stops:
        clear = f' stop-opacity="{stop[2]:g}"' if len(stop) > 2 else ""  # noqa: PLR2004 - the optional third is opacity
        parts.append(f'<stop offset="{stop[0]:g}" stop-color="{stop[1]}"{clear}/>')
    return "".join(parts)
