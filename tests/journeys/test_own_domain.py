"""A shop at a domain of its own: named in the console, proven by DNS, bought at by a guest, and given up."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from quanshi.web.domains.own import KEPT_SECONDS
from tests.journeys.conftest import OWN_DOMAINS
from tests.journeys.pages import PAID_SECONDS, Camera, buy_button, check_out, pay
from tests.journeys.premises import MUG, MUG_PRICE, NAME, Premises
from tests.support.name_server import NameServer, name_server
from tests.support.stack import Stack
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]  # a whole walk on a phone, while others work

# the worker asks the machine's resolvers, where nobody holds the name; this asks the test's own, hours later
LOOK: Final = """
from datetime import timedelta
from quanshi.kernel import clock
from quanshi.shops import services
from quanshi.shops.gateways import DnsTexts
services.check_domains(now=clock.now() + timedelta(hours={hours}), texts=DnsTexts(servers=["127.0.0.1"], port={port}))
"""
LOOKED_FOR: Final = """
    SELECT domain.next_check_at > now() FROM shops_domain AS domain JOIN shops_shop AS shop ON shop.id = shop_id
    WHERE slug = %s
"""
KNOWN_SECONDS: Final = 20.0


@pytest.fixture(params=[("en-GB", "dark"), ("zh-CN", "light")], ids=["en", "zh"])
def shop(
    request: pytest.FixtureRequest, live_stack: Stack, browser: Browser, camera: Camera, tmp_path: Path
) -> Iterator[Premises]:
    locale, scheme = request.param
    shop = Premises(live_stack, browser, camera, locale, scheme, f"wharf-{locale.lower()}")
    shop.open(tmp_path)
    yield shop
    shop.close()


def test_a_shop_is_reached_at_a_name_of_its_own(shop: Premises) -> None:
    host = f"{shop.slug}.{OWN_DOMAINS}"
    home = f"http://{host}:{shop.stack.port}"
    with name_server() as dns:
        name_it(shop, host, home)
        prove_it(shop, host, dns)
        buy_there(shop, home)
        lose_the_record(shop, dns, home)
    give_it_up(shop, home)
    assert "sound" in shop.stack.run("audit").stdout


def name_it(shop: Premises, host: str, home: str) -> None:
    page = shop.owner
    shop.console("settings/domain")
    shop.see(page, "01-no-domain")
    page.locator('[name="name"]').fill(f"https://{host}/")
    page.locator("form.panel button").click()
    expect(page.locator(".field .errorlist")).to_be_visible()
    shop.see(page, "02-not-a-domain")
    page.locator('[name="name"]').fill(host)
    page.locator("form.panel button").click()
    expect(page.locator("#domain-title")).to_have_text(host)
    shop.see(page, "03-named")
    assert shop.fact("domain") == ""
    assert status_at(shop.shopper, home) == HTTPStatus.BAD_REQUEST
    shop.see(shop.shopper, "03-visitor")


def prove_it(shop: Premises, host: str, dns: NameServer) -> None:
    page = shop.owner
    told = dict(zip(("kind", "name", "text"), page.locator("dd.code").all_inner_texts(), strict=True))
    assert told["kind"] == "TXT"
    dns.records[told["name"]] = [told["text"]]
    wait_until(lambda: shop.asked(LOOKED_FOR)[0][0], seconds=KNOWN_SECONDS)  # by the worker, which finds nothing
    look(shop, dns, hours=1)
    assert f"_quanshi.{host}" in dns.asked
    page.reload()
    expect(page.locator(".badge-success")).to_be_visible()
    shop.see(page, "04-proven")
    assert shop.fact("domain") == host


def buy_there(shop: Premises, home: str) -> None:
    page = shop.shopper
    page.wait_for_timeout(KEPT_SECONDS * 1000)  # each process of the web server looks anew in its own time
    wait_until(lambda: status_at(page, home) == HTTPStatus.OK, seconds=KNOWN_SECONDS)
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()
    assert page.locator(f'a[href^="/s/{shop.slug}"]').count() == 0
    shop.see(page, "05-front")
    page.locator(f'a[href="/p/{MUG}"]').first.click()
    shop.see(page, "05-product")
    buy_button(page, "buy").click()
    check_out(page)
    assert page.url.startswith(home)
    order_url = pay(page)
    assert order_url.startswith(home)
    expect(page.locator(".hero-to_ship")).to_be_visible(timeout=PAID_SECONDS * 1000)
    shop.see(page, "05-order")
    assert shop.orders() == [("to_ship", MUG_PRICE)]
    # the platform's own address of the shop goes on, and accounts are there alone
    page.goto(shop.front)
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()
    page.goto(f"{home}/me")
    assert not page.url.startswith(home)


def lose_the_record(shop: Premises, dns: NameServer, home: str) -> None:
    """Once is not enough to lose the domain; the owner is told."""
    dns.records.clear()
    look(shop, dns, hours=26)
    shop.owner.reload()
    expect(shop.owner.locator(".badge-danger")).to_be_visible()
    shop.see(shop.owner, "06-record-missing")
    assert status_at(shop.shopper, home) == HTTPStatus.OK


def give_it_up(shop: Premises, home: str) -> None:
    page = shop.owner
    page.locator('form[action$="/domain/drop"] button').click()
    expect(page.locator("#domain-title")).to_have_count(0)
    shop.see(page, "07-given-up")
    assert shop.fact("domain") == ""
    assert shop.asked(LOOKED_FOR) == []
    wait_until(lambda: status_at(shop.shopper, home) == HTTPStatus.BAD_REQUEST, seconds=KNOWN_SECONDS)
    shop.shopper.goto(shop.front)
    expect(shop.shopper.get_by_role("heading", name=NAME)).to_be_visible()
    shop.console("activity?kind=shop")
    shop.see(page, "08-activity")


def look(shop: Premises, dns: NameServer, *, hours: int) -> None:
    shop.stack.run("manage", "shell", "-c", LOOK.format(port=dns.port, hours=hours))


def status_at(page: Page, url: str) -> int:
    answer = page.goto(url)
    assert answer is not None
    return answer.status
