"""What came with goods from elsewhere, by program: pictures that are missing, and reviews."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from quanshi.catalog.models import Media, Product
from quanshi.catalog.types import MediaState
from quanshi.reviews.models import Review
from quanshi.shops.models import StaffActionRow
from quanshi.shops.types import Role, ShopView, StaffAction
from quanshi.tokens.types import SHOP_SCOPES, Scope
from tests.api.conftest import Program, with_token
from tests.support.factories import make_member, make_shop, make_variant

pytestmark = pytest.mark.django_db

HEAD = "handle,stars,created_at,content\n"


def lose_picture(shop: ShopView, product_id: UUID, *, name: str = "1") -> UUID:
    row = Media.objects.create(
        shop_id=shop.id,
        product_id=product_id,
        source=f"https://example.com/{name}.png",
        state=MediaState.UNREACHABLE,
        fault="no answer",
        attempts=7,
        position=int(name),
    )
    found: UUID = row.id
    return found


def send(program: Program, shop: ShopView, rows: str, source: str = "Old shop") -> Any:
    return program.client.post(
        f"/api/v1/shops/{shop.id}/review-imports",
        {"file": SimpleUploadedFile("reviews.csv", (HEAD + rows).encode(), "text/csv"), "source": source},
        headers={"authorization": f"Bearer {program.token}"},
    )


def test_missing_pictures_are_listed_and_tried_again(seller: Program, shop: ShopView, product_id: UUID) -> None:
    lost = [lose_picture(shop, product_id, name=name) for name in "123"]
    page = seller.call("GET", f"shops/{shop.id}/missing-pictures?limit=2").body
    assert ([row["picture_id"] for row in page["data"]], page["count"]) == ([str(lost[2]), str(lost[1])], 3)
    rest = seller.call("GET", page["next"].removeprefix("/api/v1/")).body
    assert ([row["picture_id"] for row in rest["data"]], rest["next"]) == ([str(lost[0])], None)
    for _ in range(2):
        assert seller.call("POST", f"shops/{shop.id}/missing-pictures/{lost[0]}/retry").status == 204
    again = Media.objects.get(id=lost[0])
    assert (again.attempts, again.next_try_at is not None) == (0, True)
    assert StaffActionRow.objects.filter(action=StaffAction.GOODS_PICTURE_RETRIED).exists()


def test_another_shops_picture_is_not_there(seller: Program, shop: ShopView, product_id: UUID) -> None:
    other = make_shop()
    foreign = lose_picture(other, Product.objects.get(variants__id=make_variant(shop=other)).id)
    answer = seller.call("POST", f"shops/{shop.id}/missing-pictures/{foreign}/retry")
    assert (answer.status, answer.body["code"]) == (404, "picture_not_missing")
    assert seller.call("GET", f"shops/{shop.id}/missing-pictures").body["data"] == []
    assert Media.objects.get(id=foreign).attempts == 7


def test_reviews_land_and_bad_rows_are_reported(seller: Program, shop: ShopView, product_id: UUID) -> None:
    handle = Product.objects.get(id=product_id).handle
    rows = f"{handle},5,2026-01-02 10:00,Good tea\n{handle},6,2026-01-02,x\nnone,4,2026-01-02,y\n"
    first, second = send(seller, shop, rows), send(seller, shop, rows)
    assert (first.status_code, first.json()["imported"], first.json()["unchanged"]) == (201, 1, 0)
    assert [(row["line"], row["column"], row["value"]) for row in first.json()["refused"]] == [
        (3, "stars", "6"),
        (4, "handle", "none"),
    ]
    assert (second.json()["imported"], second.json()["unchanged"]) == (0, 1)
    assert Review.objects.get().source == "Old shop"


def test_not_everybody_brings_reviews(shop: ShopView, product_id: UUID) -> None:
    row = f"{Product.objects.get(id=product_id).handle},5,2026-01-02,Good\n"
    for program, status in (
        (with_token(Scope.WRITE_REVIEWS, shop=shop), 403),
        (with_token(*SHOP_SCOPES, actor=make_member(shop=shop, role=Role.SUPPORT)), 403),
        (with_token(*SHOP_SCOPES, shop=make_shop()), 403),
    ):
        assert send(program, shop, row).status_code == status
    assert send(with_token(Scope.WRITE_GOODS, shop=shop), shop, row, source="").status_code == 422
    assert not Review.objects.exists()
