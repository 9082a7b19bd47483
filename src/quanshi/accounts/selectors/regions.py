"""China's provinces, cities and districts, as the npm package @vant/area-data lists them."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from quanshi.accounts.types import Place, Region

LIST: Final = Path("@vant/area-data/dist/index.cjs")
ENTRY: Final = re.compile(r'\b(\d{6}): ("(?:[^"\\]|\\.)*")')
NO_CITY: Final = "直辖县"  # stands where a province governs counties itself; no label of a parcel says it


@dataclass(frozen=True, slots=True)
class _Regions:
    provinces: tuple[Region, ...]
    cities: dict[str, tuple[Region, ...]]
    districts: dict[str, tuple[Region, ...]]
    by_text: dict[str, tuple[Region, ...]]


def provinces() -> tuple[Region, ...]:
    """All provinces, in the order of their codes. No query."""
    return _regions().provinces


def cities(*, province: str) -> tuple[Region, ...]:
    """The cities of a province; of a city that is governed directly, itself alone. Empty for no province. No query."""
    return _regions().cities.get(province, ())


def districts(*, city: str) -> tuple[Region, ...]:
    """The districts and counties of a city; empty for no city. No query."""
    return _regions().districts.get(city, ())


def place_of(*, code: str) -> Place | None:
    """Where the district of this code lies; None for no district. No query."""
    regions = _regions()
    for province in regions.provinces:
        if province.code[:2] != code[:2]:
            continue
        for city in regions.cities[province.code]:
            for district in regions.districts[city.code]:
                if district.code == code:
                    return Place(province, city, district, _text(province, city, district))
    return None


def places_in(*, text: str) -> tuple[Region, ...]:
    """The province, city and district that `text` names, written with or without spaces, or the first ones of them.

    Empty for what is written otherwise. For an address that was written by hand. No query.
    """
    return _regions().by_text.get("".join(text.split()), ())


def _text(province: Region, city: Region, district: Region) -> str:
    is_said = city.name != province.name and NO_CITY not in city.name
    return " ".join([province.name, *([city.name] if is_said else []), district.name])


@lru_cache(maxsize=1)
def _regions() -> _Regions:
    path = Path(settings.NODE_MODULES) / LIST
    try:
        entries = ENTRY.findall(path.read_text())
    except FileNotFoundError:
        raise ImproperlyConfigured(f"no list of China's regions at {path}; run `make setup`") from None
    names = {code: str(json.loads(name)) for code, name in entries}
    by_city = defaultdict[str, list[Region]](list)
    by_province = defaultdict[str, list[Region]](list)
    for code, name in sorted(names.items()):
        if not code.endswith("00"):
            by_city[f"{code[:4]}00"].append(Region(code, name))
        elif not code.endswith("0000"):
            by_province[f"{code[:2]}0000"].append(Region(code, name))
    for province, its in by_province.items():
        if its[0].name == names[province]:  # governed directly: one city, whatever its districts are filed under
            by_city[its[0].code] = [one for city in its for one in by_city[city.code]]
            del its[1:]
    provinces = tuple(Region(code, names[code]) for code in sorted(by_province))
    by_text: dict[str, tuple[Region, ...]] = {}
    for one in provinces:
        by_text[one.name] = (one,)
        for city in by_province[one.code]:
            by_text.setdefault(one.name + city.name, (one, city))
            for district in by_city[city.code]:
                found = (one, city, district)
                by_text[one.name + city.name + district.name] = found
                by_text[_text(*found).replace(" ", "")] = found
    return _Regions(
        provinces=provinces,
        cities={province: tuple(its) for province, its in by_province.items()},
        districts={city: tuple(its) for city, its in by_city.items()},
        by_text=by_text,
    )
