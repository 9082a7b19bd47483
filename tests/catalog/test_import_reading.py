from __future__ import annotations

import io
from pathlib import Path

import pytest

from quanshi.catalog.errors import FileRefused
from quanshi.catalog.rules.rows import RawRow
from quanshi.catalog.services.reading import ProductFile, open_source
from quanshi.catalog.services.sources import rows_of
from quanshi.catalog.services.texts import find_encoding
from tests.support.product_lists import COLUMNS, product_list, real_list, simple

CHINESE = "居家 床品 轻奢纯棉刺绣水洗四件套"


def read(data: bytes) -> list[list[RawRow]]:
    with rows_of(file=io.BytesIO(data)) as rows:
        return list(ProductFile(rows).products())


def lines(data: bytes) -> list[tuple[int, str, bool]]:
    """Line, handle and whether the row is whole."""
    return [(row.line, row.handle, row.damage is None) for group in read(data) for row in group]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_what_chinese_spreadsheets_write_is_read(encoding: str) -> None:
    data = product_list(simple("cup", Title=CHINESE)).decode().encode(encoding)

    assert [row.cells["Title"] for (row,) in read(data)] == [CHINESE]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (product_list(simple("cup")).decode().encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04anything", "workbook"),
        (product_list(simple("cup", Title="Café crème brûlée")).decode().encode("latin-1"), "neither UTF-8 nor"),
        (b"\xff\xfe\xfa" * 50, "UTF-16"),
        (b"Handle;Title;Variant Price\na;b;1\n", "separated by commas"),
        (b"Handle,Title\na,b\n", "Option1 Name, Option1 Value, Variant Price"),
        (b"\n\n", "no header row"),
        (b"Handle,Title,Title,Option1 Name,Option1 Value,Variant Price\n", "twice"),
        (b'Handle,"Title,Option1 Name\n', "quotation mark"),
    ],
)
def test_what_is_no_product_list_is_refused_with_what_to_do(data: bytes, reason: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read(data)
    assert reason in str(refused.value.details["reason"])


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused), open_source(source=tmp_path / "none.csv"):
        pass


def test_one_broken_byte_does_not_make_a_chinese_file_another_encoding() -> None:
    data = product_list(simple("cup", Title=CHINESE), simple("mug", Title="Caf\udce9"))

    assert find_encoding(file=io.BytesIO(data)) == "utf-8"


def test_the_real_chinese_file_is_recognised_in_both_encodings() -> None:
    text = real_list("yanxuan.shopify.csv").read_bytes()

    assert find_encoding(file=io.BytesIO(text)) == "utf-8"
    assert find_encoding(file=io.BytesIO(text.decode().encode("gb18030"))) == "gb18030"


def test_the_marks_of_joined_files_are_passed_over() -> None:
    data = b"\xef\xbb\xbf\xef\xbb\xbf" + product_list(simple("cup"))

    assert lines(data) == [(2, "cup", True)]


def test_headers_are_known_in_any_case_and_others_ignored() -> None:
    data = b"handle , TITLE,option1 name,OPTION1 VALUE,variant price,Colour of the box\ncup,Cup,,,1,red\n"

    assert dict(read(data)[0][0].cells) == {"Handle": "cup", "Title": "Cup", "Variant Price": "1"}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_an_editor_counts_them(newline: str) -> None:
    data = product_list(
        simple("a", **{"Body (HTML)": "one\ntwo\nthree"}), "\n", "," * (len(COLUMNS) - 1) + "\n", simple("b")
    ).replace(b"\n", newline.encode())

    assert lines(data) == [(2, "a", True), (7, "b", True)]


def test_rows_of_one_product_come_together_from_wherever_they_stand() -> None:
    data = product_list(*(simple(handle, Title=str(n)) for n, handle in enumerate("abacabca")))

    groups = [[(row.line, row.handle) for row in group] for group in read(data)]
    assert groups == [
        [(3, "b"), (7, "b")],
        [(5, "c"), (8, "c")],
        [(2, "a"), (4, "a"), (6, "a"), (9, "a")],
    ]


def test_a_lost_quotation_mark_takes_its_own_row_only() -> None:
    data = product_list(
        simple("a"),
        'b,"Lost,,,,,,,,,,,,,1,,,,\n',
        simple("c", **{"Body (HTML)": "<p>has\na break</p>"}),
        simple("d"),
    )

    assert lines(data) == [(2, "a", True), (3, "b", False), (4, "c", True), (6, "d", True)]


def test_a_lost_mark_that_the_next_rows_close_by_chance_is_noticed() -> None:
    data = product_list(simple("a"), 'b,B,,"Lost,,,,,,,,,,,1,,,,\n', simple("c"), 'd,D,,Found",,,,,,,,,,,1,,,,\n')

    # line 5 reads as a row by itself: a quotation mark inside a value is only a mark
    assert lines(data) == [(2, "a", True), (3, "b", False), (4, "c", True), (5, "d", True)]


def test_a_broken_row_of_several_lines_is_told_once() -> None:
    data = product_list(
        'a,A,"<p>one\n<b>5" screen</b>\n</p>",,,,,,,,,,,,1,,,,\n',
        simple("b"),
    )

    assert lines(data) == [(2, "a", False), (5, "b", True)]


def test_a_mark_lost_at_the_end_of_the_file_takes_its_own_row_only() -> None:
    data = product_list(simple("a"), 'b,"B,,,,,,,,,,,,,1,,,,\n', simple("c"), simple("d"))

    assert lines(data) == [(2, "a", True), (3, "b", False), (4, "c", True), (5, "d", True)]


def test_a_row_longer_than_a_megabyte_is_told_and_passed_over() -> None:
    data = product_list(simple("a"), 'b,"' + "x" * 3_000_000 + '",,\n', simple("c"))

    found = lines(data)
    assert found[0] == (2, "a", True)
    assert found[-1][1:] == ("c", True)
    assert found[1] == (3, "b", False)
