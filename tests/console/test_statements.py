"""Statements and counts in the console."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from openpyxl import load_workbook

from quanshi.kernel import clock
from quanshi.kernel.tables import write_sheet
from quanshi.stock.models import Level, StockTake
from quanshi.web.console import periods
from tests.console.conftest import World, browser
from tests.support import trade
from tests.support.factories import make_actor, make_order, make_person, make_shop

TODAY = clock.now().astimezone(periods.ZONE).date()


def rows_of(world: World, query: str = "") -> list[dict[str, str]]:
    answer = world.client.get(world.path(f"money/statement.csv{query}"))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("query", ["", f"?period={TODAY}"])
def test_openings_and_lines_lead_to_the_closings(world: World, query: str) -> None:
    trade.deliver(make_order(shop=world.shop, lines=[(world.variant_id, 2)]))
    rows = rows_of(world, query)
    sums: dict[str, Decimal] = defaultdict(Decimal)
    closings = {}
    for row in rows:
        if row["What"] == "Closing balance":
            closings[row["Account"]] = Decimal(row["Balance"])
        elif row["What"] == "Opening balance":
            sums[row["Account"]] += Decimal(row["Balance"])
        else:
            sums[row["Account"]] += Decimal(row["Amount"])
    assert closings == dict(sums)
    assert closings["In open orders"] == Decimal("102.50")  # 3 and 2 and 2 units at 12.50, and freight of 5.00 each
    assert world.order.number in {row["Order number"] for row in rows}


def test_a_period_closes_where_the_next_one_opens(world: World) -> None:
    now, after = periods.month(TODAY), periods.month(TODAY).next
    closing = [r["Balance"] for r in rows_of(world, f"?period={now.name}") if r["What"] == "Closing balance"]
    opening = [r["Balance"] for r in rows_of(world, f"?period={after.name}") if r["What"] == "Opening balance"]
    assert closing == opening
    before = rows_of(world, f"?period={now.before.name}")
    assert before == []


def test_the_workbook_holds_numbers_and_no_formulas(world: World) -> None:
    book = load_workbook(ContentFile(world.client.get(world.path("money/statement.xlsx")).content))
    cells = [cell for row in book.worksheets[0].iter_rows(min_row=2) for cell in row if cell.value not in {None, ""}]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    page = world.client.get(world.path("money/statement")).content.decode()
    assert f"/orders/{world.order.id}" in page
    assert world.client.get(world.path("money/statement?period=nonsense")).status_code == 200


@pytest.mark.parametrize("rest", ["money/statement", "money/statement.csv", "money/statement.xlsx", "stock/takes"])
def test_strangers_are_refused(world: World, rest: str) -> None:
    person = make_person()
    make_shop(actor=make_actor(person=person), slug="others")
    assert browser(person).get(world.path(rest)).status_code == 403
    assert browser().get(world.path(rest)).status_code == 302


def test_months_and_days_follow_each_other() -> None:
    december = periods.month(date(2026, 12, 5))
    assert (december.name, december.next.name, december.before.name) == ("2026-12", "2027-01", "2026-11")
    day = periods.day(date(2024, 2, 29))
    assert (day.before.name, day.next.name) == ("2024-02-28", "2024-03-01")
    assert december.end == december.next.begin
    for nonsense in ("2026-13", "x", "0001-01", "9999-12-31", "2026-1"):
        assert periods.read(nonsense, today=date(2026, 3, 1)).name == "2026-03"


def test_a_place_is_counted_by_sheet_and_by_hand(world: World) -> None:
    level = Level.objects.get(variant_id=world.variant_id)
    begun = world.client.post(
        world.path("stock/takes"), {"location_id": level.location_id, "reason": "month's end"}, follow=True
    )
    assert "Type what you count" in begun.content.decode()
    path = world.path(f"stock/takes/{StockTake.objects.get().id}")
    sheet = world.client.get(f"{path}/sheet.xlsx").content
    assert [cell.value for cell in load_workbook(ContentFile(sheet)).worksheets[0][2]][1] == "TEA-1"
    filled = write_sheet(heading=["编号", "实盘数"], rows=[(1, 48), (7, 1)], title="x")
    page = world.client.post(f"{path}/upload", {"file": ContentFile(filled, name="x.xlsx")}).content.decode()
    assert "not a line of this count" in page
    assert "-2" in page
    assert world.client.post(path, {"line_1": "many"}).status_code == 422
    world.client.post(path, {"line_1": "49"})
    assert Level.objects.get(id=level.id).on_hand == 50
    world.client.post(f"{path}/end", {"then": "apply"})
    assert Level.objects.get(id=level.id).on_hand == 49
    assert "This count has ended." in world.client.post(f"{path}/end", {"then": "drop"}, follow=True).content.decode()
