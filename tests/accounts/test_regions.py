from __future__ import annotations

import csv
from pathlib import Path

import pytest

from quanshi.accounts import selectors

REGIONS = Path(__file__).resolve().parents[3] / "shared/data/catalogue/regions.csv"
GOVERNED_DIRECTLY = {"北京市", "天津市", "上海市", "重庆市"}


def test_every_province_leads_to_districts() -> None:
    provinces = selectors.provinces()
    assert len(provinces) == 34
    for province in provinces:
        cities = selectors.cities(province=province.code)
        assert cities, province
        assert all(selectors.districts(city=city.code) for city in cities), province
        assert (len(cities) == 1 and cities[0].name == province.name) == (province.name in GOVERNED_DIRECTLY)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("330106", "浙江省 杭州市 西湖区"),
        ("110101", "北京市 东城区"),  # the city is the province, and is said once
        ("500240", "重庆市 石柱土家族自治县"),  # filed under another number than the districts of the same city
        ("429004", "湖北省 仙桃市"),  # governed by the province itself
    ],
)
def test_a_label_says_what_a_parcel_needs(code: str, text: str) -> None:
    place = selectors.place_of(code=code)
    assert place is not None
    assert place.text == text
    assert [one.code for one in selectors.places_in(text=text)] == [place.province.code, place.city.code, code]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("浙江省杭州市西湖区", ["浙江省", "杭州市", "西湖区"]),
        ("北京市 北京市 东城区", ["北京市", "北京市", "东城区"]),
        ("浙江省 杭州市", ["浙江省", "杭州市"]),
        ("广东省", ["广东省"]),
        ("吉林省 吉林市", ["吉林省", "吉林市"]),
        ("浙江省 杭州市 没有区", []),
        ("London", []),
        ("", []),
    ],
)
def test_what_was_written_by_hand_is_understood(text: str, names: list[str]) -> None:
    assert [one.name for one in selectors.places_in(text=text)] == names


@pytest.mark.parametrize("code", ["", "330100", "330000", "000000", "33010", "西湖区"])
def test_only_a_district_is_a_place(code: str) -> None:
    assert selectors.place_of(code=code) is None


def test_it_knows_the_districts_of_a_real_shop() -> None:
    """An older list of 2,856: nearly all of them still exist; the rest were renamed or joined."""
    if not REGIONS.exists():
        pytest.skip(f"no list of regions at {REGIONS}")
    with REGIONS.open(encoding="utf-8") as file:
        known = [row for row in csv.DictReader(file) if row["level"] == "3"]
    found = [row for row in known if selectors.place_of(code=row["gb_code"]) is not None]
    assert len(found) > 0.9 * len(known)
