"""Pages and lists of one shop with 100,000 products and 1,000,000 orders, beside those of a small shop.

    python bench/scale.py --quick

Both shops are in one database behind one server (bench/busy.py fills them). The small one has 239 products and 1,000
orders, so that its lists fill their first page too: what is compared is how a page grows with what lies behind it, not
with what it shows. The two take turns with every request, over one kept connection each.
"""

from __future__ import annotations

import http.client
import os
import statistics
import time
from collections.abc import Mapping
from urllib.parse import quote
from uuid import UUID

import harness

COPIES, ORDERS = 418, 1_000_000
QUICK_COPIES, QUICK_ORDERS = 20, 20_000
ROUNDS, QUICK_ROUNDS = 100, 40
GROWTH_AT_MOST = 2.0
PARTS = ("console", "storefront", "search", "api")
WORDS = ("床单", "四件套", "全棉", "居家 棉", "床品 全棉", "maojin", "毛今")  # a slip at last
ACCOUNTS = ("order_escrow", "buyer_due")
STATES = ("", "placed", "to_ship", "shipped", "received", "closed", "cancelled")
# What is asked of both shops, by part; a page's `next` is the address that its first page leads on to.
CONSOLE = {
    "today": "/console/{slug}/",
    **{f"orders {state or 'all'}": f"/console/{{slug}}/orders?state={state}" for state in STATES},
    "orders by number": "/console/{slug}/orders?q={number}",
    "order": "/console/{slug}/orders/{order}",
    "goods": "/console/{slug}/goods",
    "goods of a tag": "/console/{slug}/goods?tag=picked",
    "goods by title": "/console/{slug}/goods?q={title}",
    "goods by address": "/console/{slug}/goods?q={handle}",
    "stock": "/console/{slug}/stock",
    "stock running low": "/console/{slug}/stock?low=1",
    **{f"after-sales {state}": f"/console/{{slug}}/after-sales?state={state}" for state in ("waiting", "ended", "all")},
    **{f"money {account}": f"/console/{{slug}}/money?account={account}" for account in ACCOUNTS},
    "reviews": "/console/{slug}/reviews?state=all",
    "activity": "/console/{slug}/activity",
}
STOREFRONT = {
    "home": "/",
    "shop": "/s/{slug}",
    "categories": "/s/{slug}/c",
    "category": "/s/{slug}/c/{category}",
    "category by price": "/s/{slug}/c/{category}?sort=price",
    "all goods": "/s/{slug}/search",
    "all goods by price": "/s/{slug}/search?sort=-price",
    "product": "/s/{slug}/p/{handle}",
}
SEARCH = {f"search {words}": f"/s/{{slug}}/search?q={quote(words)}" for words in WORDS} | {
    "search in stock": f"/s/{{slug}}/search?q={quote(WORDS[0])}&stock=1",
    "suggestions": f"/search/suggestions?shop={{slug}}&q={quote('全棉')}",
}
API = {
    "api orders": "/api/v1/shops/{id}/orders",
    "api orders to ship": "/api/v1/shops/{id}/orders?state=to_ship",
    "api products": "/api/v1/shops/{id}/products",
    "api stock": "/api/v1/shops/{id}/stock",
    "api after-sales": "/api/v1/shops/{id}/after-sales",
    "api balances": "/api/v1/shops/{id}/balances",
    "api statement": "/api/v1/shops/{id}/statement?account=order_escrow",
    "api search": f"/api/v1/search?shop={{slug}}&q={quote(WORDS[0])}",
}
PAGES = dict(zip(PARTS, (CONSOLE, STOREFRONT, SEARCH, API), strict=True))
# The second page of these, by the address in the first.
FURTHER = ("orders all", "orders closed", "goods", "stock", "money order_escrow", "shop")


class Caller:
    """One person at a kept connection, from another address with each request: searches are limited by address."""

    def __init__(self, port: int, session: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._headers = {"cookie": f"quanshi_session_{port}={session}", "accept-language": "zh-CN", "accept": "*/*"}
        self._number = 0

    def get(self, path: str) -> tuple[float, str]:
        """Milliseconds, and what came."""
        self._number += 1
        source = f"10.{self._number >> 16 & 255}.{self._number >> 8 & 255}.{self._number & 255}"
        began = time.perf_counter()
        self._connection.request("GET", path, headers={**self._headers, "x-forwarded-for": source})
        answer = self._connection.getresponse()
        body = answer.read()
        spent = (time.perf_counter() - began) * 1000
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}")
        return spent, body.decode()


