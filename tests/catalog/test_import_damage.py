from __future__ import annotations

import pytest

from quanshi.catalog.models import Product, Variant
from quanshi.catalog.types import ImportIssue
from tests.support.factories import make_shop
from tests.support.product_lists import contents, product_list, refusals, run_import, simple

pytestmark = pytest.mark.django_db

SHIRT = {
    "Handle": "shirt",
    "Title": "Shirt",
    "Body (HTML)": "<p>Soft</p>\n<p>and warm</p>",
    "Option1 Name": "Size",
    "Option1 Value": "S",
    "Option2 Name": "Colour",
    "Option2 Value": "Red",
    "Variant Price": "50",
}


def size(value: str, colour: str = "Red", **cells: str) -> dict[str, str]:
    given = {name.replace("_", " "): text for name, text in cells.items()}
    return {"Handle": "shirt", "Option1 Value": value, "Option2 Value": colour, "Variant Price": "50", **given}


def test_many_kinds_of_damage_lose_no_good_row_and_are_told_line_by_line() -> None:
    shop = make_shop()
    report = run_import(
        shop,
        product_list(
            SHIRT,  # lines 2 and 3: its description has a line break
            size("M", Variant_Price="-5"),  # 4
            size("L", Variant_Price="1e5"),  # 5
            size("XL", Variant_Price="19.999"),  # 6
            size("XXL", Variant_Inventory_Qty="many"),  # 7
            size("M", Variant_Price="55"),  # 8: good
            size("S"),  # 9: the same options as line 2
            size("L", colour=""),  # 10
            {"Handle": "shirt"},  # 11
            simple("", Title="Lost"),  # 12
            simple("nameless", Title=""),  # 13
            simple("cup"),  # 14: good
            "mug,Mug,short row\n",  # 15
            simple("plate", Title="Pl\x00ate"),  # 16
            simple("bowl", Variant_Price="ten"),  # 17
            simple("fork", Published="perhaps"),  # 18
            simple("knife", Status="gone"),  # 19
            simple("spoon", Option2_Value="Steel"),  # 20: a value without a name
            simple("pan", Image_Src="ftp://example.com/pan.jpg"),  # 21
            simple("pot", Image_Src="../../etc/pot.jpg"),  # 22
            simple("jar", Title="J" * 256),  # 23
            simple("lid", Title="Caf\udce9"),  # 24: a byte that is no UTF-8
            simple("two words"),  # 25
            simple("tray", Variant_Grams="heavy"),  # 26
            simple("=HYPERLINK(1)"),  # 27: refused as a handle
            simple("formula", Title="=1+1"),  # 28: good, plain text
            simple("dish", Variant_Price="NaN"),  # 29
            simple("comma", Variant_Price="19,90"),  # 30
            simple("last"),  # 31: good
            'open,"Never closed,,,\n',  # 32
        ),
    )

    assert refusals(report) == {
        4: "Variant Price",
        5: "Variant Price",
        6: "Variant Price",
        7: "Variant Inventory Qty",
        9: "Option1 Value",
        10: "Option2 Value",
        11: "",
        12: "Handle",
        13: "Title",
        15: "",
        16: "Title",
        17: "Variant Price",
        18: "Published",
        19: "Status",
        20: "Option2 Value",
        21: "Image Src",
        22: "Image Src",
        23: "Title",
        24: "Title",
        25: "Handle",
        26: "Variant Grams",
        27: "Handle",
        29: "Variant Price",
        30: "Variant Price",
        32: "",
    }
    assert report.rows_refused == 25
    assert set(contents(shop)) == {"shirt", "cup", "formula", "last"}
    assert Product.objects.get(handle="formula").title == "=1+1"
    sold = Variant.objects.filter(product__handle="shirt").order_by("position")
    assert [(v.options, v.price_minor) for v in sold] == [(["S", "Red"], 5000), (["M", "Red"], 5500)]


def test_an_issue_names_line_column_value_and_reason() -> None:
    report = run_import(make_shop(), product_list(simple("cup"), simple("mug", Variant_Price="-5")))

    assert report.issues == (
        ImportIssue(3, "Variant Price", "-5", "is no plain non-negative amount; write it like 19.90", is_refusal=True),
    )


