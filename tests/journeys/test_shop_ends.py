"""A shop takes a break, opens again, announces its end, and ends: what its owner does and what buyers see of it."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.pages import (
    PAID_SECONDS,
    Camera,
    buy_button,
    check_out,
    choose_options,
    fill_in_address,
    pay,
)
from tests.journeys.premises import MUG, MUG_PRICE, NAME, Premises, Scheme
from tests.support.stack import Stack
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]  # a whole walk on a phone, while others work

FILES: Final = ("goods", "orders", "after-sales", "books")
SOON_SECONDS: Final = 20.0  # a sweep of five seconds, with two cores shared by everything
# to this moment and no further: an order that was placed after its shop's end is one that the audit tells of
TIME_PASSES: Final = """
    UPDATE shops_shop SET closing_announced_at = now() - (sales_end_at - closing_announced_at), sales_end_at = now()
    WHERE slug = %s
"""


@dataclass(frozen=True)
class Words:
    """What the pages say, in the language of who reads."""

    locale: str
    scheme: Scheme
    on_a_break: str
    going_to_close: str
    too_soon: str
    has_ended: str
    takes_no_orders: str
    day: str
    too_late: str
    nothing_open: str
    wrong_name: str
    gone: str


ENGLISH: Final = Words(
    locale="en-GB",
    scheme="light",
    on_a_break="This shop is taking a break.",
    going_to_close="This shop is going to close",
    too_soon="The earliest day is",
    has_ended="This shop is closing and has taken no orders since",
    day="{0:%B} {0.day}, {0.year}",
    takes_no_orders="This shop takes no orders at present.",
    too_late="Nothing was ordered and nothing was charged.",
    nothing_open="nobody owes anything",
    wrong_name="This is not the name of the shop.",
    gone="has closed for good",
)
CHINESE: Final = Words(
    locale="zh-CN",
    scheme="dark",
    on_a_break="店铺休息中",
    going_to_close="本店即将闭店",
    too_soon="最早为",
    has_ended="本店正在闭店，自",
    day="{0.year}年{0.month}月{0.day}日",
    takes_no_orders="这家店暂时不接单",
    too_late="没有下单，也没有扣款",
    nothing_open="账目两清",
    wrong_name="这不是本店的名称",
    gone="已永久关闭",
)


@dataclass
class Walk(Premises):
    """One shop's end."""

    words: Words = ENGLISH


@pytest.fixture(params=[ENGLISH, CHINESE], ids=["en", "zh"])
def walk(request: pytest.FixtureRequest, live_stack: Stack, browser: Browser, camera: Camera, tmp_path: Path) -> Any:
    words: Words = request.param
    slug = f"pier-{words.locale.lower()}"
    walk = Walk(live_stack, browser, camera, words.locale, words.scheme, slug, words=words)
    walk.open(tmp_path)
    yield walk
    walk.close()


def test_a_shop_pauses_announces_its_end_and_is_gone(walk: Walk) -> None:
    order_url, number = buy_a_mug(walk)
    take_a_break(walk)
    open_again(walk)
    announce(walk)
    late = leave_a_quote_open(walk)
    end_the_notice(walk, late)
    take_the_files(walk, number)
    call_the_order_off(walk, order_url, number)
    close_for_good(walk)
    look_back(walk, order_url, number)
    assert "sound" in walk.stack.run("audit").stdout


def buy_a_mug(walk: Walk) -> tuple[str, str]:
    """The order that keeps the shop busy, and a bag that waits in the cart; its address and number."""
    page = walk.shopper
    page.goto(f"{walk.front}/p/{MUG}")
    buy_button(page, "buy").click()
    check_out(page)
    order_url = pay(page)
    expect(page.locator(".hero-to_ship")).to_be_visible(timeout=PAID_SECONDS * 1000)
    number = page.locator(".code").last.inner_text()
    page.goto(f"{walk.front}/p/canvas-bag")
    choose_options(page, "Ink", "Large")
    buy_button(page, "cart").click()
    expect(page.locator("[data-cart-count]:visible", has_text="1").first).to_be_visible()
    assert walk.orders() == [("to_ship", MUG_PRICE)]
    return order_url, number


def take_a_break(walk: Walk) -> None:
    walk.console("settings")
    walk.see(walk.owner, "01-owner-settings-open")
    walk.owner.locator('button[name="state"][value="paused"]').click()
    expect(walk.owner.locator('button[name="state"][value="open"]')).to_be_visible()
    walk.see(walk.owner, "02-owner-settings-paused")
    walk.console("")
    walk.see(walk.owner, "02-owner-today-paused")
    assert walk.fact("state") == "paused"
    see_that_nothing_is_sold(walk, "02-paused", walk.words.on_a_break)


