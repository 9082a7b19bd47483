"""Every house rule catches its bad sample and leaves its good one alone; the tree itself has no finding."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools.lint.rules import RULES, Source, check  # noqa: E402 - the tools live outside the package

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


def _findings(rule: str, kind: str, place: str) -> list[str]:
    text = (SAMPLES / rule / f"{kind}.py").read_text()
    source = Source(path=Path(place), text=text, tree=ast.parse(text))
    return [finding.rule for finding in check(source)]


@pytest.mark.parametrize("rule", sorted(RULES))
def test_the_bad_sample_is_caught_and_the_good_one_is_not(rule: str) -> None:
    place = PLACES.get(rule, "src/quanshi/orders/sample.py")
    bad_place = "src/quanshi/orders/utils.py" if rule == "no-drawer-files" else place
    assert rule in _findings(rule, "bad", bad_place)
    assert _findings(rule, "good", place) == []


def test_an_exception_needs_a_reason() -> None:
    place = Path("src/quanshi/orders/sample.py")
    for comment, expected in (("# house: one-clock start-up only", []), ("# house: one-clock", ["one-clock"])):
        text = f"import time\n\nNOW = time.time()  {comment}\n"
        assert [f.rule for f in check(Source(path=place, text=text, tree=ast.parse(text)))] == expected
