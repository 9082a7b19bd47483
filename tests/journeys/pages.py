"""What a shopper and a merchant do, in their own words; the journeys read like a story."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, ViewportSize, expect

PHONE = ViewportSize(width=390, height=844)
DESK = ViewportSize(width=1280, height=800)
ADDRESS = {"recipient": "林晓", "phone": "13800138000", "street": "文三路 100 号 3 幢 201"}
REGIONS = {"province": "浙江省", "city": "杭州市", "district": "西湖区"}
AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
SERIOUS = {"serious", "critical"}
PAID_SECONDS = 20  # notification, outbox and stream, with two cores shared by everything


@dataclass(frozen=True)
class Camera:
    """Keeps a picture of each step where a person can look at it afterwards."""

    folder: Path

    def shoot(self, page: Page, name: str, *, whole: bool = True) -> None:
        """The whole page, or what a person sees of it without scrolling."""
        page.screenshot(path=self.folder / f"{name}.png", full_page=whole)


def choose_options(page: Page, *values: str) -> None:
    """Tick the chips of the option sheet; opens it where a script hides it behind a button."""
    opener = page.locator(".pick")
    if opener.count() and opener.is_visible():
        opener.click()
    for value in values:
        page.locator(".option-values label", has_text=re.compile(f"^{re.escape(value)}")).click()


def buy_button(page: Page, then: str) -> Locator:
    return page.locator(f'button[name="then"][value="{then}"]:visible').first


def check_out(page: Page, *, before_placing: Callable[[], None] = lambda: None) -> None:
    """Fill in the address, look at the sums, place the order; in whatever language the page is."""
    fill_in_address(page)
    page.locator("#checkout .pay-bar button").click()
    place = page.locator('form[action="/api/v1/orders"] button')
    expect(place).to_be_visible()
    before_placing()
    place.click()
    expect(page).to_have_url(re.compile(r"/orders/[0-9a-f-]{36}/pay(#wechat_redirect)?$"))


def fill_in_address(page: Page) -> None:
    """Region by region: each choice brings the next ones, by a button where no scripts run."""
    names = list(REGIONS)
    for name, following in zip(names, [*names[1:], "district"], strict=True):
        page.locator(f'[name="{name}"]').select_option(REGIONS[name])
        ask = page.locator('button[name="step"]')
        if name != "district" and ask.count() and ask.is_visible():
            ask.click()
        try:
            expect(page.locator(f'[name="{following}"]')).to_be_enabled(timeout=3000)
        except AssertionError:  # chosen between a list's coming and htmx's hearing of its changes
            page.locator(f'[name="{name}"]').select_option(REGIONS[name])
    for name, value in ADDRESS.items():
        page.locator(f'[name="{name}"]').fill(value)


def pay(page: Page, choice: str = "pay") -> str:
    """Go to the sandbox, see that it calls itself a simulation, choose. Result: the order's address."""
    order_path = page.url.removesuffix("/pay")
    page.locator(".pay-bar button").click()
    expect(page.locator('.banner[role="note"] strong')).to_be_visible()
    fold = page.locator(".behaviours summary")
    button = page.locator(f'button[name="choice"][value="{choice}"]')
    if not button.is_visible():
        fold.click()
    button.click()
    page.wait_for_url(re.compile(r"/orders/"))
    return order_path


def wait_for_state(page: Page, order_url: str, state: str) -> None:
    """The order's page shows `state`; it is asked again since a page without scripts only knows what it was told."""
    _ask_until(page, order_url, page.locator(f".hero-{state}"))


def wait_for_words(page: Page, url: str, words: str) -> None:
    """The page at `url` says `words`; it is asked again since what it tells of may take a moment."""
    _ask_until(page, url, page.get_by_text(words))


def _ask_until(page: Page, url: str, sight: Locator) -> None:
    for _ in range(PAID_SECONDS * 2):
        page.goto(url)
        if sight.count():
            return
        page.wait_for_timeout(500)
    expect(sight).to_be_visible()


def shut_out(page: Page, *, only: str = "") -> list[str]:
    """What axe-core finds serious on the page, by all its rules or by one of them."""
    # evaluated by the test driver itself, which the page's Content-Security-Policy does not bind
    page.evaluate(AXE.read_text())
    options = {"resultTypes": ["violations"]} | ({"runOnly": only} if only else {})
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{violation['id']}: {node['target']}"
        for violation in found["violations"]
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


def sign_in(page: Page, base_url: str, email: str, password: str) -> None:
    page.goto(f"{base_url}/accounts/login/")
    page.locator('[name="login"]').fill(email)
    page.locator('[name="password"]').fill(password)
    page.locator('form[action*="login"] button[type="submit"], form button[type="submit"]').first.click()
    page.wait_for_url(re.compile(r"/me|/console"))


def sign_up(page: Page, base_url: str, email: str, password: str) -> None:
    page.goto(f"{base_url}/accounts/signup/")
    page.locator('[name="email"]').fill(email)
    page.locator('[name="password1"]').fill(password)
    page.locator('[name="agree"]').check()
    page.locator('form[action*="signup"] button[type="submit"], form button[type="submit"]').first.click()
    page.wait_for_url(re.compile(r"/me"))


def amount_of(text: str) -> int:
    """ "+¥1,290.00" in minor units."""
    digits = re.sub(r"[^\d]", "", text)
    return -int(digits) if "−" in text or "-" in text else int(digits)