def test_a_bad_first_row_sinks_its_product_and_every_row_is_told() -> None:
    shop = make_shop()
    report = run_import(shop, product_list({**SHIRT, "Title": ""}, size("M"), size("L"), simple("cup")))

    assert refusals(report) == {2: "Title", 4: "Handle", 5: "Handle"}
    assert (report.rows_refused, set(contents(shop))) == (3, {"cup"})


def test_a_bad_price_on_the_first_row_sinks_that_variant_alone() -> None:
    shop = make_shop()
    report = run_import(shop, product_list({**SHIRT, "Variant Price": "free"}, size("M")))

    assert refusals(report) == {2: "Variant Price"}
    assert list(Variant.objects.values_list("options", flat=True)) == [["M", "Red"]]


def test_a_product_without_one_good_variant_is_refused_whole() -> None:
    shop = make_shop()
    picture = {"Handle": "shirt", "Image Src": "https://example.com/a.jpg"}
    report = run_import(shop, product_list({**SHIRT, "Variant Price": "free"}, picture))

    assert refusals(report) == {2: "Variant Price", 4: "Handle"}
    assert contents(shop) == {}


def test_more_than_three_options_and_a_differing_name_are_refused() -> None:
    columns = ("Handle", "Title", "Option1 Name", "Option1 Value", "Option4 Name", "Option4 Value", "Variant Price")
    first = {"Handle": "a", "Title": "A", "Option1 Name": "Size", "Option1 Value": "S", "Variant Price": "1"}
    report = run_import(
        make_shop(),
        product_list(
            first,
            {"Handle": "a", "Option1 Value": "M", "Option4 Value": "x", "Variant Price": "1"},
            {"Handle": "a", "Option1 Name": "Length", "Option1 Value": "L", "Variant Price": "1"},
            columns=columns,
        ),
    )

    assert refusals(report) == {3: "Option4 Value", 4: "Option1 Name"}


def test_a_list_price_that_is_no_reduction_is_dropped_with_a_warning() -> None:
    report = run_import(
        make_shop(),
        product_list(
            simple("dear", Variant_Compare_At_Price="9"),
            simple("cheap", Variant_Compare_At_Price="12.5"),
            simple("plain", Variant_Compare_At_Price="0.00"),
        ),
    )

    assert [(i.line, i.column, i.is_refusal) for i in report.issues] == [(2, "Variant Compare At Price", False)]
    kept = dict(Variant.objects.values_list("product__handle", "list_price_minor"))
    assert kept == {"dear": None, "cheap": 1250, "plain": None}


def test_descriptions_lose_what_could_do_harm_and_titles_stay_text() -> None:
    body = (
        '<p onclick="steal()">Good<script>alert(1)</script><img src="http://spy.example/x.gif">'
        '<a href="javascript:alert(1)">link</a></p><table><tr><td colspan="2" style="x">1</td></tr></table><!-- hi -->'
    )
    run_import(make_shop(), product_list(simple("cup", Title="<b>Cup</b>", **{"Body (HTML)": body})))

    product = Product.objects.get()
    assert product.title == "<b>Cup</b>"
    assert product.body_html == '<p>Goodlink</p><table><tbody><tr><td colspan="2">1</td></tr></tbody></table>'


def test_a_description_of_a_megabyte_is_refused_and_the_next_row_lands() -> None:
    shop = make_shop()
    body = "x" * (600 * 1024)
    report = run_import(shop, product_list(simple("big", **{"Body (HTML)": body}), simple("cup")))

    assert refusals(report) == {2: "Body (HTML)"}
    assert set(contents(shop)) == {"cup"}


def test_a_price_that_no_cart_can_add_up_is_refused_and_so_is_one_without_end() -> None:
    shop = make_shop()
    report = run_import(
        shop,
        product_list(simple("a", Variant_Price="90071992547409.91"), simple("b", Variant_Price="9" * 100_000)),
    )
    assert refusals(report) == {2: "Variant Price", 3: "Variant Price"}
    assert not Product.objects.exists()
