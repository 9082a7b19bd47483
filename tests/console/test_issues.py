"""Import problems in the reader's language."""

from __future__ import annotations

import pytest
from django.utils import translation

from quanshi.web.console import issues


@pytest.mark.parametrize(
    ("reason", "chinese"),
    [
        ("is missing", "没有填"),
        ("is missing; the product has the option 'Colour'", "没有填；这件商品有规格 'Colour'"),
        ("the row has 3 columns, the header has 12", "这一行有 3 列，表头有 12 列"),
        ("picture: the host's name is unknown", "图片：找不到图片服务器的域名"),
        ("picture: is larger than 10 MB", "图片：超过 10 MB"),
        ("the file these columns are missing: Handle, Title", "文件：缺少这些列：Handle, Title"),
        ("JPY has 0 decimals", "JPY 只有 0 位小数"),
        ("something that nobody foresaw", "something that nobody foresaw"),
    ],
)
def test_reasons_are_said_in_chinese(reason: str, chinese: str) -> None:
    with translation.override("zh-hans"):
        assert issues.in_words(reason) == chinese


@pytest.mark.parametrize("reason", issues.REASONS)
def test_every_known_reason_is_translated(reason: str) -> None:
    with translation.override("zh-hans"):
        assert issues.in_words(issues.VARIABLE.sub("7", reason)) != reason
    with translation.override("en"):
        assert issues.in_words(reason) == reason
