"""Pictures of a shop's whole story and of the demo shops, in Chinese and English, light and dark, on phone and desk.

    python -m tools.screenshots --folder var/screenshots
    python -m tools.screenshots --readme            # and the chosen few, small, into docs/images

It walks tests/journeys/story.py on an installation of its own, or on the one of `--url`.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from quanshi.demo.types import OWNERS, VISITOR
from tests.journeys.conftest import ARGUMENTS, chromium
from tests.journeys.pages import DESK, PHONE, Camera, sign_in
from tests.journeys.story import CHINESE, ENGLISH, Scheme, Story, Words
from tests.support.stack import CHECKOUT
from tools.lighthouse import installation

LANGUAGES: Final[Mapping[str, Words]] = {"zh": CHINESE, "en": ENGLISH}
SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")
SHOP: Final = "xiuxi"
SHOPPERS: Final = {"home": "/", "shop": f"/s/{SHOP}", "product": f"/s/{SHOP}/p/sky-gaiwan", "search": "/search?q=茶"}
KEEPERS: Final = {"today": "", "orders": "orders", "goods": "goods", "page": "settings/page", "money": "money"}
IMAGES: Final = CHECKOUT / "docs/images"
PHONE_ROW: Final = ("home", "shop", "product", "options", "order")  # stand side by side in the README
GAP: Final = 24
BACKGROUNDS: Final[Mapping[Scheme, str]] = {"light": "#e9e4dc", "dark": "#000000"}
WIDTHS: Final = {"phone": 360, "desk": 1280}
QUALITY: Final = 70


def main() -> int:
    options = _arguments()
    folder = Path(options.folder)
    looks = [(language, scheme) for language in LANGUAGES for scheme in SCHEMES]
    looks = [look for look in looks if not options.only or "-".join(look) in options.only]
    with installation(options.url) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        try:
            for language, scheme in looks:  # before the stories put goods of their own into the market
                _look_at_the_demo(browser, url, LANGUAGES[language], scheme, _camera(folder, language, scheme))
            for language, scheme in [] if options.short else looks:
                _walk(browser, url, LANGUAGES[language], scheme, _camera(folder, language, scheme))
        finally:
            browser.close()
    if options.readme:
        for language in LANGUAGES:
            _choose(folder, language)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--folder", default="var/screenshots")
    parser.add_argument("--url", default="", help="an installation with the demo world that runs already")
    parser.add_argument("--only", nargs="+", default=[], metavar="LOOK", help="zh-light, zh-dark, en-light, en-dark")
    parser.add_argument("--short", action="store_true", help="the demo shops alone, without the story")
    parser.add_argument("--readme", action="store_true", help="write docs/images anew from the pictures")
    return parser.parse_args()


def _camera(folder: Path, language: str, scheme: Scheme) -> Camera:
    own = folder / f"{language}-{scheme}"
    own.mkdir(parents=True, exist_ok=True)
    print(own, file=sys.stderr, flush=True)
    return Camera(own)


def _walk(browser: Browser, url: str, words: Words, scheme: Scheme, camera: Camera) -> None:
    slug = f"harbour-{words.locale[:2]}-{scheme}-{secrets.token_hex(3)}"  # an address that no walk before has taken
    story = Story(url=url, browser=browser, words=words, slug=slug, camera=camera, scheme=scheme)
    try:
        story.tell()
    finally:
        story.close()


def _look_at_the_demo(browser: Browser, url: str, words: Words, scheme: Scheme, camera: Camera) -> None:
    for where, size in (("phone", PHONE), ("desk", DESK)):
        context = browser.new_context(
            viewport=size, locale=words.locale, color_scheme=scheme, reduced_motion="reduce", device_scale_factor=2
        )
        page = context.new_page()
        for name, path in SHOPPERS.items():
            _shoot(page, f"{url}{path}", camera, f"demo-{name}-{where}")
        _shoot(page, f"{url}/s/tarnlea/p/ridge-tent", camera, f"demo-options-{where}", then=".pick")
        sign_in(page, url, VISITOR.email, VISITOR.password)
        page.goto(f"{url}/orders?state=shipped")
        order = page.locator(".order-card-link").first.get_attribute("href")
        _shoot(page, f"{url}{order}", camera, f"demo-order-{where}")
        page.context.clear_cookies()
        sign_in(page, url, OWNERS[SHOP].email, OWNERS[SHOP].password)
        for name, path in KEEPERS.items():
            _shoot(page, f"{url}/console/{SHOP}/{path}", camera, f"demo-{name}-{where}")
        context.close()


def _shoot(page: Page, url: str, camera: Camera, name: str, *, then: str = "") -> None:
    """What a person sees first, after a click on `then` where there is one, and the whole of it."""
    page.goto(url, wait_until="load")
    if then:
        page.locator(then).click()
    camera.shoot(page, name, whole=False)
    camera.shoot(page, f"{name}-whole")


def _choose(folder: Path, language: str) -> None:
    """The README's pictures: three phones beside each other, and the console's first page, by day and by night."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for scheme in SCHEMES:
        source = folder / f"{language}-{scheme}"
        phones = [_scaled(source / f"demo-{name}-phone.png", WIDTHS["phone"]) for name in PHONE_ROW]
        size = (GAP + sum(phone.width + GAP for phone in phones), phones[0].height + 2 * GAP)
        row = Image.new("RGB", size, BACKGROUNDS[scheme])
        for at, phone in enumerate(phones):
            row.paste(phone, (GAP + at * (phone.width + GAP), GAP))
        row.save(IMAGES / f"phone-{language}-{scheme}.webp", quality=QUALITY, method=6)
        desk = _scaled(source / "demo-today-desk.png", WIDTHS["desk"])
        desk.save(IMAGES / f"console-{language}-{scheme}.webp", quality=QUALITY, method=6)


def _scaled(file: Path, width: int) -> Image.Image:
    with Image.open(file) as picture:
        return picture.convert("RGB").resize((width, picture.height * width // picture.width), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    sys.exit(main())
