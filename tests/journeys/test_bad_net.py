"""The net goes, or is slow: the pages say so, nothing is sent twice, and what was typed stays."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.journeys.pages import PHONE, Camera, buy_button
from tests.support.stack import Stack

pytestmark = pytest.mark.journey

PRODUCT = "/s/xiuxi/p/side-handle-pot"


@pytest.fixture
def phone(browser: Browser) -> Page:
    return browser.new_context(viewport=PHONE, locale="en-GB", reduced_motion="reduce").new_page()


def test_without_a_net_a_page_of_ours_says_so(live_stack: Stack, phone: Page, camera: Camera) -> None:
    phone.goto(live_stack.url)
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")
    phone.context.set_offline(True)
    phone.goto(f"{live_stack.url}/orders")
    expect(phone.get_by_role("heading", name="No connection")).to_be_visible()
    camera.shoot(phone, "offline")
    phone.context.set_offline(False)
    phone.get_by_role("link", name="Try again").click()
    expect(phone.get_by_role("heading", name="My orders")).to_be_visible()
    phone.context.close()


def test_what_was_typed_waits_for_the_net(live_stack: Stack, phone: Page, camera: Camera) -> None:
    phone.goto(f"{live_stack.url}/accounts/login/")
    phone.locator('[name="login"]').fill("visitor@example.com")
    phone.locator('[name="password"]').fill("quanshi-visitor-demo")
    phone.context.set_offline(True)
    phone.locator('main form button[type="submit"]').first.click()
    expect(phone.get_by_text("No connection.")).to_be_visible()
    expect(phone.locator('[name="login"]')).to_have_value("visitor@example.com")
    camera.shoot(phone, "typed")
    phone.context.set_offline(False)
    phone.locator('main form button[type="submit"]').first.click()
    phone.wait_for_url(re.compile("/me"))
    phone.context.close()


def test_a_part_of_a_page_that_does_not_come_is_not_kept_quiet(live_stack: Stack, phone: Page) -> None:
    phone.goto(f"{live_stack.url}{PRODUCT}")
    phone.route(re.compile(PRODUCT), lambda route: route.fulfill(status=500, body="internal error"))
    buy_button(phone, "cart").click()
    expect(phone.get_by_text("That did not work.")).to_be_visible()
    phone.unroute_all()
    phone.route(re.compile(PRODUCT), lambda route: route.abort())
    buy_button(phone, "cart").click()
    expect(phone.get_by_text("No connection.")).to_be_visible()
    phone.context.close()


def test_a_second_tap_on_a_slow_line_buys_nothing_twice(live_stack: Stack, phone: Page) -> None:
    sent: list[str] = []

    def slowly(route: Route) -> None:
        sent.append(route.request.method)
        phone.wait_for_timeout(400)
        route.continue_()

    phone.goto(f"{live_stack.url}{PRODUCT}")
    phone.route(re.compile(PRODUCT), slowly)
    button = buy_button(phone, "cart")
    button.evaluate("button => { button.click(); button.click(); button.click(); }")
    expect(phone.locator("[data-cart-count]:visible", has_text="1").first).to_be_visible()
    assert sent.count("POST") == 1
    button.evaluate("button => button.form.requestSubmit(document.querySelector('[name=then][value=buy]'))")
    phone.wait_for_url(re.compile("/checkout/"))
    phone.context.close()
