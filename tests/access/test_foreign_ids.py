"""Another shop's things, named below one's own shop: no route of the staff knows them, and nothing changes.

The matrix asks with another shop's address. Here the address is one's own, where the visitor may do everything, and the
ids exist, in the other shop.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import pytest
from django.db import transaction

from quanshi.catalog import services as catalog
from quanshi.catalog.models import Media
from quanshi.config.access import Route, Who
from quanshi.fulfilment import services as fulfilment
from quanshi.fulfilment.types import Measure, Zone
from quanshi.interop import services as interop
from quanshi.interop.types import EventType
from quanshi.kernel.access import Audience
from quanshi.orders import services as orders
from quanshi.orders.types import OrderFilter
from quanshi.reviews import services as reviews
from quanshi.shops.models import Shop
from quanshi.tokens import services as tokens
from quanshi.tokens.types import Scope
from tests.access import test_matrix as matrix
from tests.access.bodies import BODIES
from tests.access.test_matrix import OF_DJANGO, VALUES, WRITES, World
from tests.support import trade
from tests.support.factories import make_order
from tests.support.fingerprint import fingerprint
from tests.support.product_lists import product_list, run_import, simple

world = matrix.world  # a shop with its staff, and the owner of another one

SENT = BODIES | WRITES
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\{(?:\w+:)?(\w+)\}")
OF_ONES_OWN = {"slug": "slug", "shop_id": "id"}  # and where it stands on a shop
NO_IDS = {"form", "kind", "number"}  # names of what every shop has
IN_BODIES = {"console:stock_count", "console:counts"}  # ids of the other shop stand in what is sent
# of a bill, a delivery and a refused refund no world of tests has one by the way; their rooms' own tests ask for them
MISSING = {"difference_id", "delivery_id", "refund_id", "picture_id"}


def names_in(route: Route) -> set[str]:
    return {name for found in PARAMETER.findall(route.path) for name in found if name}


def address(route: Route, values: Mapping[str, Any]) -> str:
    return PARAMETER.sub(lambda found: str(values[found[1] or found[2]]), route.path)


FOREIGN = [
    route
    for route in OF_DJANGO
    if route.access is not None
    and route.access.audience is Audience.STAFF
    and names_in(route) & OF_ONES_OWN.keys()
    and (names_in(route) - OF_ONES_OWN.keys() - NO_IDS - MISSING or route.name in IN_BODIES)
]


@pytest.fixture
def things(world: World) -> Mapping[str, Any]:
    """What the routes name, all of it of the first shop."""
    owner, shop_id = matrix._actor(world.people[Who.OWNER]), world.shop.id
    buyer = matrix._actor(world.people[Who.BUYER])
    template = fulfilment.save_template(
        actor=owner, shop_id=shop_id, name="Parcels", measure=Measure.COUNT, zones=[Zone(first_minor=900)]
    )
    point = fulfilment.save_pickup_point(actor=owner, shop_id=shop_id, name="Counter", address="1 Tea Street")
    webhook = interop.add_webhook(
        actor=owner, shop_id=shop_id, url="https://example.com/hook", event_types=[EventType.ORDER_PAID]
    )
    token = tokens.make_token(actor=owner, name="Till", scopes=[Scope.READ_SHOP], valid_days=1, shop_id=shop_id)
    product_id = matrix._product(world).id
    catalog.add_drawn_media(
        shop_id=shop_id,
        product_id=product_id,
        svg=b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 6"/>',
        alt="",
    )
    filter_id = orders.save_filter(actor=owner, shop_id=shop_id, name="Late", filters=OrderFilter(state="placed"))
    report = run_import(world.shop, product_list(simple("mug", Variant_Price="x")))
    parcels = f"订单号,承运商,运单号\n{world.order.number},sf,SF1234567890123\n"
    file_id = orders.read_parcel_file(
        actor=owner, shop_id=shop_id, file=io.BytesIO(parcels.encode()), filename="parcels.csv"
    )
    received = make_order(shop=world.shop, lines=[(world.variant_id, 1)], buyer=buyer)
    trade.deliver(received)
    review_id = reviews.write_review(actor=buyer, order_line_id=received.lines.get().id, stars=5)
    known = {
        "template_id": template.id,
        "point_id": point.id,
        "webhook_id": webhook.webhook.id,
        "token_id": token.token.id,
        "media_id": Media.objects.get(product_id=product_id).id,
        "filter_id": filter_id,
        "import_id": report.import_id,
        "file_id": file_id,
        "review_id": review_id,
    }
    return known | {name: VALUES[name](world) for name in VALUES.keys() - known.keys()}


def test_enough_is_asked() -> None:
    assert {"template_id", "webhook_id", "take_id", "case_id", "location_id"} <= set().union(*map(names_in, FOREIGN))


@pytest.mark.timeout(300)
def test_things_of_another_shop_are_not_there_below_ones_own(world: World, things: Mapping[str, Any]) -> None:
    shop = Shop.objects.get(slug="coffee-house")
    own = {name: getattr(shop, field) for name, field in OF_ONES_OWN.items()}
    before, wrong = fingerprint(), list[str]()
    for route in FOREIGN:
        path = address(route, {**things, **own})
        data = SENT[route.name](world) if route.name in SENT else {}
        for method in route.methods or ("GET", "POST"):
            with transaction.atomic():
                answer = world.ask(Who.OTHER_OWNER, method, path, data)
                changed = {table for table, digest in fingerprint().items() if digest != before[table]}
                transaction.set_rollback(True)
            is_shown = method == "GET" and answer.status_code == HTTPStatus.OK and route.name not in IN_BODIES
            if is_shown or changed or answer.status_code >= matrix.SERVER_ERROR:
                wrong.append(f"{method} {path} ({route.name}): {answer.status_code}, changed {changed or 'nothing'}")
    assert not wrong, "\n".join(wrong)
