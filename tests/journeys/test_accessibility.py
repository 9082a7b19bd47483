"""axe-core finds nothing serious on the pages that sell and the pages that run a shop, in light and dark."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Browser

from tests.journeys.pages import DESK, PHONE, shut_out, sign_in
from tests.support.stack import Stack

pytestmark = pytest.mark.journey

SHOP = "xiuxi"
PUBLIC = ["/", f"/s/{SHOP}", f"/s/{SHOP}/p/sky-gaiwan", "/cart", "/orders", "/me", "/accounts/login/"]
CONSOLE = ["", "orders", "after-sales", "goods", "stock", "import", "money", "money/differences", "members", "activity"]
CONSOLE += ["settings", "leave"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PUBLIC)
def test_shoppers_pages_shut_nobody_out(
    live_stack: Stack, browser: Browser, path: str, scheme: Literal["light", "dark"]
) -> None:
    page = browser.new_context(viewport=PHONE, color_scheme=scheme, reduced_motion="reduce").new_page()
    answer = page.goto(f"{live_stack.url}{path}")
    assert answer is not None
    assert answer.status == 200
    assert shut_out(page) == []
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_console_shuts_nobody_out(live_stack: Stack, browser: Browser, scheme: Literal["light", "dark"]) -> None:
    page = browser.new_context(viewport=DESK, color_scheme=scheme, reduced_motion="reduce").new_page()
    sign_in(page, live_stack.url, "tea@example.com", "quanshi-tea-demo")
    found = {}
    for name in CONSOLE:
        answer = page.goto(f"{live_stack.url}/console/{SHOP}/{name}")
        assert answer is not None
        assert answer.status == 200
        found[name] = shut_out(page)
    assert found == {name: [] for name in CONSOLE}
    page.context.close()
