"""Two shops, one address, one payment; afterwards each shop has its own order and its own books."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.pages import (
    DESK,
    PAID_SECONDS,
    PHONE,
    Camera,
    amount_of,
    buy_button,
    fill_in_address,
    pay,
    shut_out,
    sign_in,
    wait_for_words,
)
from tests.support.stack import Stack

pytestmark = pytest.mark.journey

TEA = ("xiuxi", "tea@example.com", "quanshi-tea-demo")
FARM = ("nuanpo", "farm@example.com", "quanshi-farm-demo")
GOODS = ("/s/xiuxi/p/sky-gaiwan", "/s/nuanpo/p/honey-peach")


@pytest.fixture(params=["light", "dark"])
def phone(request: pytest.FixtureRequest, browser: Browser) -> Page:
    context = browser.new_context(
        viewport=PHONE, locale="en-GB", has_touch=True, is_mobile=True, color_scheme=request.param
    )
    return context.new_page()


def owner(browser: Browser, stack: Stack, who: tuple[str, str, str]) -> Page:
    page = browser.new_context(viewport=DESK, locale="en-GB").new_page()
    sign_in(page, stack.url, who[1], who[2])
    return page


def put_aside(page: Page, address: str) -> None:
    page.goto(address)
    opener = page.locator(".pick")
    if opener.count() and opener.is_visible():
        opener.click()
    buy_button(page, "cart").click()
    expect(page.locator(".toast")).to_be_visible()


def check_two(page: Page) -> None:
    """Fill in the address once; what is gone is to be left out."""
    fill_in_address(page)
    page.get_by_label("Order from the other shops").check()
    page.get_by_role("button", name="Check the order").click()


def look(page: Page, camera: Camera, name: str) -> None:
    """Keep a picture, and see that the page shuts nobody out."""
    camera.shoot(page, name)
    assert shut_out(page) == []


def test_one_payment_for_two_shops(live_stack: Stack, browser: Browser, phone: Page, camera: Camera) -> None:
    for path in GOODS:
        put_aside(phone, f"{live_stack.url}{path}")
    phone.goto(f"{live_stack.url}/cart")
    look(phone, camera, "1-cart")
    phone.get_by_role("link", name="Check out 2 shops together").click()
    look(phone, camera, "2-address")
    check_two(phone)
    expect(phone.get_by_text("The other shops' orders are placed all the same.")).to_be_visible()
    look(phone, camera, "3-checkout")
    phone.get_by_role("button", name="Place 2 orders").click()
    expect(phone).to_have_url(re.compile(r"/orders/[0-9a-f-]{36}/pay$"))
    expect(phone.get_by_text("One payment for 2 orders")).to_be_visible()
    look(phone, camera, "4-pay")
    numbers = phone.locator(".pay-orders .code").all_inner_texts()
    parts = [amount_of(text) for text in phone.locator(".pay-orders .price").all_inner_texts()]
    assert sum(parts) == amount_of(phone.locator(".pay-amount").inner_text())
    order_url = pay(phone)
    expect(phone.locator(".hero-to_ship")).to_be_visible(timeout=PAID_SECONDS * 1000)
    expect(phone.get_by_text("They were paid by one payment of")).to_be_visible()
    look(phone, camera, "5-order")
    phone.goto(f"{live_stack.url}/orders")
    look(phone, camera, "6-orders")

    # one order is called off: its part goes back, the other order stays as it is
    phone.goto(order_url)
    phone.get_by_text("Cancel", exact=True).click()
    phone.get_by_role("button", name="Yes, cancel the order").click()
    wait_for_words(phone, order_url, "What you paid has been returned.")
    phone.locator(".other-order").click()
    expect(phone.locator(".hero-to_ship")).to_be_visible()

    by_number = dict(zip(numbers, parts, strict=True))
    told = {}
    for who in (TEA, FARM):
        desk = owner(browser, live_stack, who)
        desk.goto(f"{live_stack.url}/console/{who[0]}/money?account=order_escrow")
        booked = {
            number: [
                amount_of(row.locator(".number").first.inner_text())
                for row in desk.locator("tbody tr", has_text=number).all()
            ]
            for number in numbers
        }
        (own,) = (number for number, lines in booked.items() if lines)
        told[own] = booked[own]
        desk.get_by_role("link", name=own).first.click()
        expect(desk.get_by_text("This payment covered orders of other shops too")).to_be_visible()
        assert all(number not in desk.content() for number in numbers if number != own)
        look(desk, camera, f"7-console-{who[0]}")
        desk.context.close()
    called_off, kept = sorted(numbers, key=lambda number: -len(told[number]))
    assert told == {called_off: [-by_number[called_off], by_number[called_off]], kept: [by_number[kept]]}
    assert "sound" in live_stack.run("audit").stdout


def test_what_is_gone_is_left_out_and_the_rest_is_paid(
    live_stack: Stack, browser: Browser, phone: Page, camera: Camera
) -> None:
    desk = owner(browser, live_stack, FARM)
    title = f"Last jar {phone.evaluate('Date.now()')}"
    desk.goto(f"{live_stack.url}/console/nuanpo/goods/new")
    for name, value in (("title", title), ("price_1", "45"), ("quantity_1", "1")):
        desk.locator(f'[name="{name}"]').fill(value)
    desk.locator('[name="status"]').select_option("active")
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_role("link", name="See the page")).to_be_visible()
    desk.locator('[name^="limit_"]').fill("2")
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_text("Saved.")).to_be_visible()
    look(desk, camera, "0-console-goods")
    jar = desk.get_by_role("link", name="See the page").get_attribute("href")

    put_aside(phone, f"{live_stack.url}{jar}")
    look(phone, camera, "1-product")
    put_aside(phone, f"{live_stack.url}{GOODS[0]}")
    phone.goto(f"{live_stack.url}/cart")
    phone.get_by_role("link", name="Check out 2 shops together").click()
    check_two(phone)
    expect(phone.get_by_role("button", name="Place 2 orders")).to_be_visible()

    desk.goto(f"{live_stack.url}/console/nuanpo/stock?q={title}")
    desk.locator(".level summary").first.click()
    desk.locator('.level [name="on_hand"]').first.fill("0")
    desk.locator('.level button[type="submit"]').first.click()
    expect(desk.locator(".is-fresh").first).to_have_text("0")

    phone.get_by_role("button", name="Place 2 orders").click()
    expect(phone.get_by_text(f"“{title}” was sold while you were checking out.")).to_be_visible()
    look(phone, camera, "2-pay")
    pay(phone)
    expect(phone.locator(".hero-to_ship")).to_be_visible(timeout=PAID_SECONDS * 1000)
    phone.goto(f"{live_stack.url}/cart")
    expect(phone.get_by_text(title)).to_be_visible()
    assert "sound" in live_stack.run("audit").stdout


def test_two_shops_are_paid_without_javascript(live_stack: Stack, browser: Browser) -> None:
    page = browser.new_context(viewport=PHONE, locale="en-GB", java_script_enabled=False).new_page()
    for path in GOODS:
        put_aside(page, f"{live_stack.url}{path}")
    page.goto(f"{live_stack.url}/cart")
    page.get_by_role("link", name="Check out 2 shops together").click()
    check_two(page)
    page.get_by_role("button", name="Place 2 orders").click()
    expect(page.get_by_text("One payment for 2 orders")).to_be_visible()
