"""The life of a small shop, walked in a browser: opened, stocked, staffed, sold from, its answers and its refunds.

The steps find their way by addresses and field names alone, so they go in any language. The suite walks it once and
looks at what became of it; `python -m tools.screenshots` walks it in both languages, light and dark, for pictures.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from quanshi.demo.art.pictures import draw
from quanshi.demo.catalogue import read_shops
from tests.journeys.pages import (
    DESK,
    PAID_SECONDS,
    PHONE,
    Camera,
    buy_button,
    check_out,
    choose_options,
    pay,
    sign_up,
    wait_for_state,
)

Scheme = Literal["light", "dark", "no-preference"]

PASSWORD: Final = "a-long-enough-sentence-1"
PARCEL: Final = "SF1234567890123"
PARCEL_BACK: Final = "SF1234567890456"
HEADER: Final = (
    "Handle", "Title", "Body (HTML)", "Vendor", "Type", "Published", "Option1 Name", "Option1 Value",
    "Variant SKU", "Variant Grams", "Variant Inventory Qty", "Variant Price",
)  # fmt: skip
DRAWN: Final[Mapping[str, str]] = {"mug": "peak-mug", "candle": "tarn-candle", "pack": "two-strap-pack"}
PICTURE_PIXELS: Final = 1200


@dataclass(frozen=True)
class Words:
    """What the people of the story write, in their language."""

    locale: str
    shop: str
    goods: Sequence[Sequence[str]]
    heading: str
    text: str
    favourites: str
    review: str
    answer: str
    reason: str


ENGLISH: Final = Words(
    locale="en-GB",
    shop="Harbour Goods",
    goods=(
        ("mug", "Enamel mug", "<p>Does not mind being dropped.</p>", "Kitchen", "Colour", "Cream", "MUG-C", "39.90"),
        ("mug", "", "", "", "", "Night", "MUG-N", "42.00"),
        (
            "candle",
            "Harbour candle",
            "<p>Burns for forty hours.</p>",
            "Home",
            "Title",
            "Default Title",
            "CAN-1",
            "68.00",
        ),
        (
            "pack",
            "Roll-top pack",
            "<p>Dry inside, rain outside.</p>",
            "Outdoors",
            "Title",
            "Default Title",
            "PCK-1",
            "399.00",
        ),
    ),
    heading="Straight from the quay",
    text="We pack on Tuesdays and Fridays, by hand, in paper.",
    favourites="What leaves first",
    review="The glaze is thicker than I thought, and the handle stays cool.",
    answer="Thank you. It is dipped twice, which is why.",
    reason="One of the two arrived with a chip.",
)
CHINESE: Final = Words(
    locale="zh-CN",
    shop="港口杂货",
    goods=(
        ("mug", "搪瓷杯", "<p>摔不坏，火上也能热。</p>", "厨房", "颜色", "米白", "MUG-C", "39.90"),
        ("mug", "", "", "", "", "夜蓝", "MUG-N", "42.00"),
        ("candle", "港口蜡烛", "<p>能点四十个小时。</p>", "家里", "Title", "Default Title", "CAN-1", "68.00"),
        ("pack", "卷口背包", "<p>外面下雨，里面是干的。</p>", "户外", "Title", "Default Title", "PCK-1", "399.00"),
    ),
    heading="码头边直接打包",
    text="每周二、周五打包，手工，只用纸。",
    favourites="最先卖完的几样",
    review="釉比想的厚，杯把不烫手。",
    answer="谢谢！上了两遍釉，所以厚一些。",
    reason="两只里有一只到的时候磕了口。",
)


@dataclass
class Story:
    """One walk. `slug` is free on the installation; whoever tells it closes what it opened."""

    url: str
    browser: Browser
    words: Words
    slug: str
    camera: Camera
    scheme: Scheme = "light"
    contexts: list[BrowserContext] = field(default_factory=list)
    order_url: str = ""
    order_number: str = ""

    def tell(self) -> None:
        self.open_the_shop()
        self.import_the_goods()
        self.add_pictures()
        self.edit_the_page()
        self.invite_staff()
        self.sell()
        self.ship_by_file()
        self.review_and_answer()
        self.take_a_return()
        self.look_at_the_money()

    def close(self) -> None:
        for context in self.contexts:
            context.close()

    @cached_property
    def merchant(self) -> Page:
        """At a desk, signed up and in."""
        page = self._page(is_phone=False)
        sign_up(page, self.url, f"{self.slug}@example.com", PASSWORD)
        return page

    @cached_property
    def merchants_phone(self) -> Page:
        """The same person on their phone."""
        return self._page(is_phone=True, of=self.merchant.context)

    @cached_property
    def packer(self) -> Page:
        """Who is invited to pack; works on a phone."""
        page = self._page(is_phone=True)
        sign_up(page, self.url, f"packer-{self.slug}@example.com", PASSWORD)
        return page

    @cached_property
    def shopper(self) -> Page:
        """A guest on a phone."""
        return self._page(is_phone=True)

    def open_the_shop(self) -> None:
        page = self.merchant
        page.goto(f"{self.url}/console/open")
        self.camera.shoot(page, "01-open-desk")
        with page.expect_response(re.compile("/console/open/address")):
            page.locator('[name="name"]').fill(self.words.shop)
            page.locator('[name="slug"]').focus()
        page.locator('[name="slug"]').fill(self.slug)
        page.locator("main form button[type=submit]").click()
        page.wait_for_url(re.compile(f"/console/{self.slug}/$"))
        self._console("01-first-day", "")

    def import_the_goods(self) -> None:
        page = self.merchant
        page.goto(self.console("import"))
        page.locator('input[type="file"]').set_input_files(
            {"name": "catalogue.csv", "mimeType": "text/csv", "buffer": self._catalogue()}
        )
        page.locator('form[enctype="multipart/form-data"] button[type=submit]').click()
        self._until(page, page.locator("#runs tbody .badge-success"))
        page.locator("#runs .row-link").first.click()
        expect(page.locator(".badge-danger")).to_have_count(0)
        self.camera.shoot(page, "02-import-report-desk")

    def add_pictures(self) -> None:
        page = self.merchant
        for title, drawing in self._drawings().items():
            page.goto(self.console("goods"))
            page.locator(".row-link", has_text=title).first.click()
            form = page.locator('form[action$="/picture"]')
            form.locator('input[type="file"]').set_input_files(
                {"name": "picture.png", "mimeType": "image/png", "buffer": drawing}
            )
            form.locator('[name="alt"]').fill(title)
            form.locator("button[type=submit]").click()
            expect(page.locator(".picture-row img")).to_have_count(1)
        self.camera.shoot(page, "03-goods-edit-desk")
        self._console("03-goods", "goods")

    def edit_the_page(self) -> None:
        page = self.merchant
        self._add_section("text")
        page.locator('[name="title"]').fill(self.words.heading)
        page.locator('[name="body"]').fill(self.words.text)
        page.locator("main form.panel button[type=submit]").click()
        page.wait_for_url(re.compile("/settings/page$"))
        self._add_section("featured")
        page.locator('[name="title"]').fill(self.words.favourites)
        for box in page.locator('[name="product_ids"]').all():
            box.check()
        page.locator("main form.panel button[type=submit]").click()
        page.wait_for_url(re.compile("/settings/page$"))
        self._console("04-page-draft", "settings/page")
        page.locator('form[action$="/publish"] button').click()
        expect(page.locator('form[action$="/publish"]')).to_have_count(0)

    def invite_staff(self) -> None:
        page = self.merchant
        page.goto(self.console("members"))
        form = page.locator('form[action$="/invite"]')
        form.locator('[name="role"]').select_option("orders")
        form.locator("button[type=submit]").click()
        link = page.locator(".invitation-link input").input_value()
        self._console("05-members", "members")
        self.packer.goto(link)
        self.camera.shoot(self.packer, "05-invited-phone")
        self.packer.locator("main form button[type=submit]").click()
        self.packer.wait_for_url(re.compile(f"/console/{self.slug}/"))
        assert self.packer.goto(self.console("money"), wait_until="commit").status == 403  # type: ignore[union-attr]

    def sell(self) -> None:
        page = self.shopper
        page.goto(f"{self.url}/s/{self.slug}")
        expect(page.get_by_text(self.words.heading)).to_be_visible()
        self.camera.shoot(page, "06-shop-phone")
        page.locator(f'a[href="/s/{self.slug}/p/mug"]').first.click()
        self.camera.shoot(page, "06-product-phone")
        choose_options(page, self.words.goods[0][5])
        page.locator('[name="quantity"]').first.fill("2")
        self.camera.shoot(page, "06-options-phone", whole=False)
        buy_button(page, "cart").click()
        expect(page.locator("[data-cart-count]:visible", has_text="2").first).to_be_visible()
        page.goto(f"{self.url}/cart")
        self.camera.shoot(page, "07-cart-phone")
        page.locator('a[href^="/checkout/"]').first.click()
        self.camera.shoot(page, "07-checkout-empty-phone")
        check_out(page, before_placing=self._look_at_the_sums)
        self.camera.shoot(page, "08-pay-phone")
        self.order_url = pay(page)
        expect(page.locator(".hero-to_ship")).to_be_visible(timeout=PAID_SECONDS * 1000)
        self.order_number = page.locator(".code").last.inner_text()
        self.camera.shoot(page, "08-paid-phone")

    def _look_at_the_sums(self) -> None:
        expect(self.shopper.locator(".sums dt")).to_have_count(3)  # goods, delivery that is free, the total
        self.camera.shoot(self.shopper, "07-checkout-phone")

    def ship_by_file(self) -> None:
        self._console("09-orders", "orders")
        page = self.packer
        page.goto(self.console("orders/parcels"))
        self.camera.shoot(page, "09-parcels-phone")
        rows = f"订单号,承运商,运单号\n{self.order_number},sf,{PARCEL}\n"
        page.locator('input[type="file"]').set_input_files(
            {"name": "parcels.csv", "mimeType": "text/csv", "buffer": rows.encode()}
        )
        page.locator('form[enctype="multipart/form-data"] button[type=submit]').click()
        page.wait_for_url(re.compile("/orders/parcels/[0-9a-f-]{36}$"))
        self.camera.shoot(page, "09-parcel-file-phone")
        page.locator('form[action$="/ship"] button').click()
        self._until(page, page.locator("tbody .badge-success"))
        self.camera.shoot(page, "09-parcels-sent-phone")
        wait_for_state(self.shopper, self.order_url, "shipped")
        self.camera.shoot(self.shopper, "10-shipped-phone")
        self.shopper.locator('form[action$="/receipt"] button').click()
        expect(self.shopper.locator(".hero-received")).to_be_visible()

    def review_and_answer(self) -> None:
        page = self.shopper
        page.locator(".line-review a").first.click()
        page.locator(".star-choice label").nth(3).click()
        page.locator('[name="text"]').fill(self.words.review)
        self.camera.shoot(page, "11-review-phone")
        page.locator('main form[enctype] button[type="submit"]').click()
        page.wait_for_url(re.compile("/orders/"))
        self._console("11-reviews", "reviews")
        desk = self.merchant
        desk.goto(self.console("reviews"))
        desk.locator('[name="text"]').first.fill(self.words.answer)
        desk.locator('form[action*="/reviews/"] button[type="submit"]').first.click()
        page.goto(f"{self.url}/s/{self.slug}/p/mug")
        expect(page.get_by_text(self.words.answer)).to_be_visible()
        self.camera.shoot(page, "11-reviewed-product-phone")

    def take_a_return(self) -> None:
        page, desk = self.shopper, self.merchant
        page.goto(self.order_url)
        page.locator('a[href$="/after-sale"]').first.click()
        page.locator('label:has([value="return_and_refund"])').click()
        page.locator('[name^="quantity_"]').first.fill("1")
        page.locator('[name="reason"]').fill(self.words.reason)
        self.camera.shoot(page, "12-after-sale-phone")
        page.locator('main form button[type="submit"]').last.click()
        page.wait_for_url(re.compile("/after-sale/[0-9a-f-]{36}"))
        case_url = page.url
        self.camera.shoot(page, "12-case-phone")
        desk.goto(self.console("after-sales"))
        desk.locator("tbody a").first.click()
        caseconsole = desk.url
        self.camera.shoot(desk, "12-case-desk")
        desk.locator('form[action$="/approve"] button').click()
        page.goto(case_url)
        page.locator('[name="carrier"]').select_option("sf")
        page.locator('[name="tracking_number"]').fill(PARCEL_BACK)
        page.locator('form[action$="/send-back"] button').click()
        desk.goto(caseconsole)
        self.camera.shoot(desk, "12-parcel-back-desk")
        desk.locator('form[action$="/receive"] button').click()
        self._until(page, page.locator(".refunded"), url=self.order_url)
        self.camera.shoot(page, "13-refunded-phone")

    def look_at_the_money(self) -> None:
        self._console("14-today", "")
        self._console("14-money", "money")
        self._console("14-activity", "activity")

    def _page(self, *, is_phone: bool, of: BrowserContext | None = None) -> Page:
        context = self.browser.new_context(
            viewport=PHONE if is_phone else DESK,
            locale=self.words.locale,
            color_scheme=self.scheme,
            reduced_motion="reduce",
            has_touch=is_phone,
            is_mobile=is_phone,
            device_scale_factor=2 if is_phone else 1,
            storage_state=of.storage_state() if of else None,
        )
        self.contexts.append(context)
        return context.new_page()

    def _console(self, name: str, path: str) -> None:
        """A page of the console, at the desk and on the phone."""
        for page, where in ((self.merchants_phone, "phone"), (self.merchant, "desk")):
            page.goto(self.console(path))
            self.camera.shoot(page, f"{name}-{where}")

    def console(self, path: str) -> str:
        return f"{self.url}/console/{self.slug}/{path}"

    def _add_section(self, kind: str) -> None:
        self.merchant.goto(self.console("settings/page"))
        self.merchant.locator(f'button[name="kind"][value="{kind}"]').click()
        self.merchant.wait_for_url(re.compile("/settings/page/[0-9a-f-]{36}$"))

    def _until(self, page: Page, sight: Locator, *, url: str = "") -> None:
        """The page shows it, asked again and again: somebody else is at work meanwhile."""
        for _ in range(PAID_SECONDS * 2):
            page.goto(url or page.url)
            if sight.count():
                return
            page.wait_for_timeout(500)
        expect(sight.first).to_be_visible()

    def _catalogue(self) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(HEADER)
        for handle, title, body, shelf, option, value, sku, price in self.words.goods:
            writer.writerow((handle, title, body, self.words.shop, shelf, "TRUE", option, value, sku, 300, 24, price))
        return text.getvalue().encode()

    def _drawings(self) -> dict[str, bytes]:
        """Pictures of the demo's own art for the story's goods, as somebody would upload them: by title."""
        art = {product.handle: product.pictures[0].picture for shop in read_shops() for product in shop.products}
        titles = {row[0]: row[1] for row in self.words.goods if row[1]}
        context = self.browser.new_context(viewport={"width": PICTURE_PIXELS, "height": PICTURE_PIXELS})
        page = context.new_page()
        found = {}
        for handle, drawn in DRAWN.items():
            svg = draw(art[drawn]).decode()
            page.set_content(f"<style>body{{margin:0}}svg{{display:block;width:100vw;height:100vh}}</style>{svg}")
            found[titles[handle]] = page.screenshot()
        context.close()
        return found
