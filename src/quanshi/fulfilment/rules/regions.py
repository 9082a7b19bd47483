"""Where an address lies: the GB 2260 codes of its province and city, from the region as people write it.

The list is the address book's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from babel import Locale

from quanshi.accounts import selectors as accounts

CHINA: Final = "CN"
ENGLISH: Final[Mapping[str, str]] = {
    "110000": "Beijing", "120000": "Tianjin", "130000": "Hebei", "140000": "Shanxi", "150000": "Inner Mongolia",
    "210000": "Liaoning", "220000": "Jilin", "230000": "Heilongjiang", "310000": "Shanghai", "320000": "Jiangsu",
    "330000": "Zhejiang", "340000": "Anhui", "350000": "Fujian", "360000": "Jiangxi", "370000": "Shandong",
    "410000": "Henan", "420000": "Hubei", "430000": "Hunan", "440000": "Guangdong", "450000": "Guangxi",
    "460000": "Hainan", "500000": "Chongqing", "510000": "Sichuan", "520000": "Guizhou", "530000": "Yunnan",
    "540000": "Tibet", "610000": "Shaanxi", "620000": "Gansu", "630000": "Qinghai", "640000": "Ningxia",
    "650000": "Xinjiang", "710000": "Taiwan", "810000": "Hong Kong", "820000": "Macao",
}  # fmt: skip
ALSO: Final[Mapping[str, str]] = {"xizang": "540000", "macau": "820000", "neimenggu": "150000"}
# regions with a country code of their own: an address may name them by either
COUNTRY_CODES: Final[Mapping[str, str]] = {"TW": "710000", "HK": "810000", "MO": "820000"}
PEOPLES: Final = (
    "藏族|羌族|彝族|朝鲜族|土家族|苗族|布依族|侗族|哈尼族|傣族|白族|壮族|景颇族|傈僳族|回族|蒙古族|蒙古|哈萨克|柯尔克孜"
)
_PROVINCE_KIND: Final = re.compile(r"(?:特别行政区|(?:维吾尔|壮族|回族)?自治区|省|市)$")
_CITY_KIND: Final = re.compile(rf"(?:(?:{PEOPLES})*自治州|地区|盟|市)$")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_CODE: Final = re.compile(r"[0-9]{6}")
_ENGLISH_CODES: Final = {name.lower(): code for code, name in ENGLISH.items()} | dict(ALSO)
_ENGLISH_WORDS: Final = re.compile(rf"\b({'|'.join(sorted(_ENGLISH_CODES, key=len, reverse=True))})\b")


@dataclass(frozen=True, slots=True)
class _Names:
    """What provinces and cities are called, by code, and the codes by name."""

    provinces: Mapping[str, str]
    cities: Mapping[str, str]  # and the counties right below a province, whose codes say 90
    short: Mapping[str, str]
    codes: tuple[Mapping[str, str], ...]  # full names first: 吉林市 is a city, 吉林 alone the province
    longest: int


@lru_cache(maxsize=8192)
def place_of(*, region: str, country: str) -> tuple[str, ...]:
    """Codes of what the address lies in, the smallest first; the country alone where the region says nothing known."""
    if country != CHINA:
        return (country, COUNTRY_CODES[country]) if country in COUNTRY_CODES else (country,)
    text = "".join(region.split()).removeprefix("中国")
    code, rest = _begins(text)
    if not code and (found := _ENGLISH_WORDS.search(region.lower())):
        code = _ENGLISH_CODES[found.group()]
    if not code:
        return (CHINA,)
    names = _names()
    if code in names.cities:
        return (code, _province(code), CHINA)
    city = _city_in(code, rest.removeprefix(names.provinces[code].removeprefix(names.short[code])))
    return (city, code, CHINA) if city else (code, CHINA)


def code_of(name: str) -> str | None:
    """The code that a person means by a name, a GB code or a country's ISO code; None where nobody could say."""
    plain = " ".join(name.split())
    if _CODE.fullmatch(plain):
        return plain if plain in _names().short else None
    if _COUNTRY.fullmatch(plain):
        return COUNTRY_CODES.get(plain, plain) if plain in _countries("en") else None
    exact = (codes[plain] for codes in _names().codes if plain in codes)
    return next(exact, None) or _ENGLISH_CODES.get(plain.lower()) or _country_named(plain)


def name_of(code: str, *, locale: str) -> str:
    """A code as people call it; cities have their Chinese name in every language."""
    if code in (short := _names().short):
        return short[code] if locale.startswith("zh") or code not in ENGLISH else ENGLISH[code]
    return _countries(locale).get(code, code)


def names_of(codes: Iterable[str], *, locale: str) -> tuple[str, ...]:
    return tuple(name_of(code, locale=locale) for code in codes)


def _begins(text: str) -> tuple[str, str]:
    """The province or city whose name the text begins with, and what follows it."""
    names = _names()
    for codes in names.codes:
        for length in range(min(names.longest, len(text)), 1, -1):
            if (code := codes.get(text[:length])) is not None:
                return code, text[length:]
    return "", text


def _city_in(province: str, text: str) -> str:
    """The city of the province that the text begins with; by its whole name before its short one."""
    inside = [code for code in _names().cities if code.startswith(province[:2])]
    for names in (_names().cities, _names().short):
        found = [code for code in inside if text.startswith(names[code])]
        if found:
            return max(found, key=lambda code: len(names[code]))
    return ""


def _province(city: str) -> str:
    return f"{city[:2]}0000"


@lru_cache(maxsize=1)
def _names() -> _Names:
    provinces = {one.code: one.name for one in accounts.provinces()}
    cities = dict[str, str]()
    for province, name in provinces.items():
        for city in accounts.cities(province=province):
            if city.code[2:4] == "90":
                cities |= {one.code: one.name for one in accounts.districts(city=city.code)}
            elif city.name != name:  # a city that is governed directly is a province
                cities[city.code] = city.name
    short_provinces = {code: _PROVINCE_KIND.sub("", name) for code, name in provinces.items()}
    short_cities = {code: _CITY_KIND.sub("", name) for code, name in cities.items()}
    by_name = tuple(
        {name: code for code, name in names.items()} for names in (provinces, cities, short_provinces, short_cities)
    )
    longest = max(len(name) for codes in by_name for name in codes)
    return _Names(provinces, cities, short_provinces | short_cities, by_name, longest)


@lru_cache(maxsize=8)
def _countries(locale: str) -> Mapping[str, str]:
    return {c: n for c, n in Locale.parse(locale, sep="-").territories.items() if _COUNTRY.fullmatch(c)}


def _country_named(name: str) -> str | None:
    for locale in ("zh-hans", "en"):
        for code, known in _countries(locale).items():
            if known.lower() == name.lower():
                return COUNTRY_CODES.get(code, code)
    return None
