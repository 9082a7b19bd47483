"""What the demo shops sell: enough of it, in both languages, at prices that make sense."""

from __future__ import annotations

import re

import pytest

from quanshi.catalog.rules.html import clean_html
from quanshi.demo.catalogue import read_shops
from quanshi.demo.types import DEMO_SIGN_INS, DemoProduct

CHINESE = re.compile(r"[\u4e00-\u9fff]")
PRODUCTS = [product for shop in read_shops() for product in shop.products]


def test_three_shops_sell_more_than_sixty_things_in_two_currencies() -> None:
    shops = read_shops()
    assert len(shops) == 3
    assert len(PRODUCTS) >= 66
    assert sorted(shop.currency for shop in shops) == ["CNY", "CNY", "EUR"]
    assert len({shop.look for shop in shops}) == len({shop.accent for shop in shops}) == 3


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.handle)
def test_everything_is_said_in_both_languages(product: DemoProduct) -> None:
    assert CHINESE.search(product.title)
    assert CHINESE.search(product.body_html)
    english = [product.title_en, product.body_html_en, *product.category_en]
    english += [word for option in product.options for word in (option.name_en, *(v.name_en for v in option.values))]
    for words in english:
        assert words
        assert not CHINESE.search(words), words
    assert len(product.body_html_en.split()) >= 15, "a few honest sentences"
    assert product.body_html.count("<li>") == product.body_html_en.count("<li>") >= 1


def test_descriptions_pass_the_sanitiser_unchanged() -> None:
    for product in PRODUCTS:
        assert clean_html(product.body_html) == product.body_html
        assert clean_html(product.body_html_en) == product.body_html_en


def test_prices_are_above_zero_and_list_prices_above_them() -> None:
    variants = [variant for product in PRODUCTS for variant in product.variants]
    assert all(variant.price.minor > 0 for variant in variants)
    assert all(v.list_price is None or v.price < v.list_price for v in variants)
    assert 10 < sum(product.variants[0].list_price is not None for product in PRODUCTS) < len(PRODUCTS) / 2


def test_article_numbers_and_choices_are_unique() -> None:
    numbers = [variant.sku for product in PRODUCTS for variant in product.variants]
    assert len(set(numbers)) == len(numbers)
    for product in PRODUCTS:
        assert len({variant.options for variant in product.variants}) == len(product.variants)


def test_some_things_are_nearly_gone_and_one_is() -> None:
    totals = [sum(sum(variant.stock) for variant in product.variants) for product in PRODUCTS]
    assert totals.count(0) == 1
    assert sum(0 < total <= 5 for total in totals) >= 3


def test_many_things_come_in_several_choices_and_pictures() -> None:
    assert sum(len(product.variants) > 1 for product in PRODUCTS) >= 30
    assert max(len(product.options) for product in PRODUCTS) == 2
    assert sum(len(product.pictures) > 1 for product in PRODUCTS) >= 40


def test_a_coloured_choice_has_its_own_picture() -> None:
    for product in PRODUCTS:
        if not product.options or not product.options[0].values[0].colour:
            continue
        names = [value.name for value in product.options[0].values]
        assert [picture.shows for picture in product.pictures if picture.shows] == names[:4], product.handle


def test_sign_ins_are_plainly_made_up() -> None:
    assert len(DEMO_SIGN_INS) == 4
    for sign_in in DEMO_SIGN_INS:
        assert sign_in.email.endswith("@example.com")
        assert "demo account" in str(sign_in)
