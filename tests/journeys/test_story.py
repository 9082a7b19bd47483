"""A merchant opens a shop, imports, edits a page, invites staff, sells, ships by file, answers, takes a return."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.journeys.pages import Camera, amount_of
from tests.journeys.story import ENGLISH, PARCEL, Story
from tests.support.stack import Stack

pytestmark = pytest.mark.journey

PAID = 3990 * 2
REFUNDED = 3990


def test_a_shop_is_opened_and_lives(live_stack: Stack, browser: Browser, camera: Camera) -> None:
    story = Story(url=live_stack.url, browser=browser, words=ENGLISH, slug="quayside", camera=camera)
    story.tell()
    page = story.merchant
    page.goto(story.console("money?account=order_escrow"))
    amounts = [amount_of(cell.inner_text()) for cell in page.locator("tbody tr .number:first-of-type").all()]
    assert sorted(amounts) == [-REFUNDED, PAID]
    page.goto(story.console(f"orders?query={story.order_number}"))
    page.locator("tbody .row-link").first.click()
    assert PARCEL in page.locator("main").inner_text()
    # what each of the two did is on record under their own name
    page.goto(story.console("activity"))
    told = page.locator("main").inner_text()
    assert "packer-quayside@example.com" in told
    story.close()
    assert "sound" in live_stack.run("audit").stdout
