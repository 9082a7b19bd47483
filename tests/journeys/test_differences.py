"""A merchant looks at what differs, on a phone and at a desk, in both languages, and says that they have seen it."""

from __future__ import annotations

import psycopg
import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.journeys.pages import DESK, PHONE, Camera, shut_out, sign_in
from tests.support.stack import Stack

pytestmark = pytest.mark.journey

SHOP = "xiuxi"
INSERT = """
    INSERT INTO payments_bill_difference (account, day, kind, about, shop_id, subject_id, gateway_reference, ours_minor,
                                          theirs_minor, booked_minor, currency)
    SELECT 'wechat', date '2026-11-20', kind, 'payment', shop.id, part.attempt_id,
           '42000021' || row_number() OVER () || '202611201234567890', 12900, 12900 + extra, booked, 'CNY'
    FROM shops_shop shop
    JOIN LATERAL (SELECT attempt_id FROM payments_attempt_part WHERE shop_id = shop.id LIMIT 1) part ON true,
         (VALUES ('other_amount', 100, 12900), ('not_booked', 0, NULL), ('booked_alone', NULL, 500)) AS wanted
             (kind, extra, booked)
    WHERE shop.slug = %s
    ON CONFLICT DO NOTHING
"""


@pytest.fixture(scope="module")
def differing(live_stack: Stack) -> Stack:
    with psycopg.connect(live_stack.database) as connection:
        connection.execute(INSERT, [SHOP])
    return live_stack


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_what_differs_can_be_read_by_everybody(
    differing: Stack, browser: Browser, camera: Camera, size: ViewportSize, locale: str
) -> None:
    context = browser.new_context(viewport=size, locale=locale, reduced_motion="reduce")
    page = context.new_page()
    sign_in(page, differing.url, "tea@example.com", "quanshi-tea-demo")
    page.goto(f"{differing.url}/console/{SHOP}/money/differences")
    expect(page.locator("li.panel")).to_have_count(3)
    camera.shoot(page, f"{size['width']}-{locale}")
    assert shut_out(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_somebody_says_that_they_have_seen_it(differing: Stack, browser: Browser, camera: Camera) -> None:
    context = browser.new_context(viewport=PHONE, locale="en-GB", java_script_enabled=False)
    page = context.new_page()
    sign_in(page, differing.url, "tea@example.com", "quanshi-tea-demo")
    page.goto(f"{differing.url}/console/{SHOP}/money/differences?seen=no&kind=not_booked")
    page.get_by_label("Note").fill("Asked the keeper of the server.")
    page.get_by_role("button", name="I have seen this").click()
    expect(page.get_by_text("Nothing fits this filter")).to_be_visible()
    page.get_by_role("link", name="Show everything").click()
    expect(page.get_by_text("Asked the keeper of the server.")).to_be_visible()
    camera.shoot(page, "seen")
    context.close()
