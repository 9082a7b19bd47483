"""A merchant keeps the whole catalogue on the phone, without a file: options, variants, pictures, words."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.journeys.pages import PHONE, Camera, shut_out, sign_in
from tests.support.stack import Stack

pytestmark = pytest.mark.journey

CONSOLE = "/console/nuanpo"
WORDS = {
    "en-GB": ("Apron", "Colour", "Indigo", "Ash", "Size", "Short", "Long", "Kitchen"),
    "zh-CN": ("围裙", "颜色", "靛蓝", "烟灰", "尺码", "短款", "长款", "厨房"),
}


def look(page: Page, camera: Camera, name: str) -> None:
    page.evaluate("scrollTo(0, 0)")  # the bar that stays would lie across the picture
    camera.shoot(page, name)
    assert shut_out(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.locator(f'[name="{name}"]').fill(value)


def png(paint: str) -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (600, 600), paint).save(drawn, "PNG")
    return drawn.getvalue()


def ask_for(page: Page, more: str) -> None:
    page.locator(f'button[name="more"][value="{more}"]').click()


def save(page: Page) -> None:
    page.locator(".form-foot button.button-primary").click()


@pytest.mark.parametrize("locale", sorted(WORDS))
def test_goods_with_options_are_made_and_changed_on_a_phone(
    live_stack: Stack, browser: Browser, camera: Camera, locale: str
) -> None:
    title, colour, indigo, ash, size, short, long, shelf = WORDS[locale]
    context = browser.new_context(viewport=PHONE, locale=locale, has_touch=True, is_mobile=True)
    page = context.new_page()
    sign_in(page, live_stack.url, "farm@example.com", "quanshi-farm-demo")

    page.goto(f"{live_stack.url}{CONSOLE}/goods/new")
    page.locator(".words-more > summary").click()
    fill(page, title=title, title_en="Apron", path=f"{shelf} > {title}", vendor="Quay", price_1="89", quantity_1="6")
    fill(page, sku_1="APR-1")
    look(page, camera, "1-new")
    ask_for(page, "options")
    fill(page, name1=colour, option1_1=indigo, option1_2=ash, price_2="95")
    look(page, camera, "2-options")
    save(page)
    expect(page).to_have_url(re.compile(r"/goods/[0-9a-f-]{36}$"))
    expect(page.locator('[name="path"]')).to_have_value(f"{shelf} > {title}")
    expect(page.locator('[name="title_en"]')).to_have_value("Apron")
    look(page, camera, "3-made")

    ask_for(page, "option")
    ask_for(page, "variant")
    fill(page, name2=size, option1_1=ash, option2_1=long, price_1="109")
    page.locator("li.variant").last.locator("summary").click()
    fill(page, barcode_1="6901234567892", weight_1="420", limit_1="3")
    save(page)
    expect(page.locator(".errorlist")).to_have_count(2)
    look(page, camera, "4-refused")
    for field in page.locator('[name^="option2_"]').all()[:2]:
        field.fill(short)
    save(page)
    expect(page.locator(".variant-head strong").nth(2)).to_have_text(f"{ash} / {long}")

    page.locator('[name^="withdrawn_"]').nth(1).check()
    save(page)
    expect(page.locator("li.variant.is-withdrawn")).to_have_count(1)
    look(page, camera, "5-withdrawn")

    for name, paint in (("front", "#8a5a44"), ("back", "#3b6ea5")):
        page.locator('[name="file"]').set_input_files(
            {"name": f"{name}.png", "mimeType": "image/png", "buffer": png(paint)}
        )
        page.locator('#pictures form[enctype] [name="alt"]').fill(f"{title} {name}")
        page.locator("#pictures form[enctype] button").click()
        expect(page.locator(f'.picture-row [name="alt"][value="{title} {name}"]')).to_be_visible()
    fill(page, title=f"{title} 2")
    page.locator('.picture-row button[name="position"]').nth(2).click()
    expect(page.locator(".picture-row [name=alt]").first).to_have_value(f"{title} back")
    page.locator('.picture-row [name="alt"]').nth(1).fill(f"{title}, {indigo}")
    page.locator(".picture-alt button").nth(1).click()
    expect(page.locator(".picture-row img").nth(1)).to_have_attribute("alt", f"{title}, {indigo}")
    expect(page.locator('[name="title"]')).to_have_value(f"{title} 2")  # what is typed elsewhere stays
    look(page, camera, "6-pictures")
    page.locator('form[action$="/remove"] button').first.click()
    expect(page.locator(".picture-row")).to_have_count(1)
    shop = page.locator("header.page-head a.button-line")
    page.goto(f"{live_stack.url}{shop.get_attribute('href')}")
    expect(page.get_by_text(long).first).to_be_attached()
    look(page, camera, "7-for-buyers")
