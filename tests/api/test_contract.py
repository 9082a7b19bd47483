"""Every endpoint keeps its OpenAPI promise, whatever it is sent, by a guest, a buyer and a shop's program.

The quick run takes a few requests an endpoint and caller; the long one: `make test ARGS="tests/api/test_contract.py
--hypothesis-profile=thorough"`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.core.signals import request_finished, request_started  # house: no-signals Django's own, held off
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode

from quanshi.accounts import services as accounts
from quanshi.accounts.types import AddressInput
from quanshi.catalog import selectors as goods
from quanshi.catalog import services as catalog
from quanshi.config.wsgi import Application
from quanshi.fulfilment.models import FreightTemplate
from quanshi.interop import services as webhooks
from quanshi.interop.types import EventType
from quanshi.kernel.models import Limit
from quanshi.orders import services as orders
from quanshi.orders.types import AfterSaleKind, AfterSaleWish
from quanshi.reviews import services as reviews
from quanshi.search import services as search
from quanshi.shops import services as shops
from quanshi.shops.types import Role, ShopView
from quanshi.stock import selectors as stock
from quanshi.stock import services as counting
from quanshi.storefront import services as storefront
from quanshi.storefront.types import SectionKind
from quanshi.tokens.types import SHOP_SCOPES
from tests.api.conftest import Program, owner_of, with_token
from tests.support import trade
from tests.support.contract import CHECKS, EDGE, operations
from tests.support.factories import make_actor, make_member, make_order, make_person, make_variant
from tests.support.sandbox import sandbox_in_process

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(3600)]

SHARE: Final = 10  # of the profile's examples go to one endpoint, one caller and one way to make requests


@pytest.fixture
def known(shop: ShopView, program: Program) -> dict[str, object]:
    """One of each thing that a path can name, so that requests get past the question whether it exists."""
    owner, person = owner_of(shop), make_person()
    variant = make_variant(shop=shop, on_hand=50)
    order = make_order(shop=shop, lines=[(variant, 2)], buyer=make_actor(person=person))
    program.client.force_login(person)
    trade.pay(order)
    line = program.call("GET", f"orders/{order.id}").body["lines"][0]
    case = orders.request_after_sale(
        actor=make_actor(person=person),
        order_id=order.id,
        kind=AfterSaleKind.REFUND_ONLY,
        lines=[AfterSaleWish(order_line_id=UUID(line["line_id"]), quantity=1)],
        with_freight=False,
        reason="late",
        key="case",
    )
    received = make_order(shop=shop, lines=[(variant, 1)], buyer=make_actor(person=person))
    trade.deliver(received)
    written = reviews.write_review(
        actor=make_actor(person=person), order_line_id=received.lines.get().id, stars=4, text="thick"
    )
    made = webhooks.add_webhook(
        actor=owner, shop_id=shop.id, url="https://example.com/", event_types=[EventType.ORDER_PAID]
    )
    told = webhooks.send_test(actor=owner, shop_id=shop.id, webhook_id=made.webhook.id)
    (place,) = stock.locations(shop_id=shop.id)
    product_id = UUID(line["product_id"])
    catalog.change_goods(actor=owner, shop_id=shop.id, product_id=product_id, category_path=["Tea"])
    banner = storefront.add_section(actor=owner, shop_id=shop.id, kind=SectionKind.BANNER)
    storefront.publish_page(actor=owner, shop_id=shop.id)
    rows = f"order number,carrier,tracking number\n{order.number},sf,SF1234567890123\n"
    parcels = orders.read_parcel_file(
        actor=owner, shop_id=shop.id, file=io.BytesIO(rows.encode()), filename="parcels.csv"
    )
    return {
        "shop_id": shop.id,
        "person_id": make_member(shop=shop, role=Role.SUPPORT).id,
        "invitation_id": shops.invite(actor=owner, shop_id=shop.id, role=Role.GOODS, key="invitation"),
        "template_id": FreightTemplate.objects.get(shop_id=shop.id).id,
        "group_id": search.save_synonyms(actor=owner, shop_id=shop.id, words=["cup", "mug"]),
        "category_id": goods.categories(shop_id=shop.id, locale="")[0].id,
        "section_id": banner,
        "number": 1,
        "product_id": product_id,
        "variant_id": variant,
        "location_id": place.id,
        "order_id": order.id,
        "after_sale_id": case,
        "line_id": UUID(line["line_id"]),
        "review_id": written,
        "webhook_id": made.webhook.id,
        "delivery_id": told.id,
        "file_id": parcels,
        "bulk_id": catalog.preview_bulk(actor=owner, shop_id=shop.id, change={"kind": "add_tags", "tags": ["new"]}),
        "take_id": counting.begin_take(actor=owner, shop_id=shop.id, location_id=place.id, reason="June"),
        "address_id": accounts.save_address(
            person_id=person.id,
            address=AddressInput(recipient="周一", phone="13800000000", street="文三路 1 号", region_code="330106"),
        ),
    }


ENDS: Final = (request_started, request_finished)


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Afterwards requests close connections again."""
    yield
    for end in ENDS:
        end.connect(close_old_connections)


def _keep_connection() -> None:
    """Requests leave the test's connection open. Django's own test client, which sees to that, undoes it at its end."""
    for end in ENDS:
        end.disconnect(close_old_connections)


@pytest.mark.parametrize("who", ["guest", "buyer", "shop token"])
def test_promises_are_kept(
    one_connection: None, who: str, known: dict[str, object], shop: ShopView, program: Program
) -> None:
    headers: dict[str, str] = {}
    if who == "shop token":
        headers["Authorization"] = f"Bearer {with_token(*SHOP_SCOPES, shop=shop).token}"
    elif who == "buyer":
        session = program.client.cookies[django_settings.SESSION_COOKIE_NAME].value
        headers["Cookie"] = f"{django_settings.SESSION_COOKIE_NAME}={session}"
    statuses: set[int] = set()
    broken: dict[str, str] = {}

    def ask(operation: Any, mode: GenerationMode, examples: int) -> None:
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode), is_known=st.booleans())
        def one(case: Any, is_known: bool) -> None:  # noqa: FBT001 - drawn
            Limit.objects.all().delete()  # else the limits would answer for the endpoints
            if is_known or mode is GenerationMode.POSITIVE:
                for name in case.path_parameters or {}:
                    case.path_parameters[name] = str(known.get(name, case.path_parameters[name]))
            _keep_connection()
            response = case.call(headers=headers)
            statuses.add(response.status_code)
            case.validate_response(response, checks=CHECKS)

        try:
            one()
        except FailureGroup as failure:
            broken[operation.label] = str(failure)

    most = max(2, settings.default.max_examples // SHARE) if who != "guest" else 2  # type: ignore[union-attr] # a profile
    found = operations(app=Application())
    found.pop(EDGE)  # tests/api/test_example.py asks it, where edge runs
    assert len(found) > 50
    with sandbox_in_process():
        for operation in found.values():
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                ask(operation, mode, most)
    assert broken == {}
    # the requests got somewhere: refusals of every kind alone would prove little
    assert statuses >= ({200, 201, 404, 422} if who == "shop token" else {200, 403, 422})
