"""The end of a rush in the test database: every answer was true, and nothing is there that nobody was told of."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from quanshi.shops.models import Shop
from tests.support.audit import assert_sound
from tests.support.judge import PLACED, Case, Heard, judge
from tests.support.rows import read_rows
from tests.support.rush import Answer


def check_answers(answers: Iterable[Answer], *, is_first_answer_sure: bool = True) -> set[UUID]:
    """All rules of the judge and of the audit hold; the ids of the orders that were placed.

    `is_first_answer_sure`: no connection was lost, so an answer of each order calls it new.
    """
    cases: dict[tuple[UUID, str], Case] = {}
    for answer in answers:
        case = cases.setdefault((answer.wish.quote.quote_id, answer.wish.key), Case(answer.wish))
        case.heard.append(Heard(answer.status, answer.body))
    shops = list(Shop.objects.values_list("id", flat=True))
    with connection.cursor() as cursor:
        rows = read_rows(cursor, shop_ids=shops, after_event=0)
    assert judge(list(cases.values()), rows) == []
    assert_sound()
    if is_first_answer_sure:
        assert all(any(heard.status == PLACED for heard in case.heard) for case in cases.values() if case.confirmed)
    return set(rows.orders)
