"""Where an address lies, which zone that is, and what it costs."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanshi.fulfilment.rules import freight, regions
from quanshi.fulfilment.types import FreightGoods, Measure, TemplateView, Zone
from quanshi.kernel import ids

REGIONS_FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "catalogue" / "regions.csv"
NO_CITIES = {
    "市辖区",
    "县",
    "省直辖县级行政区划",
    "自治区直辖县级行政区划",
    "莱芜市",
}  # the last became a part of Jinan
SHOP = ids.new_id()
ZHEJIANG, HANGZHOU, XINJIANG = "330000", "330100", "650000"


def template(*zones: Zone, measure: Measure = Measure.COUNT, refused: tuple[str, ...] = ()) -> TemplateView:
    return TemplateView(
        id=ids.new_id(), shop_id=SHOP, name="Post", measure=measure, is_default=True, zones=zones, refused=refused
    )


def goods(units: int, *, grams: int = 0, amount_minor: int = 0) -> FreightGoods:
    return FreightGoods(shop_id=SHOP, product_id=SHOP, title="Cup", units=units, grams=grams, amount_minor=amount_minor)


@pytest.mark.parametrize(
    ("region", "country", "place"),
    [
        ("浙江省 杭州市 西湖区", "CN", (HANGZHOU, ZHEJIANG, "CN")),
        ("浙江杭州西湖区", "CN", (HANGZHOU, ZHEJIANG, "CN")),
        ("杭州市西湖区", "CN", (HANGZHOU, ZHEJIANG, "CN")),
        ("中国 浙江省", "CN", (ZHEJIANG, "CN")),
        ("北京市朝阳区", "CN", ("110000", "CN")),
        ("吉林市", "CN", ("220200", "220000", "CN")),  # the city, not the province of the same name
        ("吉林 长春", "CN", ("220100", "220000", "CN")),
        ("新疆维吾尔自治区 伊犁哈萨克自治州", "CN", ("654000", XINJIANG, "CN")),
        ("新疆 石河子市", "CN", ("659001", XINJIANG, "CN")),
        ("湖北 恩施", "CN", ("422800", "420000", "CN")),
        ("Xihu District, Hangzhou, Zhejiang", "CN", (ZHEJIANG, "CN")),
        ("somewhere", "CN", ("CN",)),
        ("Hong Kong", "HK", ("HK", "810000")),
        ("London", "GB", ("GB",)),
    ],
)
def test_an_address_lies_in_its_city_and_province(region: str, country: str, place: tuple[str, ...]) -> None:
    assert regions.place_of(region=region, country=country) == place


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("新疆", XINJIANG),
        ("650000", XINJIANG),
        ("Xinjiang", XINJIANG),
        ("杭州", HANGZHOU),
        ("海南", "460000"),  # the province, not the prefecture in Qinghai
        ("香港", "810000"),
        ("英国", "GB"),
        ("GB", "GB"),
        ("HK", "810000"),  # one code for one region: an address names it by either
        ("000000", None),
        ("ZX", None),
        ("杭洲", None),
    ],
)
def test_a_name_or_code_means_one_region_or_nothing(name: str, code: str | None) -> None:
    assert regions.code_of(name) == code


@pytest.mark.skipif(not REGIONS_FILE.exists(), reason="the list of real regions is not here")
def test_every_real_province_and_city_is_found_as_a_parcel_would_name_it() -> None:
    rows = {row["id"]: row for row in csv.DictReader(REGIONS_FILE.read_text(encoding="utf-8").splitlines())}
    missed = []
    for row in rows.values():
        if row["level"] != "2" or row["name"] in NO_CITIES:
            continue
        province = rows[row["parent_id"]]
        place = regions.place_of(region=f"{province['name']} {row['name']}", country="CN")
        if len(place) != 3 or place[1] != province["gb_code"]:
            missed.append((row["name"], place))
    assert missed == []


def test_the_smallest_region_that_is_named_decides() -> None:
    else_, near, city = (
        Zone(first_minor=900),
        Zone(regions=(ZHEJIANG,), first_minor=500),
        Zone(regions=("650100",), first_minor=2500),
    )
    found = template(else_, near, city, refused=(XINJIANG, HANGZHOU))
    assert freight.zone_for(found, place=("CN",)) is else_
    assert freight.zone_for(found, place=("330200", ZHEJIANG, "CN")) is near
    assert freight.zone_for(found, place=(HANGZHOU, ZHEJIANG, "CN")) is None
    assert freight.zone_for(found, place=("650100", XINJIANG, "CN")) is city
    assert freight.zone_for(found, place=("650200", XINJIANG, "CN")) is None


def test_without_a_zone_for_everywhere_else_goods_go_to_the_named_regions_alone() -> None:
    found = template(Zone(regions=("CN",), first_minor=600))
    assert freight.zone_for(found, place=(HANGZHOU, ZHEJIANG, "CN")) is found.zones[0]
    assert freight.zone_for(found, place=("GB",)) is None


@pytest.mark.parametrize(("grams", "minor"), [(0, 1000), (1000, 1000), (1001, 1300), (1500, 1300), (1501, 1600)])
def test_each_further_unit_that_is_begun_is_charged(grams: int, minor: int) -> None:
    zone = Zone(first_units=1000, first_minor=1000, next_units=500, next_minor=300)
    assert freight.charge(template(zone, measure=Measure.WEIGHT), zone, [goods(1, grams=grams)]).minor == minor


@pytest.mark.parametrize(
    ("lines", "due"),
    [
        ([goods(1, amount_minor=9899)], 600),
        ([goods(1, amount_minor=9900)], 0),
        ([goods(1, amount_minor=5000), goods(1, amount_minor=4900)], 0),
        ([goods(4)], 900),
        ([goods(3), goods(2)], 0),
    ],
)
def test_freight_is_free_from_the_amount_or_the_count_of_its_own_goods(lines: list[FreightGoods], due: int) -> None:
    zone = Zone(first_minor=600, next_minor=100, free_from_minor=9900, free_from_count=5)
    charge = freight.charge(template(zone), zone, lines)
    assert charge.minor - charge.waived_minor == due


zones = st.builds(
    Zone,
    first_units=st.integers(1, 5000),
    first_minor=st.integers(0, 10_000),
    next_units=st.integers(1, 5000),
    next_minor=st.integers(0, 10_000),
    free_from_minor=st.none() | st.integers(0, 50_000),
    free_from_count=st.none() | st.integers(1, 20),
)
parcels = st.lists(
    st.builds(goods, st.integers(1, 99), grams=st.integers(0, 9000), amount_minor=st.integers(0, 30_000)), min_size=1
)


@given(zones, st.sampled_from(Measure), parcels, parcels)
def test_more_goods_never_cost_less_before_they_are_free_and_free_stays_free(
    zone: Zone, measure: Measure, some: list[FreightGoods], more: list[FreightGoods]
) -> None:
    found = template(zone, measure=measure)
    before, after = freight.charge(found, zone, some), freight.charge(found, zone, some + more)
    assert 0 <= before.minor <= after.minor
    assert before.waived_minor in {0, before.minor}
    if before.waived_minor == before.minor:  # free, by a rule or because it costs nothing
        assert after.waived_minor == after.minor or before.minor == 0


@given(zones, st.sampled_from(Measure), parcels)
def test_freight_does_not_depend_on_how_goods_are_split_into_lines(
    zone: Zone, measure: Measure, some: list[FreightGoods]
) -> None:
    found = template(zone, measure=measure)
    whole = goods(
        sum(line.units for line in some),
        grams=sum(line.grams for line in some),
        amount_minor=sum(line.amount_minor for line in some),
    )
    assert freight.charge(found, zone, some) == freight.charge(found, zone, [whole])
