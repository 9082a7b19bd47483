"""The catalogue as a file, by program."""

from __future__ import annotations

from uuid import UUID

import pytest

from quanshi.catalog.types import Format
from quanshi.shops.types import Role, ShopView
from quanshi.tokens.types import SHOP_SCOPES, Scope
from tests.api.conftest import Program, with_token
from tests.support.factories import make_member, make_shop
from tests.support.product_lists import run_import

pytestmark = pytest.mark.django_db


def fetch(program: Program, shop: ShopView, form: str) -> tuple[int, str, bytes]:
    answer = program.client.get(
        f"/api/v1/shops/{shop.id}/exports/{form}", headers={"authorization": f"Bearer {program.token}"}
    )
    streamed: object = getattr(answer, "streaming_content", ())
    return answer.status_code, answer.headers["Content-Type"], b"".join(streamed)  # type: ignore[arg-type] # bytes


@pytest.mark.parametrize("form", list(Format))
def test_every_format_is_taken_back_unchanged(seller: Program, shop: ShopView, variant_id: UUID, form: Format) -> None:
    status, media_type, content = fetch(seller, shop, form)
    assert (status, "json" in media_type) == (200, False)
    report = run_import(shop, content)
    assert (report.rows_refused, report.products_created, report.products_unchanged) == (0, 0, 1)


def test_it_is_the_shops_own_and_not_for_everybody(shop: ShopView, variant_id: UUID) -> None:
    for program in (
        with_token(*SHOP_SCOPES, shop=make_shop()),
        with_token(Scope.READ_ORDERS, shop=shop),
        with_token(*SHOP_SCOPES, actor=make_member(shop=shop, role=Role.SUPPORT)),
    ):
        assert fetch(program, shop, "csv")[0] == 403
    assert fetch(with_token(Scope.READ_GOODS, shop=shop), shop, "pdf")[0] == 422