def main() -> None:
    options = harness.arguments(str(__doc__).partition("\n")[0], parts=PARTS)
    copies, orders = (QUICK_COPIES, QUICK_ORDERS) if options.quick else (COPIES, ORDERS)
    with harness.own_database() as home:
        import busy

        shops = busy.fill(copies=copies, orders=orders)
        values = {slug: values_of(slug, shop_id) for slug, shop_id in shops.items()}
        session = sign_in()
        os.environ["QUANSHI_BEHIND_PROXY"] = "1"
        with harness.running_server(home) as port:
            pages = {name: path for part in options.only for name, path in PAGES[part].items()}
            callers = {slug: Caller(port, session) for slug in shops}
            times = measure(callers, pages, values, QUICK_ROUNDS if options.quick else ROUNDS)
    report(times, small=busy.SMALL, busy=busy.BUSY)


def values_of(slug: str, shop_id: UUID) -> dict[str, str]:
    """What the addresses name: something of the shop that both shops have."""
    from quanshi.catalog.models import Category, Product
    from quanshi.orders.models import Order

    product = Product.objects.filter(shop_id=shop_id, status="active").exclude(category=None).order_by("-id")[5]
    order = Order.objects.filter(shop_id=shop_id, state="to_ship").order_by("-id")[5]
    shelf = Category.objects.get(shop_id=shop_id, path=product.category.path[:1])
    return {
        "slug": slug,
        "id": str(shop_id),
        "handle": product.handle,
        "title": quote("棉"),  # a page of them in the small shop, too
        "category": quote(shelf.slug),
        "order": str(order.id),
        "number": order.number,
    }


def sign_in() -> str:
    """The session of who has opened both shops."""
    from django.test import Client

    from quanshi.accounts.models import Person

    client = Client()
    client.force_login(Person.objects.get())
    return str(client.session.session_key)


def measure(
    callers: Mapping[str, Caller], pages: Mapping[str, str], values: Mapping[str, Mapping[str, str]], rounds: int
) -> dict[str, dict[str, list[float]]]:
    """Milliseconds by page and shop. The two shops take turns, so that a slow moment hits both."""
    paths = {name: {slug: path.format(**values[slug]) for slug in callers} for name, path in pages.items()}
    for name in [name for name in FURTHER if name in paths]:
        paths[f"{name}, page 2"] = {
            slug: next_of(callers[slug].get(path)[1], path) for slug, path in paths[name].items()
        }
    times: dict[str, dict[str, list[float]]] = {name: {slug: [] for slug in callers} for name in paths}
    for turn in range(rounds + 5):
        for name, by_shop in paths.items():
            for slug, path in by_shop.items():
                spent, _body = callers[slug].get(path)
                if turn >= 5:  # both processes of the server have seen the page
                    times[name][slug].append(spent)
    return times


def next_of(body: str, path: str) -> str:
    """The address of the following page, as the page itself has it."""
    import html
    import re

    found = re.search(r'href="([^"]*\b(?:cursor|after)=[^"]+)"', body)
    if found is None:
        raise SystemExit(f"{path} leads on to no second page")
    rest = html.unescape(found[1])
    return rest if rest.startswith("/") else path.partition("?")[0] + rest


def report(times: Mapping[str, Mapping[str, list[float]]], *, small: str, busy: str) -> None:
    p95 = {
        name: {slug: statistics.quantiles(spent, n=20)[-1] for slug, spent in by_shop.items()}
        for name, by_shop in times.items()
    }
    ratios = {name: found[busy] / found[small] for name, found in p95.items()}
    harness.print_table(
        "p95 over HTTP, ms",
        ["page", "small shop", "busy shop", "growth", "p50 growth"],
        [
            [
                name,
                f"{p95[name][small]:.1f}",
                f"{p95[name][busy]:.1f}",
                f"{ratios[name]:.2f}",
                f"{statistics.median(times[name][busy]) / statistics.median(times[name][small]):.2f}",
            ]
            for name in times
        ],
    )
    worst = max(ratios, key=lambda name: ratios[name])
    harness.finish(
        "scale",
        ratios={name.replace(" ", "_").replace(",", ""): ratio for name, ratio in ratios.items()},
        figures={f"{name.replace(' ', '_').replace(',', '')}_ms": found[busy] for name, found in p95.items()},
        targets=[
            harness.Target(f"p95 of the busy shop's {worst}, of the small one's", ratios[worst], most=GROWTH_AT_MOST)
        ],
    )


if __name__ == "__main__":
    main()
