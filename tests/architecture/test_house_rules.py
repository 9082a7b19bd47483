"""Every house rule catches its bad sample and leaves its good one alone; the tree itself has no finding."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools.lint.rules import COMMENTS, MAX_LINES, RULES, Source, check  # noqa: E402 - the tools live outside the package

SAMPLES = Path(__file__).parent / "samples"
# where a rule looks: most product rules only read src/, and some only one kind of file
PLACES = {
    "services-name-their-arguments": "src/quanshi/orders/services.py",
    "staff-work-is-recorded": "src/quanshi/catalog/services.py",
    "keys-point-down-quietly": "src/quanshi/stock/models.py",
    "views-are-synchronous": "src/quanshi/web/views.py",
    "tests-can-fail": "tests/test_sample.py",
    "no-mocks": "tests/test_sample.py",
}


def _findings(rule: str, sample: str, place: str) -> list[str]:
    path = Path(place).with_suffix(Path(sample).suffix)
    return [finding.rule for finding in check(Source.of(path=path, text=(SAMPLES / rule / sample).read_text()))]


@pytest.mark.parametrize(("rule", "suffix"), [*((rule, ".py") for rule in sorted(RULES)), ("short-files", ".css")])
def test_the_bad_sample_is_caught_and_the_good_one_is_not(rule: str, suffix: str) -> None:
    place = PLACES.get(rule, "src/quanshi/orders/sample.py")
    bad_place = "src/quanshi/orders/utils.py" if rule == "no-drawer-files" else place
    assert rule in _findings(rule, f"bad{suffix}", bad_place)
    assert _findings(rule, f"good{suffix}", place) == []


def test_an_exception_needs_a_reason() -> None:
    place = Path("src/quanshi/orders/sample.py")
    for comment, expected in (("# house: one-clock start-up only", []), ("# house: one-clock", ["one-clock"])):
        text = f"import time\n\nNOW = time.time()  {comment}\n"
        assert [f.rule for f in check(Source.of(path=place, text=text))] == expected


@pytest.mark.parametrize("suffix", COMMENTS)
@pytest.mark.parametrize(("reason", "expected"), [(" one table", []), ("", ["short-files"]), (None, ["short-files"])])
def test_a_long_file_of_each_kind_gives_its_reason_in_a_comment_of_its_own(
    suffix: str, reason: str | None, expected: list[str]
) -> None:
    end = {".css": " */", ".html": " #}"}.get(suffix, "")
    first = "" if reason is None else f"{COMMENTS[suffix]} house: short-files{reason}{end}"
    source = Source.of(path=Path(f"src/quanshi/web/sample{suffix}"), text=first + "\n" * (MAX_LINES + 1))
    assert [finding.rule for finding in check(source)] == expected
