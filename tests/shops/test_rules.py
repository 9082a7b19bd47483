from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanshi.shops import rules
from quanshi.shops.types import Permission, Role

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_every_role_opens_the_console_and_the_owner_may_all() -> None:
    assert all(Permission.VIEW_TODAY in permissions for permissions in rules.PERMISSIONS.values())
    assert set(rules.PERMISSIONS) == set(Role)
    assert rules.PERMISSIONS[Role.OWNER] == set(Permission)


def test_nobody_gives_a_role_above_their_own_and_most_give_none() -> None:
    given = {giver: {role for role in Role if rules.may_give(giver=giver, role=role)} for giver in Role}
    assert given.pop(Role.OWNER) == set(Role)
    assert given.pop(Role.MANAGER) == set(Role) - {Role.OWNER}
    assert set(map(len, given.values())) == {0}


@pytest.mark.parametrize(
    ("slug", "fault"),
    [
        ("ab", None),
        ("tea-house-2", None),
        ("a" * 48, None),
        ("a", "wrong_length"),
        ("", "wrong_length"),
        ("a" * 49, "wrong_length"),
        ("Tea", "wrong_characters"),
        ("tea house", "wrong_characters"),
        ("-tea", "wrong_characters"),
        ("tea-", "wrong_characters"),
        ("tea--house", "wrong_characters"),
        ("茶馆", "wrong_characters"),
        ("tea\n", "wrong_characters"),
        ("console", "reserved"),
        ("www", "reserved"),
    ],
)
def test_slug_fault(slug: str, fault: str | None) -> None:
    assert rules.slug_fault(slug) == fault


@given(st.text(max_size=120))
def test_slug_from_any_name_is_usable_or_empty(name: str) -> None:
    slug = rules.slug_from_name(name)
    assert slug == "" or rules.slug_fault(slug) is None


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Studio Nord", "studio-nord"),
        ("Café d'Été", "cafe-dete"),
        ("素然生活", ""),
        ("素然 Suran 生活", "suran"),
        ("Shop", ""),
    ],
)
def test_slug_from_name(name: str, slug: str) -> None:
    assert rules.slug_from_name(name) == slug


def test_contrast_matches_the_standard_examples() -> None:
    assert rules.contrast("#ffffff", "#000000") == pytest.approx(21)
    assert rules.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert rules.contrast("#ff0000", "#ffffff") == pytest.approx(4.0, abs=0.01)


@given(colours)
def test_words_on_any_accent_can_be_read(accent: str) -> None:
    theme = rules.theme(accent)
    assert rules.contrast(theme.ink, accent) >= 4.5
    for paper in ("#ffffff", "#f8f5f0", "#f0ebe3"):
        assert rules.contrast(theme.text_on_light, paper) >= 4.5
    for paper in ("#14110e", "#1f1b17", "#2a2520"):
        assert rules.contrast(theme.text_on_dark, paper) >= 4.5


@given(colours)
def test_an_accent_that_can_be_read_is_left_alone(accent: str) -> None:
    if rules.contrast(accent, "#f0ebe3") >= 4.5:
        assert rules.theme(accent).text_on_light == accent
        assert rules.theme(accent).ink == "#ffffff"


@pytest.mark.parametrize(
    ("text", "is_accent"),
    [("#d6402b", True), ("#D6402B", False), ("d6402b", False), ("#d6402", False), ("#d6402b;", False), ("red", False)],
)
def test_is_accent(text: str, is_accent: bool) -> None:  # noqa: FBT001 - a parameter of the table above
    assert rules.is_accent(text) is is_accent
