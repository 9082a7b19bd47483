from __future__ import annotations

import gettext
from pathlib import Path

import pytest

from quanshi.config import artifacts

PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

msgid "cup"
msgstr "{word}"
"""


def test_catalogues_are_compiled_when_they_are_newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifacts, "PACKAGE", tmp_path)
    source = tmp_path / "shop" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(PO.format(word="杯"))
    assert artifacts.compile_messages() == 1
    assert artifacts.compile_messages() == 0
    compiled = source.with_suffix(".mo")
    with compiled.open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("cup") == "杯"
    source.write_text(PO.format(word="杯子"))
    assert artifacts.compile_messages() == 1
    assert [path.name for path in source.parent.iterdir() if ".mo." in path.name] == []


def test_every_catalogue_of_ours_compiles() -> None:
    sources = list(artifacts.PACKAGE.rglob("locale/*/LC_MESSAGES/*.po"))
    assert sources
    artifacts.compile_messages()
    assert all(source.with_suffix(".mo").exists() for source in sources)
