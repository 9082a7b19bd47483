"""The pages and the API: as a browser without JavaScript, and as a program, see them."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from quanshi.accounts.types import SYSTEM
from quanshi.search import services
from quanshi.search.models import Synonyms
from quanshi.shops import services as shops
from quanshi.shops.models import Membership
from quanshi.shops.types import ShopState, ShopView
from tests.search.conftest import sell
from tests.support.factories import make_actor, make_person, make_shop

pytestmark = pytest.mark.django_db
CHINESE = {"accept-language": "zh-CN"}


def page(client: Client, path: str, status: int = 200, **data: str) -> str:
    answer = client.get(path, data, headers=CHINESE)
    assert answer.status_code == status
    return answer.content.decode()


@pytest.mark.parametrize("path", ["/search", "/s/house/search"])
def test_a_plain_form_searches(client: Client, shop: ShopView, path: str) -> None:
    form = re.search(r'<form class="find" action="([^"]+)" method="get"', page(client, path))
    assert form
    text = page(client, form[1], q="毛巾")
    assert "新疆长绒棉超柔毛巾" in text
    assert "羽绒枕" not in text
    assert 'value="毛巾"' in text


@pytest.mark.parametrize("path", ["/", "/s/house", "/s/house/c"])
def test_the_field_is_where_people_look_for_it(client: Client, shop: ShopView, path: str) -> None:
    assert 'type="search" name="q"' in page(client, path)


def test_a_mended_slip_can_be_unmended(client: Client, shop: ShopView) -> None:
    text = page(client, "/s/house/search", q="毛今")
    assert "<strong>毛巾</strong>" in text
    exact = page(client, "/s/house/search", q="毛今", exact="1")
    assert "没有找到" in exact
    assert 'href="/search?q=%E6%AF%9B%E4%BB%8A"' in exact  # on to the whole market
    assert "/s/house/c/" in exact


def test_what_was_typed_is_shown_as_text(client: Client, shop: ShopView) -> None:
    text = page(client, "/search", q='"><script>alert(1)</script>')
    assert "<script>alert" not in text


def test_filters_and_order_are_links_and_what_is_no_filter_is_left_out(client: Client, shop: ShopView) -> None:
    text = page(client, "/s/house/search")
    assert re.search(r'href="\?stock=1"', text)
    assert re.search(r'href="\?sort=price"', text)
    assert "全棉贡缎纯色床单" not in page(client, "/s/house/search", stock="1")
    assert page(client, "/s/house/search", sort="id; DROP TABLE", page="x", currency="yuan", shop="../..")
    wrong = page(client, "/s/house/search", least="abc")
    assert "请填写价格" in wrong
    dear = page(client, "/s/house/search", least="400", currency="CNY")
    assert "羊毛被" in dear
    assert "毛巾" not in dear


def test_a_shelf_narrows_and_knows_where_it_stands(client: Client, shop: ShopView) -> None:
    tree = page(client, "/s/house/c")
    shelf = re.search(r'href="(/s/house/c/[^"]*%E8%A2%AB%E6%9E%95|/s/house/c/[^"]*被枕)"', tree)
    assert shelf
    text = page(client, shelf[1], sort="price")
    assert text.index("可水洗羽绒枕") < text.index("澳洲羊毛被")
    assert re.search(r'aria-current="page">被枕', text)
    assert re.search(r'<li><a href="/s/house/c/[^"]+">居家</a></li>', text)


def test_more_follows_in_place_and_by_a_plain_link(client: Client, shop: ShopView) -> None:
    for number in range(30):
        sell(shop, f"毛巾 {number}")
    services.index_changed()
    first = page(client, "/s/house/search", q="毛巾")
    link = re.search(r'href="(\?[^"]*page=2[^"]*)" hx-get', first)
    assert link
    rest = client.get("/s/house/search" + link[1].replace("&amp;", "&"), headers={**CHINESE, "HX-Request": "true"})
    text = rest.content.decode()
    assert text.count('class="goods"') == 7
    assert "<html" not in text
    assert "HX-Request" in rest.headers["Vary"]
    assert 'class="goods"' in page(client, "/s/house/search", q="毛巾", page="2")


def test_a_page_beyond_the_last_has_no_goods_and_one_that_cannot_be_is_the_first(
    client: Client, shop: ShopView
) -> None:
    assert 'class="goods"' not in page(client, "/s/house/search", q="毛巾", page="9")
    assert 'class="goods"' in page(client, "/s/house/search", q="毛巾", page="999999")


def test_a_paused_shop_says_why_nothing_is_found(client: Client, shop: ShopView) -> None:
    shops.update_shop(actor=SYSTEM, shop_id=shop.id, state=ShopState.PAUSED)
    text = page(client, "/s/house/search", q="毛巾")
    assert "正在休息" in text
    assert "超柔毛巾" not in text


def test_suggestions_are_a_part_with_links(client: Client, shop: ShopView) -> None:
    text = page(client, "/search/suggestions", q="全", shop="house")
    assert 'href="/s/house/search?q=' in text
    assert 'href="/s/house/p/goods-3"' in text
    assert "<li" not in page(client, "/search/suggestions", q="独角兽")
    assert page(client, "/search/suggestions", status=404, q="毛", shop="nobody")


def test_searching_and_typing_have_a_limit(client: Client, shop: ShopView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quanshi.search.services.limits.MOST_SEARCHES", 2)
    monkeypatch.setattr("quanshi.search.services.limits.MOST_SUGGESTIONS", 1)
    for _ in range(2):
        page(client, "/search", q="毛巾")
    assert "太频繁" in page(client, "/search", status=429, q="毛巾")
    assert client.get("/api/v1/search", {"q": "毛巾"}).json()["code"] == "too_many_searches"
    assert page(client, "/s/house")  # looking around has none
    page(client, "/search/suggestions", q="毛")
    assert page(client, "/search/suggestions", status=429, q="毛") == ""
    assert client.get("/api/v1/suggestions", {"q": "毛"}).status_code == 429


def test_the_api_says_the_same(client: Client, shop: ShopView) -> None:
    answer = client.get("/api/v1/search", {"q": "maojin", "shop": "house", "in_stock": "true"}).json()
    assert [goods["title"] for goods in answer["goods"]] == ["新疆长绒棉超柔毛巾"]
    assert answer["goods"][0]["price_from"] == {"minor": 2900, "currency": "CNY"}
    assert (answer["total"], answer["is_at_least"], answer["corrected"]) == (1, False, "")
    assert {one["value"] for one in answer["vendors"]} == {"网易严选"}
    words = client.get("/api/v1/suggestions", {"q": "全棉", "shop": "house"}).json()
    assert words["products"][0]["handle"] == "goods-3"


@pytest.mark.parametrize(
    "wrong",
    [
        {"sort": "id"},
        {"page": "0"},
        {"limit": "61"},
        {"q": "x" * 201},
        {"currency": "cny"},
        {"from_minor": "-1"},
    ],
)
def test_the_api_refuses_what_is_no_filter(client: Client, shop: ShopView, wrong: dict[str, str]) -> None:
    assert client.get("/api/v1/search", wrong).status_code == 422


def test_an_unknown_shop_is_not_there(client: Client, db: None) -> None:
    assert client.get("/api/v1/search", {"q": "a", "shop": "nobody"}).json()["code"] == "shop_not_found"
    page(client, "/s/nobody/search", status=404)


def test_synonyms_are_edited_in_the_console(client: Client, shop: ShopView) -> None:
    client.force_login(Membership.objects.get(shop_id=shop.id).person)
    path = "/console/house/goods/synonyms"
    assert client.post(path, {"words": "毛巾，擦擦巾、抹布"}).status_code == 302
    (group,) = Synonyms.objects.all()
    assert group.words == ["毛巾", "擦擦巾", "抹布"]
    assert client.post(path, {"words": "一个"}).status_code == 422
    assert client.post(path, {"words": "毛巾, 面巾", "group": str(group.id)}).status_code == 302
    assert "毛巾, 面巾" in client.get(path).content.decode()
    assert client.post(f"{path}/{group.id}/remove").status_code == 302
    assert not Synonyms.objects.exists()


def test_synonyms_are_for_who_works_in_the_shop(client: Client, shop: ShopView) -> None:
    group = services.save_synonyms(actor=SYSTEM, shop_id=shop.id, words=["毛巾", "擦擦巾"])
    path = "/console/house/goods/synonyms"
    assert client.get(path).status_code == 302
    person = make_person()
    make_shop(actor=make_actor(person=person), slug="theirs")
    client.force_login(person)
    before = list(Synonyms.objects.values())
    assert client.get(path).status_code == client.post(path, {"words": "a,b"}).status_code == 403
    assert client.post(f"{path}/{group}/remove").status_code == 403
    assert client.post(f"/console/theirs/goods/synonyms/{group}/remove").status_code == 404
    assert list(Synonyms.objects.values()) == before
