"""Lighthouse on five pages as on a phone: the four scores, what each page weighs without photographs, and the targets.

    python -m tools.lighthouse --runs 3 --reports var/lighthouse

It looks at an installation of its own with the demo world, or at the one of `--url`. Each run has an empty cache and a
new browser; what is told is the median. Checkout and console are seen by whom they are for: their cookies go along.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, sync_playwright

from quanshi.demo.types import OWNERS, VISITOR, DemoSignIn
from tests.journeys.conftest import ARGUMENTS, chromium
from tests.journeys.pages import buy_button, choose_options, sign_in
from tests.support.stack import CHECKOUT, Stack

PROGRAM: Final = CHECKOUT / "node_modules/.bin/lighthouse"
CATEGORIES: Final = ("performance", "accessibility", "best-practices", "seo")
LEAST_SCORE: Final = 95
MOST_BYTES: Final = 150 * 1024
SHOP: Final = "xiuxi"
PRODUCT: Final = f"/s/{SHOP}/p/sky-gaiwan"
PHOTOGRAPHS: Final = "/media/"
TRIES: Final = 3  # of one look: Chromium at times records nothing, and Lighthouse asks to be run again
SHOWN: Final = 4  # the largest parts of a page, and the audits that cost it points
ROW: Final = "{:<10} {:>11} {:>13} {:>14} {:>4} {:>8} {:>7} {:>6} {:>8}   {}"


@dataclass(frozen=True)
class Subject:
    """A page and the cookies of whoever looks at it."""

    name: str
    path: str
    cookies: str = ""


@dataclass
class Found:
    """What the runs said of one page."""

    subject: Subject
    reports: list[dict[str, Any]] = field(default_factory=list)

    def score(self, category: str) -> int:
        return round(statistics.median(report["categories"][category]["score"] * 100 for report in self.reports))

    def milliseconds(self, audit: str) -> int:
        return round(statistics.median(report["audits"][audit]["numericValue"] for report in self.reports))

    @property
    def parts(self) -> dict[str, int]:
        """Bytes over the wire by address, without photographs, the largest first."""
        items = self.reports[0]["audits"]["network-requests"]["details"]["items"]
        sizes = {urlsplit(item["url"]).path: int(item.get("transferSize") or 0) for item in items}
        own = {path: size for path, size in sizes.items() if not path.startswith(PHOTOGRAPHS)}
        return dict(sorted(own.items(), key=lambda part: -part[1]))

    @property
    def weight(self) -> int:
        return sum(self.parts.values())

    @property
    def is_good(self) -> bool:
        return self.weight <= MOST_BYTES and all(self.score(category) >= LEAST_SCORE for category in CATEGORIES)

    def losses(self) -> list[str]:
        """What costs points, the dearest first; audits without a weight say nothing of a score."""
        report = self.reports[-1]
        found = {}
        for category in CATEGORIES:
            for reference in report["categories"][category]["auditRefs"]:
                audit = report["audits"][reference["id"]]
                if reference["weight"] and audit["score"] is not None and audit["score"] < 1:
                    lost = reference["weight"] * (1 - audit["score"])
                    found[f"{category}: {audit['title']} {audit.get('displayValue', '')}".rstrip()] = lost
        return sorted(found, key=lambda name: -found[name])


def main() -> int:
    options = _arguments()
    if not PROGRAM.exists():
        raise SystemExit(f"{PROGRAM} is missing: run `npm ci`, or `make lighthouse`")
    with installation(options.url) as url, tempfile.TemporaryDirectory() as scratch:
        folder = Path(options.reports or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        results = [Found(subject) for subject in _subjects(url) if not options.only or subject.name in options.only]
        for number in range(1, options.runs + 1):
            for found in results:
                found.reports.append(_look(found.subject, url, folder / f"{found.subject.name}-{number}.json"))
                print(f"run {number}/{options.runs}  {found.subject.name}", file=sys.stderr, flush=True)
    _tell(results, runs=options.runs)
    return 0 if all(found.is_good for found in results) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3, help="of each page; the median counts")
    parser.add_argument("--url", default="", help="an installation with the demo world that runs already")
    parser.add_argument("--reports", default="", metavar="FOLDER", help="keep Lighthouse's own reports there")
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="PAGE", help="home, category, product, checkout, console"
    )
    return parser.parse_args()


@contextmanager
def installation(url: str) -> Iterator[str]:
    if url:
        yield url
        return
    stack = Stack(demo=True)
    try:
        stack.start()
        yield stack.url
    finally:
        stack.remove()


def _subjects(url: str) -> list[Subject]:
    """The pages, with goods in the visitor's cart and the shop's owner signed in."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        try:
            shelf = _first_shelf(browser, url)
            shopper = _cookies(browser, url, VISITOR, shops=True)
            owner = _cookies(browser, url, OWNERS[SHOP])
        finally:
            browser.close()
    return [
        Subject("home", "/"),
        Subject("category", shelf),
        Subject("product", PRODUCT),
        Subject("checkout", f"/checkout/{SHOP}", shopper),
        Subject("console", f"/console/{SHOP}/", owner),
    ]


