"""Paying inside WeChat, on a stack of its own: the payer is recognised, the sheet opens, the order's page is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.pages import DESK, PAID_SECONDS, PHONE, Camera, buy_button, check_out, sign_up
from tests.journeys.shopfront import SHOP, write_catalogue
from tests.support.stack import Stack
from tests.support.wechat_identity import OPENID
from tests.support.wechat_peer import WechatPeer

pytestmark = pytest.mark.journey

EMAIL = "merchant@example.com"
AGENT = (
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"
    " XWEB/1300 MMWEBSDK/1 MicroMessenger/8.0.50"
)
# what WeChat puts into its pages: it keeps what it was asked, and answers what the test says
BRIDGE = """
window.asked = [];
window.WeixinJSBridge = { invoke(name, parameters, answer) {
  window.asked.push([name, parameters]);
  const told = sessionStorage.getItem("bridge") || "cancel";
  setTimeout(() => answer({ err_msg: `get_brand_wcpay_request:${told}` }), 50);
} };
"""


@pytest.fixture(scope="module")
def peer() -> Iterator[WechatPeer]:
    ready = WechatPeer()
    yield ready
    ready.stop()


@pytest.fixture(scope="module")
def stack(peer: WechatPeer, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    ready = Stack(demo=False)
    named = {name: value for name, value in peer.account.items() if name != "timeout_seconds"}
    ready.environment |= {f"QUANSHI_WECHAT_{name.upper()}": value for name, value in named.items()}
    try:
        ready.start()
        context = browser.new_context(viewport=DESK, locale="en-GB")
        sign_up(context.new_page(), ready.url, EMAIL, "a-long-enough-sentence-1")
        context.close()
        catalogue = write_catalogue(tmp_path_factory.mktemp("catalogue"))
        ready.run("import", str(catalogue), "--shop", SHOP, "--create-shop", "Harbour Goods", "--owner", EMAIL)
        yield ready
    finally:
        ready.remove()


def ordered(stack: Stack, context: BrowserContext) -> Page:
    """A guest in WeChat has ordered and stands before the ways to pay."""
    page = context.new_page()
    page.goto(f"{stack.url}/s/{SHOP}/p/enamel-mug")
    buy_button(page, "buy").click()
    check_out(page)
    return page


def in_wechat(browser: Browser, **options: object) -> BrowserContext:
    return browser.new_context(viewport=PHONE, locale="en-GB", user_agent=AGENT, **options)  # type: ignore[arg-type]


def test_the_sheet_opens_and_only_wechats_own_word_pays(
    stack: Stack, peer: WechatPeer, browser: Browser, camera: Camera
) -> None:
    context = in_wechat(browser)
    context.add_init_script(BRIDGE)
    page = ordered(stack, context)
    expect(page.get_by_role("button", name=re.compile("^Pay "))).to_be_visible()  # back from where the payer is known
    assert all(peer.identity.codes.values())  # each changed for an openid, once
    order_url = page.url.partition("/pay")[0]
    camera.shoot(page, "1-ways")
    page.get_by_role("button", name=re.compile("^Pay ")).click()

    # the payer leaves the sheet: the order waits, and the sheet opens once more
    expect(page.get_by_text("You have left WeChat Pay.")).to_be_visible()
    camera.shoot(page, "2-left")
    name, parameters = page.evaluate("window.asked[0]")
    trade = peer.trades[parameters["package"].removeprefix("prepay_id=wx")]
    assert (name, trade.kind) == ("getBrandWCPayRequest", "jsapi")
    assert trade.body["payer"] == {"openid": OPENID}
    assert sorted(parameters) == ["appId", "nonceStr", "package", "paySign", "signType", "timeStamp"]

    # a script that says "paid" is believed by nobody
    page.evaluate("sessionStorage.setItem('bridge', 'ok')")
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    page.wait_for_url(order_url)
    expect(page.locator(".hero-placed")).to_be_visible()
    camera.shoot(page, "3-waiting")

    # WeChat's own word comes from its server, and the page shows it by itself
    trade.state = "SUCCESS"
    expect(page.locator(".hero-to_ship")).to_be_visible(timeout=PAID_SECONDS * 2000)
    camera.shoot(page, "4-paid")
    context.close()


def test_without_scripts_the_page_says_what_to_do(stack: Stack, browser: Browser, camera: Camera) -> None:
    context = in_wechat(browser, java_script_enabled=False)
    page = ordered(stack, context)
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    expect(page.get_by_text("If nothing happens, scripts are switched off")).to_be_visible()
    expect(page.get_by_role("link", name="I have paid")).to_be_visible()
    camera.shoot(page, "1-no-scripts")
    context.close()


def test_a_browser_that_only_calls_itself_wechat_hears_so(stack: Stack, browser: Browser, camera: Camera) -> None:
    context = in_wechat(browser)
    page = ordered(stack, context)
    refused: list[str] = []
    page.on(
        "console", lambda message: refused.append(message.text) if "Content Security Policy" in message.text else None
    )
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    expect(page.get_by_text("WeChat Pay did not open.")).to_be_visible(timeout=15_000)
    camera.shoot(page, "1-broken")
    assert [line for line in refused if "Content Security Policy" in line] == []
    context.close()
