"""Pictures that buyers show by program: of what they review, and of what is wrong."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from quanshi.accounts.types import Actor
from quanshi.orders.models import AfterSale, AfterSalePicture, Order
from quanshi.reviews.models import Review
from quanshi.shops.types import ShopView
from quanshi.tokens.types import SHOP_SCOPES, Scope
from tests.api.conftest import Program, with_token
from tests.console.conftest import make_case
from tests.support import trade
from tests.support.factories import make_actor, make_order, make_shop, make_variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer(db: None) -> Actor:
    return make_actor()


@pytest.fixture
def buying(buyer: Actor) -> Program:
    return with_token(Scope.BUY, actor=buyer)


def drawn(colour: str = "red", name: str = "photo.png") -> SimpleUploadedFile:
    encoded = io.BytesIO()
    Image.new("RGB", (80, 60), colour).save(encoded, "PNG")
    return SimpleUploadedFile(name, encoded.getvalue(), "image/png")


def send(program: Program, path: str, **fields: Any) -> Any:
    return program.client.post(f"/api/v1/{path}", fields, headers={"authorization": f"Bearer {program.token}"})


def fetch(program: Program, path: str) -> Any:
    return program.client.get(f"/api/v1/{path}", headers={"authorization": f"Bearer {program.token}"})


def received(shop: ShopView, buyer: Actor) -> tuple[Order, UUID]:
    order = make_order(shop=shop, lines=[(make_variant(shop=shop), 1)], buyer=buyer)
    trade.deliver(order)
    return order, order.lines.get().id


def test_a_review_shows_its_pictures_and_so_does_its_addition(buying: Program, buyer: Actor, shop: ShopView) -> None:
    order, line_id = received(shop, buyer)
    path = f"orders/{order.id}/lines/{line_id}/illustrated-review"
    early = send(buying, f"{path}/addition", text="still whole", pictures=[drawn()])
    assert (early.status_code, early.json()["code"]) == (409, "review_not_open")
    written = send(buying, path, stars="4", text="thick", shows_name="true", pictures=[drawn("red"), drawn("blue")])
    review = written.json()["review"]
    assert (written.status_code, review["stars"], len(review["pictures"])) == (201, 4, 2)
    assert send(buying, path, stars="5", pictures=[drawn()]).json()["code"] == "already_reviewed"
    added = send(buying, f"{path}/addition", text="still whole", pictures=[drawn("green")])
    assert (added.status_code, len(added.json()["review"]["addition_pictures"])) == (201, 1)


def test_what_is_no_picture_or_too_many_writes_nothing(buying: Program, buyer: Actor, shop: ShopView) -> None:
    order, line_id = received(shop, buyer)
    path = f"orders/{order.id}/lines/{line_id}/illustrated-review"
    for fields, code in (
        ({"stars": "4", "pictures": [SimpleUploadedFile("x.png", b"<svg/>", "image/png")]}, "picture_refused"),
        ({"stars": "4", "pictures": [drawn() for _ in range(7)]}, "too_many_pictures"),
        ({"stars": "9", "pictures": [drawn()]}, "invalid_input"),
        ({"stars": "4"}, "invalid_input"),
    ):
        answer = send(buying, path, **fields)
        assert answer.json()["code"] == code, answer.json()
    stranger = with_token(Scope.BUY)
    assert send(stranger, path, stars="1", pictures=[drawn()]).status_code == 404
    assert not Review.objects.exists()


def test_a_case_shows_its_pictures_to_its_buyer_and_its_shop_alone(
    buying: Program, buyer: Actor, seller: Program, shop: ShopView
) -> None:
    case = make_case(shop=shop, variant_id=make_variant(shop=shop), buyer=buyer)
    path = f"after-sales/{case.id}"
    for _ in range(2):  # the same file is the same picture
        shown = send(buying, f"{path}/pictures", pictures=[drawn("red"), drawn("blue")])
        assert (shown.status_code, len(shown.json()["pictures"])) == (201, 2)
    picture_id = shown.json()["pictures"][0]["picture_id"]
    for program, address, status in (
        (buying, f"{path}/pictures/{picture_id}", 200),
        (seller, f"shops/{shop.id}/{path}/pictures/{picture_id}", 200),
        (with_token(Scope.BUY), f"{path}/pictures/{picture_id}", 404),
        (with_token(*SHOP_SCOPES, shop=(other := make_shop())), f"shops/{other.id}/{path}/pictures/{picture_id}", 404),
        (with_token(Scope.READ_ORDERS, shop=shop), f"shops/{shop.id}/{path}/pictures/{picture_id}", 403),
    ):
        answer = fetch(program, address)
        assert answer.status_code == status, address
    file = fetch(buying, f"{path}/pictures/{picture_id}")
    assert (file.headers["Content-Type"], "private" in file.headers["Cache-Control"]) == ("image/webp", True)
    seller_sees = seller.call("GET", f"shops/{shop.id}/{path}").body["pictures"]
    assert {picture["picture_id"] for picture in seller_sees} == {
        picture["picture_id"] for picture in shown.json()["pictures"]
    }


def test_nobody_else_adds_to_a_case_and_nothing_comes_after_the_answer(
    buying: Program, buyer: Actor, shop: ShopView
) -> None:
    case = make_case(shop=shop, variant_id=make_variant(shop=shop), buyer=buyer)
    stranger = with_token(Scope.BUY)
    assert send(stranger, f"after-sales/{case.id}/pictures", pictures=[drawn()]).status_code == 404
    AfterSale.objects.filter(id=case.id).update(state="declined")
    late = send(buying, f"after-sales/{case.id}/pictures", pictures=[drawn()])
    assert (late.status_code, late.json()["code"]) == (409, "after_sale_moved")
    assert not AfterSalePicture.objects.exists()