def see_that_nothing_is_sold(walk: Walk, name: str, words: str) -> None:
    """The shop's pages say so, no button buys, and who asks for the checkout all the same is refused."""
    page, before = walk.shopper, walk.orders()
    page.goto(walk.front)
    expect(page.locator(".notice-warn", has_text=words)).to_be_visible()
    walk.see(page, f"{name}-shop")
    page.goto(f"{walk.front}/p/{MUG}")
    expect(page.locator(".notice-warn", has_text=words)).to_be_visible()
    expect(page.locator(".buy-bar button")).to_be_disabled()
    assert page.locator('button[name="then"]:visible').count() == 0
    walk.see(page, f"{name}-product")
    page.goto(f"{walk.stack.url}/cart")
    expect(page.locator('a[href^="/checkout/"]')).to_have_count(0)
    walk.see(page, f"{name}-cart")
    page.goto(f"{walk.stack.url}/checkout/{walk.slug}")
    walk.see(page, f"{name}-checkout")
    if page.locator('[name="province"]').count():
        ask = page.locator("#checkout .pay-bar button")
        if ask.count():  # else the address of before was enough to be refused
            fill_in_address(page)
            ask.click()
        expect(page.locator("#checkout .pay-bar a")).to_be_visible()
        expect(ask).to_have_count(0)
        expect(page.get_by_role("alert").first).to_contain_text(walk.words.takes_no_orders)
        walk.see(page, f"{name}-refused")
    expect(page.locator('form[action="/api/v1/orders"]')).to_have_count(0)
    assert walk.orders() == before


def open_again(walk: Walk) -> None:
    walk.console("settings")
    walk.owner.locator('button[name="state"][value="open"]').click()
    expect(walk.owner.locator('button[name="state"][value="paused"]')).to_be_visible()
    assert walk.fact("state") == "open"
    walk.shopper.goto(walk.front)
    expect(walk.shopper.locator(".notice-warn")).to_have_count(0)
    walk.shopper.goto(f"{walk.stack.url}/cart")
    expect(walk.shopper.locator('a[href^="/checkout/"]')).to_have_count(1)


def announce(walk: Walk) -> None:
    page = walk.owner
    walk.console("settings/closing")
    walk.see(page, "03-owner-closing")
    day = page.locator('[name="on"]')
    first = date.fromisoformat(day.get_attribute("min") or "")
    expect(day).to_have_value(first.isoformat())
    day.evaluate("(field, value) => { field.value = value }", (first - timedelta(days=9)).isoformat())
    page.locator('form[action$="/announce"] button').click()
    expect(page.locator("main")).to_contain_text(walk.words.too_soon)
    walk.see(page, "03-owner-too-soon")
    assert walk.fact("sales_end_at") is None
    first += timedelta(days=1)
    page.locator('[name="on"]').fill(first.isoformat())
    page.locator('form[action$="/announce"] button').click()
    expect(page.locator('form[action$="/take-back"]')).to_be_visible()
    expect(page.locator("main")).to_contain_text(day_shown := walk.words.day.format(first))
    walk.see(page, "04-owner-announced")
    walk.console("")
    walk.see(page, "04-owner-today")
    assert walk.fact("(sales_end_at AT TIME ZONE 'Asia/Shanghai')::date") == first
    assert walk.fact("state") == "open"
    for path, name in (("", "shop"), (f"/p/{MUG}", "product"), ("/search", "search"), ("/c", "shelves")):
        walk.shopper.goto(f"{walk.front}{path}")
        expect(walk.shopper.locator(".notice-warn", has_text=walk.words.going_to_close)).to_contain_text(day_shown)
        walk.see(walk.shopper, f"04-announced-{name}")
    walk.shopper.goto(f"{walk.stack.url}/cart")
    walk.see(walk.shopper, "04-announced-cart")


def leave_a_quote_open(walk: Walk) -> Page:
    """Somebody is at the checkout when the sales end."""
    page = walk.phone()
    page.goto(f"{walk.front}/p/{MUG}")
    buy_button(page, "buy").click()
    fill_in_address(page)
    page.locator("#checkout .pay-bar button").click()
    expect(page.locator('form[action="/api/v1/orders"] button')).to_be_visible()
    walk.see(page, "05-announced-checkout")
    return page