def _first_shelf(browser: Browser, url: str) -> str:
    page = browser.new_page()
    page.goto(f"{url}/s/{SHOP}")
    path = page.locator(f'a[href^="/s/{SHOP}/c/"]').first.get_attribute("href")
    page.close()
    assert path is not None
    return path


def _cookies(browser: Browser, url: str, who: DemoSignIn, *, shops: bool = False) -> str:
    """As a header, of somebody who has signed in and, where they shop, put something into their cart."""
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, url, who.email, who.password)
    if shops:
        page.goto(f"{url}{PRODUCT}")
        choose_options(page)
        buy_button(page, "cart").click()
        page.locator("[data-cart-count]:not([hidden])").first.wait_for()
    header = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in context.cookies())
    context.close()
    return header


def _look(subject: Subject, url: str, report: Path) -> dict[str, Any]:
    headers = report.with_suffix(".headers.json")
    headers.write_text(json.dumps({"Cookie": subject.cookies} if subject.cookies else {}))
    command = [str(PROGRAM), url + subject.path, "--quiet", "--output=json", f"--output-path={report}"]
    command += [f"--extra-headers={headers}", f"--only-categories={','.join(CATEGORIES)}"]
    command += [f"--chrome-flags=--headless=new {' '.join(ARGUMENTS)}"]
    try:
        for _ in range(TRIES):
            done = subprocess.run(command, check=False, env=os.environ | {"CHROME_PATH": chromium()}, timeout=180)
            if not done.returncode:
                break
        else:
            raise SystemExit(f"{subject.path}: Lighthouse has failed {TRIES} times")
    finally:
        headers.unlink()
    told: dict[str, Any] = json.loads(report.read_text())
    if error := told.get("runtimeError"):
        raise SystemExit(f"{subject.path}: {error['message']}")
    if urlsplit(told["finalDisplayedUrl"]).path != subject.path:
        raise SystemExit(f"{subject.path} led to {told['finalDisplayedUrl']}: whoever looked was not let in")
    return told


def _tell(results: Sequence[Found], *, runs: int) -> None:
    print(f"\nLighthouse {results[0].reports[0]['lighthouseVersion']}, as on a phone, medians of {runs}\n")
    print(ROW.format("", *CATEGORIES, "FCP ms", "LCP ms", "TBT ms", "KB", "largest parts, KB over the wire"))
    for found in results:
        parts = ", ".join(
            f"{Path(path).name or '/'} {size / 1024:.1f}" for path, size in [*found.parts.items()][:SHOWN]
        )
        figures = [found.score(category) for category in CATEGORIES]
        figures += [found.milliseconds(name) for name in ("first-contentful-paint", "largest-contentful-paint")]
        figures += [found.milliseconds("total-blocking-time")]
        print(ROW.format(found.subject.name, *figures, f"{found.weight / 1024:.0f}", parts))
    for found in results:
        for loss in found.losses()[:SHOWN]:
            print(f"  {found.subject.name}: {loss}")
    print(
        f"\ntargets: each score at least {LEAST_SCORE}, each page at most {MOST_BYTES // 1024} KB without photographs"
    )
    print(json.dumps(_figures(results)))


def _figures(results: Sequence[Found]) -> Mapping[str, object]:
    return {
        found.subject.name: {category: found.score(category) for category in CATEGORIES}
        | {"bytes": found.weight, "is_good": found.is_good}
        for found in results
    }


if __name__ == "__main__":
    sys.exit(main())
