"""The main job, as people do it: import, buy as a guest, ship in two parcels, receive, give part of it back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.pages import (
    DESK,
    PAID_SECONDS,
    PHONE,
    Camera,
    amount_of,
    buy_button,
    check_out,
    choose_options,
    pay,
    sign_in,
    sign_up,
    wait_for_state,
)
from tests.journeys.shopfront import SHOP, write_catalogue
from tests.support.stack import Stack
from tests.support.waiting import wait_until

pytestmark = pytest.mark.journey

EMAIL = "merchant@example.com"
PASSWORD = "a-long-enough-sentence-1"


@pytest.fixture(scope="module")
def shop(live_stack: Stack, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A merchant signs up in the browser and imports a catalogue by command. Result: the shop's address."""
    context = browser.new_context(viewport=DESK, locale="en-GB")
    sign_up(context.new_page(), live_stack.url, EMAIL, PASSWORD)
    context.close()
    catalogue = write_catalogue(tmp_path_factory.mktemp("catalogue"))
    live_stack.run("import", str(catalogue), "--shop", SHOP, "--create-shop", "Harbour Goods", "--owner", EMAIL)
    return f"{live_stack.url}/s/{SHOP}"


@pytest.fixture
def phone(browser: Browser) -> Page:
    return browser.new_context(viewport=PHONE, locale="en-GB", has_touch=True, is_mobile=True).new_page()


@pytest.fixture
def desk(browser: Browser, live_stack: Stack) -> Page:
    page = browser.new_context(viewport=DESK, locale="en-GB").new_page()
    sign_in(page, live_stack.url, EMAIL, PASSWORD)
    return page


def test_a_guest_buys_on_a_phone_and_gets_one_unit_refunded(
    live_stack: Stack, shop: str, phone: Page, desk: Page, camera: Camera
) -> None:
    # two bags at 129.00: the cart, an address, the sandbox
    phone.goto(shop)
    camera.shoot(phone, "1-shop")
    phone.get_by_text("Canvas bag").first.click()
    choose_options(phone, "Ink", "Large")
    phone.locator('[name="quantity"]').first.fill("2")
    camera.shoot(phone, "2-options")
    buy_button(phone, "cart").click()
    expect(phone.get_by_role("link", name="Things in the cart: 2").first).to_be_visible()
    phone.goto(f"{live_stack.url}/cart")
    camera.shoot(phone, "3-cart")
    phone.get_by_role("link", name="Check out").click()
    check_out(phone)
    camera.shoot(phone, "4-pay")
    order_url = pay(phone)
    # no reload: the stream tells the page that the payment arrived
    expect(phone.locator(".hero-to_ship")).to_be_visible(timeout=PAID_SECONDS * 1000)
    camera.shoot(phone, "5-paid")

    number = phone.locator(".code").last.inner_text()
    for parcel in ("SF1234567890123", "SF1234567890124"):
        desk.goto(f"{live_stack.url}/console/{SHOP}/orders?query={number}")
        desk.get_by_role("link", name=number).first.click()
        desk.locator('.ship-lines input[type="number"]').first.fill("1")
        desk.locator('[name="carrier"]').select_option("sf")
        desk.locator('[name="tracking_number"]').fill(parcel)
        desk.get_by_role("button", name="Ship this parcel").click()
        expect(desk.get_by_text(parcel).first).to_be_visible()
    camera.shoot(desk, "6-console-order")
    expect(phone.locator(".hero-shipped")).to_be_visible(timeout=PAID_SECONDS * 1000)
    phone.get_by_role("button", name="It has arrived").click()
    expect(phone.locator(".hero-received")).to_be_visible()

    # one of the two bags goes back: exactly 129.00
    phone.get_by_role("link", name="After-sale").first.click()
    phone.locator('[name^="quantity_"]').first.fill("1")
    phone.locator('[name="reason"]').fill("A seam is open.")
    camera.shoot(phone, "7-after-sale")
    phone.get_by_role("button", name="Send to the shop").click()
    desk.goto(f"{live_stack.url}/console/{SHOP}/after-sales")
    desk.locator("tbody a").first.click()
    desk.get_by_role("button", name="Approve").click()
    phone.goto(order_url)
    expect(phone.get_by_text("Refunded ¥129.00")).to_be_visible(timeout=PAID_SECONDS * 1000)
    camera.shoot(phone, "8-refunded")

    # what the shop will be paid is what was paid less what went back
    desk.goto(f"{live_stack.url}/console/{SHOP}/money?account=order_escrow")
    camera.shoot(desk, "9-money")
    lines = desk.locator("tbody tr", has_text=number)  # other journeys sell in this shop too
    expect(lines).to_have_count(2)
    assert [amount_of(row.locator(".number").first.inner_text()) for row in lines.all()] == [-12900, 25800]
    assert "sound" in live_stack.run("audit").stdout


def test_a_person_buys_without_javascript(live_stack: Stack, shop: str, browser: Browser) -> None:
    context = browser.new_context(viewport=PHONE, locale="en-GB", java_script_enabled=False)
    page = context.new_page()
    page.goto(shop)
    page.get_by_text("Enamel mug").first.click()
    buy_button(page, "buy").click()
    check_out(page)
    order_url = pay(page)
    wait_for_state(page, order_url, "to_ship")
    expect(page.get_by_text("Enamel mug")).to_be_visible()


@pytest.mark.parametrize("choice", ["never_notify", "notify_thrice", "fail_then_succeed"])
def test_a_provider_on_a_bad_day_does_not_lose_the_order(
    live_stack: Stack, shop: str, phone: Page, choice: str
) -> None:
    phone.goto(f"{shop}/p/enamel-mug")
    buy_button(phone, "buy").click()
    check_out(phone)
    order_url = pay(phone, choice)
    wait_for_state(phone, order_url, "to_ship")
    assert "sound" in live_stack.run("audit").stdout


def test_one_id_leads_from_the_payer_to_the_paid_order(live_stack: Stack, shop: str, phone: Page) -> None:
    phone.goto(f"{shop}/p/enamel-mug")
    buy_button(phone, "buy").click()
    check_out(phone)
    phone.get_by_role("button", name=re.compile("^Pay ")).click()
    button = phone.locator('button[name="choice"][value="pay"]')
    expect(button).to_be_visible()
    phone.set_extra_http_headers({"X-Request-Id": "the-payer-decides"})
    button.click()
    phone.wait_for_url(re.compile(r"/orders/"))
    phone.set_extra_http_headers({})
    expect(phone.locator(".hero-to_ship")).to_be_visible(timeout=PAID_SECONDS * 1000)

    def told(message: str) -> list[dict[str, Any]]:
        return [line for line in live_stack.told(request_id="the-payer-decides") if line["message"] == message]

    wait_until(lambda: bool(told("notice told")))  # the page may show the payment before the notice is acknowledged
    pages = [line["path"] for line in told("request") if line["method"] == "POST"]
    assert pages == ["/sandbox-pay/pay", "/payments/notify/sandbox"]
    first, *others = (line["type"] for line in told("event handled"))
    assert first == "payments.PaymentSucceeded"
    assert set(others) <= {"orders.OrderPaid"}, "which webhooks that were made in this installation are told of, too"
    assert [line["tries"] for line in told("notice told")] == [1]
    assert {line["process"] for line in told("request")}.isdisjoint(line["process"] for line in told("event handled"))
