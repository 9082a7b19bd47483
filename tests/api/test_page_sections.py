"""A shop's own pages by its program: home page, policies, logo and words, as visitors see them afterwards."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image

from quanshi.catalog.models import Category, Product
from quanshi.kernel import ids
from quanshi.shops.models import Shop, StaffActionRow
from quanshi.shops.types import Role, ShopView
from quanshi.storefront import selectors, services
from quanshi.storefront.models import PageVersion, PolicyVersion
from quanshi.storefront.types import SectionKind
from quanshi.tokens.types import Scope
from tests.api.conftest import Answer, Program, owner_of, with_token
from tests.support.factories import make_member, make_shop, make_variant

TEXT = {"kind": "text", "title": "春茶", "body": "刚到。", "translations": {"en": {"title": "Spring tea"}}}


@pytest.fixture
def page(shop: ShopView) -> str:
    return f"shops/{shop.id}/home-page"


@pytest.fixture
def featured(shop: ShopView) -> dict[str, Any]:
    make_variant(shop=shop)
    return {"kind": "featured", "product_ids": [str(Product.objects.get(shop_id=shop.id).id)]}


def png(colour: str = "red", size: tuple[int, int] = (80, 40)) -> SimpleUploadedFile:
    encoded = io.BytesIO()
    Image.new("RGB", size, colour).save(encoded, "PNG")
    return SimpleUploadedFile("picture.png", encoded.getvalue(), content_type="image/png")


def send(program: Program, path: str, file: SimpleUploadedFile) -> Answer:
    body = encode_multipart(BOUNDARY, {"file": file})
    return program.call("POST", path, body, content_type=MULTIPART_CONTENT)


def shown(shop: ShopView, locale: str = "zh-hans") -> list[str]:
    return [section.title for section in selectors.home_sections(shop_id=shop.id, locale=locale)]


def test_visitors_see_what_the_program_has_published_and_not_before(
    seller: Program, shop: ShopView, page: str, featured: dict[str, Any]
) -> None:
    assert seller.call("GET", page).body == {"version": None, "sections": []}
    put = seller.call("PUT", f"{page}/draft", {"sections": [TEXT, featured, {"kind": "newest", "title": "新品"}]})
    assert (put.status, put.body["is_changed"], len(put.body["sections"])) == (200, True, 3)
    assert shown(shop) == []
    published = seller.call("POST", f"{page}/versions", if_match=put.headers["ETag"])
    assert (published.status, published.body["number"]) == (201, 1)
    assert (shown(shop), shown(shop, "en")) == (["春茶", "", "新品"], ["Spring tea", "", "新品"])
    seen = seller.call("GET", page).body
    assert (seen["version"], seen["sections"]) == (published.body, put.body["sections"])
    assert not seller.call("GET", f"{page}/draft").body["is_changed"]
    assert seller.call("POST", f"{page}/versions").body["number"] == 1  # it changes nothing
    turned = {"sections": [seen["sections"][2], seen["sections"][0]]}
    for section in turned["sections"]:
        section.pop("picture")
    seller.call("PUT", f"{page}/draft", turned)
    assert seller.call("POST", f"{page}/versions").body["number"] == 2
    assert shown(shop) == ["新品", "春茶"]
    assert [one["number"] for one in seller.call("GET", f"{page}/versions").body["data"]] == [2, 1]
    restored = seller.call("POST", f"{page}/versions/1/restorations")
    assert (restored.status, restored.body["sections"], shown(shop)) == (201, put.body["sections"], ["新品", "春茶"])
    assert seller.call("DELETE", f"{page}/draft").status == 204
    assert not seller.call("GET", f"{page}/draft").body["is_changed"]
    for number in (99, 10**20):
        assert seller.call("POST", f"{page}/versions/{number}/restorations").body["code"] == "version_not_found"


def test_what_was_read_can_be_sent_back_though_its_goods_are_off_sale(
    seller: Program, shop: ShopView, page: str, featured: dict[str, Any]
) -> None:
    seller.call("PUT", f"{page}/draft", {"sections": [featured]})
    Product.objects.filter(shop_id=shop.id).update(status="draft")
    read = seller.call("GET", f"{page}/draft")
    deeds = StaffActionRow.objects.count()
    sent = [{name: value for name, value in one.items() if name != "picture"} for one in read.body["sections"]]
    again = seller.call("PUT", f"{page}/draft", {"sections": sent}, if_match=read.headers["ETag"])
    assert (again.status, again.body) == (200, read.body)
    assert StaffActionRow.objects.count() == deeds  # nothing was done
    answer = seller.call("PUT", f"{page}/draft", {"sections": [featured]})  # a new one names goods on sale
    assert (answer.status, answer.body["field"]) == (422, "product_ids")


def test_who_was_slower_than_the_editor_is_told_so(seller: Program, shop: ShopView, page: str) -> None:
    tag = seller.call("PUT", f"{page}/draft", {"sections": [TEXT]}).headers["ETag"]
    services.add_section(actor=owner_of(shop), shop_id=shop.id, kind=SectionKind.NEWEST)  # in the console
    before = list(PageVersion.objects.values())
    for method, what, body in (
        ("PUT", "draft", {"sections": []}),
        ("DELETE", "draft", None),
        ("POST", "versions", None),
        ("POST", "versions/1/restorations", None),
    ):
        answer = seller.call(method, f"{page}/{what}", body, if_match=tag)
        assert (answer.status, answer.body["code"]) == (412, "changed_meanwhile"), what
    assert list(PageVersion.objects.values()) == before


def test_a_lost_answer_adds_no_second_section(seller: Program, page: str) -> None:
    answers = [seller.call("PUT", f"{page}/draft", {"sections": [TEXT]}, idempotency_key="k1") for _ in range(2)]
    assert answers[0].body == answers[1].body
    published = [seller.call("POST", f"{page}/versions", idempotency_key="k2").body for _ in range(2)]
    assert published[0] == published[1]


@pytest.mark.parametrize(
    ("section", "status", "field"),
    [
        (TEXT | {"title": "x" * 61}, 422, "sections.1.title"),
        (TEXT | {"body": "\x07"}, 422, "body"),
        (TEXT | {"translations": {"xx": {"title": "?"}}}, 422, "words"),
        (TEXT | {"product_ids": [str(ids.new_id())]}, 422, "product_ids"),
        (TEXT | {"category_id": str(ids.new_id())}, 422, "category_id"),
        ({"kind": "newest", "body": "words that nobody would see"}, 422, "body"),
        ({"kind": "shelf", "category_id": str(ids.new_id())}, 422, "category_id"),
        ({"kind": "featured", "product_ids": [str(ids.new_id()) for _ in range(13)]}, 422, "product_ids"),
        ({"kind": "carousel"}, 422, "sections.1.kind"),
        (TEXT | {"section_id": str(ids.new_id())}, 404, None),
    ],
)
def test_a_section_that_makes_no_sense_is_refused_and_the_draft_stays(
    seller: Program, page: str, section: dict[str, Any], status: int, field: str | None
) -> None:
    seller.call("PUT", f"{page}/draft", {"sections": [TEXT]})
    before = list(PageVersion.objects.values())
    answer = seller.call("PUT", f"{page}/draft", {"sections": [TEXT, section]})
    assert (answer.status, answer.body.get("field")) == (status, field)
    assert list(PageVersion.objects.values()) == before


def test_a_section_keeps_its_kind_and_is_there_once(seller: Program, page: str) -> None:
    (made,) = seller.call("PUT", f"{page}/draft", {"sections": [TEXT]}).body["sections"]
    named = {"section_id": made["section_id"]}
    other_kind = seller.call("PUT", f"{page}/draft", {"sections": [named | {"kind": "newest"}]})
    assert (other_kind.status, other_kind.body["field"]) == (422, "kind")
    twice = seller.call("PUT", f"{page}/draft", {"sections": [TEXT | named, TEXT | named]})
    assert twice.body["code"] == "section_not_found"
    shelves = seller.call("PUT", f"{page}/draft", {"sections": [{"kind": "shelf"}] * 7})
    assert (shelves.status, shelves.body["code"], shelves.body["limit"]) == (429, "too_many_sections", 6)


def test_a_banner_keeps_its_picture_and_leads_to_a_shelf(seller: Program, shop: ShopView, page: str) -> None:
    shelf = Category.objects.create(shop_id=shop.id, slug="tea", path=["茶"])
    (known,) = seller.call("GET", f"shops/{shop.id}/shelves").body["data"]
    assert (known["category_id"], known["path"]) == (str(shelf.id), ["茶"])
    banner = {"kind": "banner", "title": "春", "category_id": known["category_id"]}
    text, made = seller.call("PUT", f"{page}/draft", {"sections": [TEXT, banner]}).body["sections"]
    path = f"{page}/draft/sections/{made['section_id']}/picture"
    pictured = send(seller, path, png())
    assert (pictured.status, pictured.body["picture"]["width"]) == (201, 80)
    deeds = StaffActionRow.objects.count()
    assert send(seller, path, png()).body == pictured.body
    assert StaffActionRow.objects.count() == deeds
    named = banner | {"section_id": made["section_id"], "title": "夏"}
    (kept,) = seller.call("PUT", f"{page}/draft", {"sections": [named]}).body["sections"]
    assert (kept["picture"], kept["title"]) == (pictured.body["picture"], "夏")
    seller.call("POST", f"{page}/versions")
    (seen,) = selectors.home_sections(shop_id=shop.id, locale="en")
    assert seen.media is not None
    assert (seen.media.src, seen.shelf_slug) == (pictured.body["picture"]["url"], "tea")
    gone = send(seller, f"{page}/draft/sections/{text['section_id']}/picture", png())
    assert gone.body["code"] == "section_not_found"  # the draft has it no more
    (text,) = seller.call("PUT", f"{page}/draft", {"sections": [TEXT]}).body["sections"]
    refused = send(seller, f"{page}/draft/sections/{text['section_id']}/picture", png())
    assert (refused.status, refused.body["field"]) == (422, "section_id")


def test_shelves_are_called_by_the_names_that_the_program_has_said(
    seller: Program, program: Program, shop: ShopView
) -> None:
    price = {"minor": 900, "currency": "CNY"}
    goods = {"title": "龙井", "category_path": ["茶", "绿茶"], "variants": [{"price": price}]}
    seller.call("POST", f"shops/{shop.id}/products", goods)
    shelves = seller.call("GET", f"shops/{shop.id}/shelves").body["data"]
    assert [(one["path"], one["product_count"], one["names"]) for one in shelves] == [
        (["茶"], 1, {}),
        (["茶", "绿茶"], 1, {}),
    ]
    path = f"shops/{shop.id}/shelves/{shelves[1]['category_id']}"
    tag = seller.call("GET", path).headers["ETag"]
    named = seller.call("PATCH", path, {"names": {"en": " Green  tea "}}, if_match=tag)
    assert (named.status, named.body["names"]) == (200, {"en": "Green tea"})
    assert seller.call("PATCH", path, {"names": {}}, if_match=tag).status == 412
    page = program.client.get(f"/s/{shop.slug}/c/{shelves[1]['slug']}", headers={"accept-language": "en"})
    assert "Green tea" in page.content.decode()
    assert seller.call("PATCH", path, {"names": {"xx": "?"}}).body["field"] == "names"
    assert seller.call("PATCH", path, {"names": {"en": ""}}).body["names"] == {}
    foreign = Category.objects.create(shop_id=make_shop().id, slug="tea", path=["Tea"])
    for method, body in (("GET", None), ("PATCH", {"names": {"en": "Mine"}})):
        answer = seller.call(method, f"shops/{shop.id}/shelves/{foreign.id}", body)
        assert answer.body["code"] == "shelf_not_found"
    assert Category.objects.get(id=foreign.id).translations == {}


def test_policies_are_said_anew_and_older_ones_stay(seller: Program, program: Program, shop: ShopView) -> None:
    path = f"shops/{shop.id}/policies"
    kinds = [one["kind"] for one in seller.call("GET", path).body["data"]]
    assert kinds == ["shipping", "returns", "privacy", "about", "licence"]
    unsaid = seller.call("GET", f"{path}/returns")
    assert (unsaid.body["number"], unsaid.body["text"]) == (0, "")
    first = {"text": "七天。", "translations": {"en": "Seven days."}}
    said = seller.call("PUT", f"{path}/returns", first, if_match=unsaid.headers["ETag"])
    assert (said.status, said.body["number"], said.body["translations"]) == (200, 1, {"en": "Seven days."})
    assert seller.call("PUT", f"{path}/returns", first).body == said.body  # the same words are no new version
    late = seller.call("PUT", f"{path}/returns", {"text": "无。"}, if_match=unsaid.headers["ETag"])
    assert late.body["code"] == "changed_meanwhile"
    assert (
        "Seven days."
        in program.client.get(f"/s/{shop.slug}/policy/returns", headers={"accept-language": "en"}).content.decode()
    )
    assert seller.call("PUT", f"{path}/returns", {"text": "八天。"}).body["translations"] == {}
    assert seller.call("PUT", f"{path}/returns", {}).body["number"] == 3  # taken back
    assert selectors.policies(shop_ids=[shop.id]) == {}
    numbers, address = [], f"{path}/returns/versions?limit=2"
    while address:
        answer = seller.call("GET", address)
        numbers += [one["number"] for one in answer.body["data"]]
        address = (answer.body["next"] or "").removeprefix("/api/v1/")
    assert numbers == [3, 2, 1]
    before = PolicyVersion.objects.count()
    assert seller.call("PUT", f"{path}/gossip", first).status == 422
    assert seller.call("PUT", f"{path}/about", {"text": "\x07"}).body["field"] == "text_"
    assert seller.call("PUT", f"{path}/about", {"translations": {"xx": "?"}}).body["field"] == "texts"
    assert seller.call("GET", f"{path}/about/versions?cursor=x").body["field"] == "cursor"
    assert PolicyVersion.objects.count() == before


def test_a_logo_is_set_and_taken_away(seller: Program, shop: ShopView) -> None:
    path = f"shops/{shop.id}/logo"
    made = send(seller, path, png(size=(300, 200)))
    assert made.status == 201
    assert made.body == seller.call("GET", f"shops/{shop.id}").body
    file = Shop.objects.get(id=shop.id).logo
    assert made.body["logo_url"] == file.url
    assert send(seller, path, png(size=(300, 200))).body == made.body
    assert send(seller, path, SimpleUploadedFile("x.png", b"no picture")).body["code"] == "logo_refused"
    for _ in range(2):
        assert seller.call("DELETE", path).status == 204
    assert seller.call("GET", f"shops/{shop.id}").body["logo_url"] == ""
    deeds = StaffActionRow.objects.filter(shop_id=shop.id, action__startswith="shop.logo").order_by("id")
    assert list(deeds.values_list("action", flat=True)) == ["shop.logo_set", "shop.logo_removed"]


def test_a_shop_speaks_other_languages(seller: Program, program: Program, shop: ShopView) -> None:
    path = f"shops/{shop.id}"
    words = {"en": {"name": "Tea House", "tagline": ""}}
    changed = seller.call("PATCH", path, {"translations": words})
    assert (changed.status, changed.body["translations"]) == (200, words)
    assert seller.call("PATCH", path, {"tagline": "茶"}).body["translations"] == words  # left out: as it is
    assert seller.call("GET", path, if_none_match=changed.headers["ETag"]).status == 200
    assert "Tea House" in program.client.get(f"/s/{shop.slug}", headers={"accept-language": "en"}).content.decode()
    assert seller.call("PATCH", path, {"translations": {"xx": {"name": "?"}}}).body["field"] == "translations"
    assert seller.call("PATCH", path, {"translations": {}}).body["translations"] == {}


def test_who_may_read_the_settings_may_not_write_them(shop: ShopView, page: str) -> None:
    reader = with_token(Scope.READ_SHOP, Scope.WRITE_GOODS, shop=shop)
    before = list(Shop.objects.values()), list(PageVersion.objects.values())
    assert reader.call("GET", f"{page}/draft").status == 200
    support = with_token(Scope.READ_SHOP, actor=make_member(shop=shop, role=Role.SUPPORT))
    assert support.call("GET", page).status == 200
    assert support.call("GET", f"{page}/draft").body["code"] == "not_allowed"  # as in the console
    for method, path, body in (
        ("PUT", f"{page}/draft", {"sections": []}),
        ("POST", f"{page}/versions", None),
        ("DELETE", f"{page}/draft", None),
        ("PUT", f"shops/{shop.id}/policies/about", {"text": "Mine."}),
        ("DELETE", f"shops/{shop.id}/logo", None),
    ):
        assert reader.call(method, path, body).body["code"] == "scope_missing"
    assert (list(Shop.objects.values()), list(PageVersion.objects.values())) == before
