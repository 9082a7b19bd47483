"""A merchant opens a shop, imports, edits a page, invites staff, sells, ships by file, answers, takes a return."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

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
    amounts = [amount_of(row.locator(".number").first.inner_text()) for row in page.locator("tbody tr").all()]
    assert sorted(amounts) == [-REFUNDED, PAID]
    page.goto(story.console("orders"))
    page.get_by_role("link", name=story.order_number).first.click()
    expect(page.get_by_text(PARCEL).first).to_be_visible()
    # what each of the two did is on record under their own name
    page.goto(story.console("activity"))
    expect(page.locator("main li", has_text="packer-quayside@example.com").first).to_be_visible()
    story.close()
    assert "sound" in live_stack.run("audit").stdout
