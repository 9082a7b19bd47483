"""axe-core finds nothing serious on any page, in light and dark, on a phone; and no page is wider than the phone.

The pages are those of the routes themselves, seen by whom they are for, so a new one is looked at as soon as it has an
address. One whose address has an argument that nobody knows, or that shows something else, fails by name.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect

from quanshi.config import access
from quanshi.config.access import Route
from quanshi.demo.types import OWNERS, VISITOR
from quanshi.kernel.access import Audience
from tests.journeys.pages import DESK, PHONE, buy_button, choose_options, shut_out, sign_in
from tests.support.stack import Stack

pytestmark = pytest.mark.journey

SHOP = "xiuxi"
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")
OPERATOR = ("operator@example.com", "keeps the platform")
PEOPLE: Final = {
    "guest": ("", ""),
    "visitor": (VISITOR.email, VISITOR.password),
    "owner": (OWNERS[SHOP].email, OWNERS[SHOP].password),
    "operator": OPERATOR,
}
# what a letter, an invitation, WeChat, a refund that failed or a file of somebody leads to
NOT_AT_HAND: Final = {
    "console:join",
    "console:refund",
    "domain_ask",
    "account_confirm_email",
    "account_request_login_code",
    "account_reset_password_from_key",
    "people:export",
    "people:link_wechat",
    "people:wechat",
    "people:wechat_sign_in",
    "shop:case_picture",
    "admin:",
}
# steps between two pages; those that ask for a proof first are seen in test_people.py
LEADS_ON: Final = {
    "",
    "account_confirm_login_code",
    "account_set_password",
    "admin:login",
    "admin:logout",
    "admin:password_change",
    "admin:search",
    "console:choose",
    "mfa_add_webauthn",
    "mfa_authenticate",
    "mfa_edit_webauthn",
    "mfa_index",
    "mfa_login_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "people:close",
    "set_language",
    "shop:favicon",
}
SHOWN: Final = {200, 409}  # a page that says why nothing was ordered is one to look at too
TWO_FRAMES: Final = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
SETTLED_MILLISECONDS: Final = 1000
A_DESK_TOO: Final = {"console:today", "console:orders", "console:order", "console:goods", "shop:home", "shop:product"}


@dataclass
class Walk:
    """One person on their way through all pages that are theirs."""

    url: str
    who: str
    page: Page
    values: Mapping[str, list[str]]
    own: Mapping[str, Mapping[str, list[str]]]
    seen: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)

    def look(self, route: Route) -> None:
        for path in self._addresses(route):
            answer = self.page.context.request.get(f"{self.url}{path}", max_redirects=0)
            if answer.status == 405:
                return  # something to send, not to look at
            if answer.status not in SHOWN:
                if route.name not in LEADS_ON | NOT_AT_HAND:
                    self.found.append(f"{path} ({route.name}) answers {answer.status} to the {self.who}")
            elif answer.headers["content-type"].startswith("text/html") and "<html" in answer.text():
                self._read(route, path)

    def _addresses(self, route: Route) -> Iterator[str]:
        """The route's addresses, one for each combination of what its arguments may be."""
        plain = route.path.replace("^", "").replace("$", "").replace("\\", "")
        names = [one or other for one, other in ARGUMENT.findall(plain)]
        own = self.own.get(route.name, {})
        if unknown := [name for name in names if name not in own and name not in self.values]:
            if route.name not in NOT_AT_HAND:
                self.found.append(f"{route.path} ({route.name}): say in furnish.py what {unknown} is")
            return
        for chosen in itertools.product(*(own.get(name) or self.values[name] for name in names)):
            yield _filled(plain, chosen)

    def _read(self, route: Route, path: str) -> None:
        page = self.page
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(PHONE)
        page.goto(f"{self.url}{path}")
        self.seen.append(route.name)
        findings = shut_out(page)
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            findings.append("wider than the phone")
        if route.name in A_DESK_TOO:
            page.set_viewport_size(DESK)
            findings += [f"desk: {finding}" for finding in shut_out(page)]
        page.emulate_media(color_scheme="dark")
        page.evaluate(TWO_FRAMES)  # else colours on their way from light to dark are read
        if shut_out(page, only="color-contrast"):
            page.wait_for_timeout(SETTLED_MILLISECONDS)  # a busy machine paints late; what is wrong stays so
            findings += [f"dark: {finding}" for finding in shut_out(page, only="color-contrast")]
        self.found += [f"{path} ({route.name}): {finding}" for finding in findings]


def _filled(path: str, values: Iterable[str]) -> str:
    given = iter(values)
    return ARGUMENT.sub(lambda _: str(next(given)), path)


def for_whom(route: Route) -> str:
    assert route.access is not None
    match route.access.audience:
        case Audience.EVERYONE:
            is_entrance = route.path.startswith("/accounts/") and route.name != "account_logout"
            return "guest" if is_entrance else "visitor"
        case Audience.SIGNED_IN:
            return "owner" if route.path.startswith("/console/") else "visitor"
        case Audience.STAFF:
            return "owner"
        case Audience.OPERATORS:
            return "operator"
        case Audience.BEARER:
            return ""  # programs, and the simulated provider, whose page the main journey sees
        case _:
            return "visitor"


ROUTES = [r for r in access.routes() if r.access and not r.is_edge and not r.path.startswith("/api/")]


@pytest.fixture(scope="module")
def furnished(live_stack: Stack) -> dict[str, Any]:
    done = live_stack.run("manage", "shell", "-c", "from tests.journeys import furnish; furnish.main()")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.timeout(600)  # a hundred pages, each read three times
def test_no_page_shuts_anybody_out(live_stack: Stack, browser: Browser, furnished: Mapping[str, Any], who: str) -> None:
    page = browser.new_context(viewport=PHONE, locale="en-GB", reduced_motion="reduce").new_page()
    if who != "guest":
        sign_in(page, live_stack.url, *PEOPLE[who])
    if who == "visitor":
        page.goto(f"{live_stack.url}/s/{SHOP}/p/sky-gaiwan")
        choose_options(page)
        buy_button(page, "cart").click()
        expect(page.locator("[data-cart-count]:visible").first).to_be_visible()
    walk = Walk(url=live_stack.url, who=who, page=page, values=furnished["values"], own=furnished["own"])
    for route in ROUTES:
        if for_whom(route) == who:
            walk.look(route)
    page.context.close()
    assert walk.seen
    assert not walk.found, "\n".join(walk.found)