def end_the_notice(walk: Walk, late: Page) -> None:
    with psycopg.connect(walk.stack.database) as connection:
        connection.execute(TIME_PASSES, [walk.slug])
    before = walk.orders()
    late.locator('form[action="/api/v1/orders"] button').click()
    expect(late.locator("main")).to_contain_text(walk.words.too_late)
    walk.see(late, "06-too-late")
    assert walk.orders() == before
    wait_until(lambda: walk.fact("state") == "closing", seconds=SOON_SECONDS)
    see_that_nothing_is_sold(walk, "07-ended", walk.words.has_ended)
    walk.console("")
    walk.see(walk.owner, "07-owner-today")
    walk.console("settings")
    walk.see(walk.owner, "07-owner-settings")
    walk.console("settings/closing")
    expect(walk.owner.locator('a[href$="orders?state=to_ship"]')).to_be_visible()
    expect(walk.owner.locator('form[action$="/closing/close"]')).to_have_count(0)
    walk.see(walk.owner, "07-owner-ended")


def take_the_files(walk: Walk, number: str) -> None:
    found = {}
    for name in FILES:
        with walk.owner.expect_download() as downloading:
            walk.owner.locator(f'a[href$="/closing/{name}.csv"]').click()
        with Path(downloading.value.path()).open(encoding="utf-8-sig") as file:
            found[name] = list(csv.reader(file))
    assert number in str(found["orders"])
    assert "BAG-IL" in str(found["goods"])
    assert len(found["after-sales"]) == 1, "a heading, as nobody has asked for anything"
    assert any("39.90" in row for row in found["books"])


def call_the_order_off(walk: Walk, order_url: str, number: str) -> None:
    page = walk.owner
    page.locator('a[href$="orders?state=to_ship"]').click()
    page.get_by_role("link", name=number).first.click()
    page.locator('a[href$="/cancel"]').click()
    walk.see(page, "08-owner-cancel")
    page.locator('[name="reason"]').fill("We close.")
    page.locator('main form[method="post"] button[type="submit"]').last.click()
    page.wait_for_url(re.compile(r"/orders/[0-9a-f-]{36}$"))
    wait_until(
        lambda: not walk.asked("SELECT FROM payments_refund r JOIN shops_shop s ON s.id = r.shop_id"
                              " WHERE s.slug = %s AND r.state <> 'succeeded'"),
        seconds=SOON_SECONDS,
    )  # fmt: skip
    walk.shopper.goto(order_url)
    expect(walk.shopper.locator(".hero-cancelled")).to_be_visible()
    walk.see(walk.shopper, "08-cancelled")


def close_for_good(walk: Walk) -> None:
    page = walk.owner
    walk.console("settings/closing")
    expect(page.locator("main")).to_contain_text(walk.words.nothing_open)
    walk.see(page, "09-owner-ready")
    form = page.locator('form[action$="/closing/close"]')
    form.locator('[name="name"]').fill("Another shop")
    form.locator("button").click()
    expect(page.locator("main")).to_contain_text(walk.words.wrong_name)
    walk.see(page, "09-owner-wrong-name")
    assert walk.fact("state") == "closing"
    form.locator('[name="name"]').fill(NAME)
    form.locator("button").click()
    expect(form).to_have_count(0)
    walk.see(page, "10-owner-closed")
    walk.console("")
    walk.see(page, "10-owner-today")
    assert walk.fact("state") == "closed"
    assert walk.fact("closed_at IS NOT NULL") is True


def look_back(walk: Walk, order_url: str, number: str) -> None:
    """Buyers find what they bought and no shop; its owner reads on and changes nothing."""
    page = walk.shopper
    for path in ("", f"/p/{MUG}", "/search"):
        answer = page.goto(f"{walk.front}{path}")
        assert answer is not None
        assert answer.status == 410
        expect(page.get_by_text(walk.words.gone).first).to_be_visible()
    walk.see(page, "11-gone")
    page.goto(order_url)
    expect(page.locator(".code", has_text=number)).to_be_visible()
    walk.see(page, "11-order")
    page.goto(f"{walk.stack.url}/orders")
    walk.see(page, "11-orders")
    page.goto(f"{walk.stack.url}/cart")
    expect(page.locator('a[href^="/checkout/"]')).to_have_count(0)
    expect(page.get_by_text(walk.words.gone)).to_be_visible()
    walk.see(page, "11-cart")
    page.goto(f"{walk.stack.url}/checkout/{walk.slug}")
    expect(page.locator('form[action="/api/v1/orders"]')).to_have_count(0)
    walk.see(page, "11-checkout")
    walk.console("orders")
    walk.owner.get_by_role("link", name=number).first.click()
    walk.see(walk.owner, "11-owner-order")
    answer = walk.owner.goto(f"{walk.stack.url}/console/{walk.slug}/settings")
    assert answer is not None
    assert answer.status == 403
    walk.see(walk.owner, "11-owner-settings")
