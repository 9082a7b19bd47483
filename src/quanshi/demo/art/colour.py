"""Mixing colours written as #rrggbb."""

from __future__ import annotations

from typing import Final

WHITE: Final = "#ffffff"
INK: Final = "#1c1a22"
SHADE: Final = "#2a1f3d"  # shadows lean to violet, so that colours stay clean in the dark
SUN: Final = "#fff3dc"  # and lights lean to the sun


def mix(one: str, other: str, share: float) -> str:
    """`share` of `other` in `one`: 0 is `one`, 1 is `other`."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def light(colour: str, share: float) -> str:
    return mix(colour, SUN, share)


def dark(colour: str, share: float) -> str:
    return mix(colour, SHADE, share)


def contrast(one: str, other: str) -> float:
    """Source: WCAG 2.2, "contrast ratio"."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def _luminance(colour: str) -> float:
    low_end = 0.04045
    linear = [v / 12.92 if v <= low_end else ((v + 0.055) / 1.055) ** 2.4 for v in (c / 255 for c in _channels(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
