"""Pictures: well-formed, small, silent and the same everywhere."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import quanshi.web.shop
from quanshi.demo.art import covers, logos
from quanshi.demo.art.canvas import Canvas, number
from quanshi.demo.art.colour import contrast, dark, light, mix
from quanshi.demo.art.forms import scatter, spline
from quanshi.demo.art.kinds import KINDS
from quanshi.demo.art.pictures import Picture, View, draw
from quanshi.demo.catalogue import read_shops

PICTURES = {
    f"{product.handle} {n}": picture.picture
    for shop in read_shops()
    for product in shop.products
    for n, picture in enumerate(product.pictures, 1)
}
DRAWABLE = {
    "svg", "defs", "linearGradient", "radialGradient", "stop", "pattern", "clipPath", "g", "path", "rect", "circle",
    "ellipse", "use",
}  # fmt: skip


@pytest.fixture(scope="module")
def drawn() -> dict[str, bytes]:
    return {name: draw(picture) for name, picture in PICTURES.items()}


def test_every_picture_is_well_formed_square_and_small(drawn: dict[str, bytes]) -> None:
    for name, svg in drawn.items():
        root = ET.fromstring(svg)  # noqa: S314 - our own bytes
        assert root.get("viewBox") == "0 0 800 800", name
        assert len(svg) < 12_000, f"{name} has {len(svg)} bytes"


def test_no_picture_can_run_or_fetch_anything(drawn: dict[str, bytes]) -> None:
    for name, svg in drawn.items():
        for element in ET.fromstring(svg).iter():  # noqa: S314 - our own bytes
            assert element.tag.removeprefix("{http://www.w3.org/2000/svg}") in DRAWABLE, name
            for attribute, value in element.attrib.items():
                assert not attribute.startswith("on"), f"{name}: {attribute}"
                assert attribute != "href" or value.startswith("#"), f"{name}: {value}"
                assert "url(" not in value or value.startswith("url(#"), f"{name}: {value}"


def test_every_reference_leads_to_a_part_of_the_same_picture(drawn: dict[str, bytes]) -> None:
    for name, svg in drawn.items():
        text = svg.decode()
        known = Counter(re.findall(r' id="([^"]+)"', text))
        assert max(known.values()) == 1, name
        assert set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', text)) <= {
            pair for one in known for pair in ((one, ""), ("", one))
        }, name


def test_the_same_picture_has_the_same_bytes(drawn: dict[str, bytes]) -> None:
    for name, picture in PICTURES.items():
        assert draw(picture) == drawn[name], name


def test_no_two_pictures_are_alike(drawn: dict[str, bytes]) -> None:
    assert len(set(drawn.values())) == len(drawn)


def test_the_first_pictures_show_many_kinds_of_things() -> None:
    first = [product.pictures[0].picture.kind for shop in read_shops() for product in shop.products]
    assert len(set(first)) >= 60
    assert set(first) <= set(KINDS)


def test_every_view_of_a_thing_differs() -> None:
    picture = PICTURES["storm-lantern 1"]
    paints = PICTURES["storm-lantern 4"].paints
    views = {draw(Picture(picture.stages, picture.scene, picture.palette, picture.kind, paints, view)) for view in View}
    assert len(views) == len(View)


def test_covers_are_what_the_shop_pages_serve() -> None:
    folder = Path(quanshi.web.shop.__file__).parent / "static" / "shop" / "covers"
    drawn = covers.files()
    assert {path.name for path in folder.iterdir()} == set(drawn)
    for name, svg in drawn.items():
        assert (folder / name).read_bytes() == svg, f"run `python -m quanshi.demo.art.covers {folder}`"
        assert len(svg) < 25_000


def test_logos_differ_and_are_square() -> None:
    marks = [logos.draw(shop.look, accent=shop.accent) for shop in read_shops()]
    assert {mark.size for mark in marks} == {(256, 256)}
    assert len({mark.tobytes() for mark in marks}) == 3


def test_accents_carry_white_words() -> None:
    for shop in read_shops():
        assert contrast(shop.accent, "#ffffff") >= 4.5, shop.slug


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert mix("#000000", "#ffffff", 0.5) == "#808080"
    assert contrast(light("#406080", 0.5), "#000000") > contrast(dark("#406080", 0.5), "#000000")


def test_numbers_are_short_and_never_minus_nothing() -> None:
    assert [number(n) for n in (0.04, -0.04, 12.25, 99.96, 1234.5, -7.0)] == ["0", "0", "12.2", "100", "1234", "-7"]


def test_a_gradient_used_twice_is_written_once() -> None:
    c = Canvas()
    assert c.linear((0, "#000000"), (1, "#ffffff")) == c.linear((0, "#000000"), (1, "#ffffff"))
    assert c.svg().count(b"<linearGradient") == 1


def test_scattered_points_keep_apart() -> None:
    points = sorted(scatter(40, 3))
    assert all(0 <= u < 1 and 0 <= v < 1 for u, v in points)
    assert all(b[0] - a[0] > 0.005 for a, b in pairwise(points))


def test_a_curve_goes_through_its_points() -> None:
    d = spline([(0, 0), (50, 80), (100, 0)])
    assert d.startswith("M0 0")
    assert d.count("C") == 2
    assert " 50 80C" in d
    assert d.endswith(" 100 0")
