"""Home, shop, category and product pages as a share of an empty Django page on the same server.

    python bench/pages.py --quick

The goods are those of the demo world. The empty page passes every middleware and does nothing. Queries are counted in
this process through Django's test client.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import harness

SUPPORT = Path(__file__).resolve().parent / "support"
sys.path.insert(0, str(SUPPORT))
from load import write_requests  # noqa: E402 - beside the settings that the server reads

CLIENTS = 16
QUERIES_AT_MOST = 8
PAGES = {
    "empty": "/bench/empty",
    "home": "/",
    "shop": "/s/xiuxi",
    "category": "",  # the shop's first one
    "product": "/s/xiuxi/p/sky-gaiwan",
}


def main() -> None:
    options = harness.arguments(str(__doc__).partition("\n")[0])
    count, rounds = (400, 5) if options.quick else (2000, 9)
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [str(SUPPORT), os.environ.get("PYTHONPATH", "")]
    )  # where the server finds the settings with the empty page
    with harness.own_database(settings="settings") as home:
        queries = load_world()
        with harness.running_server(home) as port:
            pages = {name: Page(path, port=port, home=home) for name, path in PAGES.items()}
            for page in pages.values():
                page.run(count // 4)  # templates, plans, connections
                page.results.clear()
            found = harness.interleave(
                rounds, {name: lambda page=page: page.run(count) for name, page in pages.items()}
            )
    empty = harness.median(found["empty"])
    ratios = {name: harness.median(values) / empty for name, values in found.items() if name != "empty"}
    figures = {f"{name}_per_second": harness.median(values) for name, values in found.items()}
    figures |= {f"{name}_queries": float(number) for name, number in queries.items()}
    harness.print_table(
        f"{CLIENTS} clients, {rounds} rounds of {count} requests, medians",
        ("page", "requests/s", "range", "of empty", "p99 ms", "queries"),
        [
            (
                name,
                f"{harness.median(values):,.0f}",
                harness.spread(values),
                f"{harness.median(values) / empty:.2f}",
                f"{harness.median([result['p99_ms'] for result in pages[name].results]):.0f}",
                str(queries.get(name, 0)),
            )
            for name, values in found.items()
        ],
    )
    harness.finish("pages", ratios=ratios, figures=figures)
    if too_many := {name: number for name, number in queries.items() if number > QUERIES_AT_MOST}:
        raise SystemExit(f"more than {QUERIES_AT_MOST} queries a page: {too_many}")


def load_world() -> dict[str, int]:
    """Load the demo world, choose the category, count each page's queries."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from quanshi.catalog import selectors as catalog
    from quanshi.config import wiring
    from quanshi.demo.services import load_demo
    from quanshi.shops import selectors as shops

    wiring.wire()
    load_demo()
    shop = shops.shop_by_slug(slug="xiuxi", locale="zh-hans")
    PAGES["category"] = f"/s/xiuxi/c/{catalog.categories(shop_id=shop.id, locale='zh-hans')[0].slug}"
    client = Client(headers={"host": "127.0.0.1"})
    queries = {}
    for name, path in PAGES.items():
        if name == "empty":
            continue
        client.get(path)
        with CaptureQueriesContext(connection) as captured:
            status = client.get(path).status_code
        if status != 200:
            raise SystemExit(f"{path} answered {status}")
        queries[name] = len(captured)
    return queries


class Page:
    """One address, asked again and again by the load generator in a process of its own."""

    def __init__(self, path: str, *, port: int, home: Path) -> None:
        self._request = f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept-language: zh-CN\r\n\r\n".encode()
        self._port = port
        self._file = home / "page-requests"
        self.results: list[dict[str, Any]] = []

    def run(self, count: int) -> float:
        write_requests(self._file, [self._request] * count)
        command = [sys.executable, str(SUPPORT / "load.py"), str(self._file)]
        command += ["--port", str(self._port), "--clients", str(CLIENTS)]
        result = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        if result["statuses"] != {"200": count}:
            raise SystemExit(f"not every page came: {result['statuses']}")
        self.results.append(result)
        return float(result["per_second"])


if __name__ == "__main__":
    main()
