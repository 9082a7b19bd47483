"""Texts reach the database as they were, whatever signs PostgreSQL has a meaning for."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from quanshi.catalog.models import Product, Variant
from quanshi.catalog.services.batches import WRITERS
from tests.support.factories import make_shop
from tests.support.product_lists import line_of, product_list, run_import, simple

ODD = ['{a,"b"}', "NULL", "null", "\\N", "a\\", '"', "'", "a\\tb", "{}", "茶 a b", "%s"]


@pytest.mark.django_db
def test_options_tags_and_attributes_of_any_signs_come_through_the_copy() -> None:
    shop = make_shop()
    first = simple("odd", Tags=", ".join(ODD[1:]), Option1_Name='{Si"ze\\}')
    rows = [
        {**(first if n == 0 else {"Handle": "odd"}), "Option1 Value": word, "Variant Price": "1"}
        for n, word in enumerate(ODD)
    ]

    assert run_import(shop, product_list(*(line_of(row) for row in rows))).rows_refused == 0

    product = Product.objects.get(shop_id=shop.id)
    assert (product.option_names, product.tags) == (['{Si"ze\\}'], ODD[1:])
    assert [variant.options for variant in Variant.objects.order_by("position")] == [[word] for word in ODD]


@pytest.mark.django_db
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))))
def test_an_array_is_what_postgresql_reads_back(texts: list[str]) -> None:
    (write,) = [write for kind, write in WRITERS.items() if kind.__name__ == "ArrayField"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::text[]", [write(texts)])
        assert cursor.fetchone()[0] == texts
