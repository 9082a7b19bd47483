"""A shop of a journey's own with somebody who keeps it, both on phones; what its database holds can be asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import psycopg
from playwright.sync_api import Browser, Page

from tests.journeys.pages import PHONE, Camera, shut_out, sign_up
from tests.journeys.shopfront import write_catalogue
from tests.support.stack import Stack

Scheme = Literal["light", "dark"]

PASSWORD: Final = "a-long-enough-sentence-1"
NAME: Final = "Pier Goods"
MUG: Final = "enamel-mug"
MUG_PRICE: Final = 3990


@dataclass
class Premises:
    """`slug` is free on the installation. Pages that are looked at are photographed, read by axe, and fit the phone."""

    stack: Stack
    browser: Browser
    camera: Camera
    locale: str
    scheme: Scheme
    slug: str
    phones: list[Page] = field(default_factory=list)

    def open(self, folder: Path) -> None:
        """Sign the owner up, and bring their goods by a file that is written into `folder`."""
        email = f"{self.slug}@example.com"
        self.owner, self.shopper = self.phone(), self.phone()
        sign_up(self.owner, self.stack.url, email, PASSWORD)
        catalogue = str(write_catalogue(folder))
        self.stack.run("import", catalogue, "--shop", self.slug, "--create-shop", NAME, "--owner", email)

    def close(self) -> None:
        for page in self.phones:
            page.context.close()

    def phone(self) -> Page:
        """Of somebody nobody knows yet, where the shops' calendar holds."""
        context = self.browser.new_context(
            viewport=PHONE,
            locale=self.locale,
            timezone_id="Europe/Lisbon",
            color_scheme=self.scheme,
            has_touch=True,
            is_mobile=True,
            device_scale_factor=2,
            reduced_motion="reduce",
        )
        self.phones.append(context.new_page())
        return self.phones[-1]

    @property
    def front(self) -> str:
        return f"{self.stack.url}/s/{self.slug}"

    def console(self, path: str) -> None:
        """The owner opens a page of their console."""
        self.owner.goto(f"{self.stack.url}/console/{self.slug}/{path}")

    def see(self, page: Page, name: str) -> None:
        self.camera.shoot(page, name)
        assert shut_out(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name

    def asked(self, statement: str) -> Sequence[Sequence[Any]]:
        """Rows of a statement whose one parameter is the shop's slug."""
        with psycopg.connect(self.stack.database) as connection:
            return connection.execute(statement.encode(), [self.slug]).fetchall()

    def fact(self, column: str) -> Any:
        """A column, or an expression, of the shop's row."""
        return self.asked(f"SELECT {column} FROM shops_shop WHERE slug = %s")[0][0]  # noqa: S608 - of the test's own

    def orders(self) -> list[tuple[str, int]]:
        """State and total of each order of the shop."""
        found = self.asked(
            "SELECT o.state, o.total_minor FROM orders_order o JOIN shops_shop shop ON shop.id = o.shop_id"
            " WHERE shop.slug = %s ORDER BY o.placed_at"
        )
        return [(state, total) for state, total in found]
