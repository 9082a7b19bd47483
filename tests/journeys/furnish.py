"""Gives a stack what its demo world lacks so that every page has something to show, and prints what addresses are of.

    quanshi manage shell -c "from tests.journeys import furnish; furnish.main()"

The last line is JSON: the values that an argument of an address may have, and those that one route wants for itself.
"""

from __future__ import annotations

import io
import json
import sys
from typing import Any, Final
from uuid import UUID

from quanshi.accounts import selectors as people
from quanshi.accounts import services as accounts
from quanshi.accounts.models import OperatorAction, Person
from quanshi.accounts.types import Actor, ActorKind, AddressInput
from quanshi.catalog import selectors as catalog_reads
from quanshi.catalog import services as catalog
from quanshi.catalog.types import GoodsFilter
from quanshi.demo.scripts import VISITOR as VISITOR_BUYER
from quanshi.demo.scripts import address
from quanshi.demo.types import OWNERS, VISITOR
from quanshi.fulfilment import selectors as fulfilment
from quanshi.interop import services as interop
from quanshi.interop.types import EventType
from quanshi.kernel import ids
from quanshi.orders import selectors as order_reads
from quanshi.orders import services as orders
from quanshi.orders.models import AfterSale, Order
from quanshi.orders.types import OrderState, ShopWish
from quanshi.reviews import services as reviews
from quanshi.reviews.models import Review
from quanshi.search import services as search
from quanshi.shops import selectors as shop_reads
from quanshi.shops import services as shops
from quanshi.shops.models import StaffActionRow
from quanshi.shops.types import Role
from quanshi.stock import selectors as stock_reads
from quanshi.stock import services as stock
from quanshi.storefront import selectors as storefront_reads
from quanshi.storefront import services as storefront
from quanshi.storefront.types import PolicyKind, SectionKind
from quanshi.tokens import services as tokens
from quanshi.tokens.types import Scope

SHOP: Final = "xiuxi"
# in addresses that something is sent to, or a file comes from: there is nothing to look at
SENT_TO: Final = (
    "variant_id",
    "media_id",
    "refund_id",
    "invitation_id",
    "token_id",
    "delivery_id",
    "picture_id",
    "export_id",
    "group_id",
    "filter_id",
)
OPERATOR_EMAIL: Final = "operator@example.com"
OPERATOR_PASSWORD: Final = "keeps the platform"
PARCELS: Final = "订单号,承运商,运单号\n000000000000,sf,SF1234567890123\n"
GOODS: Final = """\
Handle,Title,Option1 Name,Option1 Value,Variant Price,Image Src
cup,Cup,Title,Default Title,9.90,images/none.png
bowl,Bowl,Title,Default Title,much,
"""
LONG: Final = "A very long name that somebody gave to something without thinking of the phones it is read on " * 2


def main() -> None:
    owner, visitor = _actor(OWNERS[SHOP].email), _actor(VISITOR.email)
    shop_id = shop_reads.shop_by_slug(slug=SHOP, locale="").id
    operator_id = accounts.register(email=OPERATOR_EMAIL, password=OPERATOR_PASSWORD)
    Person.objects.filter(id=operator_id).update(is_superuser=True, is_staff=True)
    blocked_id = accounts.register(email="blocked@example.com", password=OPERATOR_PASSWORD)
    operator = Actor(kind=ActorKind.PERSON, id=operator_id)
    accounts.block_person(actor=operator, person_id=blocked_id, reason=LONG[:150])
    values = {"slug": [SHOP], "slugs": [SHOP], "shop_id": [shop_id], "number": [1], "app_label": ["shops", "accounts"]}
    values |= {name: [ids.new_id()] for name in SENT_TO} | {
        "session_id": [1],
        "difference_id": [1],
        "pk": [1],
        "form": ["csv"],
    }
    values |= _of_work(owner, shop_id) | _of_goods(owner, shop_id) | _of_orders(visitor, shop_id) | _of_people(visitor)
    sys.stdout.write(json.dumps({"values": values, "own": _own(visitor, shop_id)}, default=str) + "\n")


def _actor(email: str) -> Actor:
    person_id = people.person_by_email(email=email)
    assert person_id is not None
    return Actor(kind=ActorKind.PERSON, id=person_id)


def _of_work(owner: Actor, shop_id: UUID) -> dict[str, list[Any]]:
    """What the owner sets up: a page's section, words, webhooks, tokens, staff."""
    member_id = accounts.register(email="packer@example.com", password=OPERATOR_PASSWORD, display_name="Packer")
    shops.add_member(actor=owner, shop_id=shop_id, person_id=member_id, role=Role.ORDERS)
    shops.invite(actor=owner, shop_id=shop_id, role=Role.GOODS, email="", key="furnished")
    search.save_synonyms(actor=owner, shop_id=shop_id, words=["盖碗", "三才碗"])
    tokens.make_token(actor=owner, name="Till", scopes=[Scope.READ_ORDERS], valid_days=30, shop_id=shop_id)
    webhook = interop.add_webhook(
        actor=owner, shop_id=shop_id, url="https://example.com/hook", event_types=[EventType.ORDER_PAID]
    )
    interop.send_test(actor=owner, shop_id=shop_id, webhook_id=webhook.webhook.id)
    section_ids = [storefront.add_section(actor=owner, shop_id=shop_id, kind=kind) for kind in SectionKind]
    assert storefront_reads.page_draft(shop_id=shop_id, locale="").is_changed
    return {
        "person_id": [member_id],
        "webhook_id": [webhook.webhook.id],
        "section_id": section_ids,
        "kind": [kind.value for kind in PolicyKind],
        "template_id": [one.id for one in fulfilment.templates(shop_id=shop_id)],
        "point_id": [one.id for one in fulfilment.pickup_points(shop_ids=[shop_id])[shop_id]],
        "object_id": [shop_id],
    }


def _of_goods(owner: Actor, shop_id: UUID) -> dict[str, list[Any]]:
    bulk_id = catalog.preview_bulk(
        actor=owner, shop_id=shop_id, change={"kind": "status", "status": "draft"}, filters=GoodsFilter()
    )
    report = catalog.import_products(
        actor=owner,
        shop_id=shop_id,
        source=io.BytesIO(GOODS.encode()),
        filename="goods.csv",
        picture_folder=None,
        place_stock=lambda _: None,
    )
    location = stock_reads.locations(shop_id=shop_id)[0]
    take_id = stock.begin_take(actor=owner, shop_id=shop_id, location_id=location.id, reason="Every shelf")
    stock.type_counts(actor=owner, shop_id=shop_id, take_id=take_id, counts={1: 3, 2: 0})
    handles = catalog_reads.ids_of_handles(shop_id=shop_id, handles=["sky-gaiwan", "iron-kettle"])
    shelves = catalog_reads.categories(shop_id=shop_id, locale="")
    return {
        "bulk_id": [bulk_id],
        "take_id": [take_id],
        "import_id": [report.import_id],
        "handle": list(handles),
        "product_id": list(handles.values()),
        "category_slug": [shelf.slug for shelf in shelves[:2]],
    }


def _of_orders(visitor: Actor, shop_id: UUID) -> dict[str, list[Any]]:
    """An order in each state, a case in each, and reviews; those of the visitor for them, all for the shop."""
    reported = Review.objects.filter(shop_id=shop_id).order_by("id")[0]
    reviews.report_review(
        actor=visitor, client="127.0.0.1", review_id=reported.id, reason="insult", words="Look at it."
    )
    owner = _actor(OWNERS[SHOP].email)
    file_id = orders.read_parcel_file(
        actor=owner, shop_id=shop_id, file=io.BytesIO(PARCELS.encode()), filename=f"{LONG}.csv"
    )
    bought = Order.objects.filter(buyer_id=visitor.id).order_by("-id")
    asked = AfterSale.objects.filter(order__buyer_id=visitor.id)
    return {
        "order_id": list({order.state: order.id for order in bought}.values()),
        "case_id": list({case.state: case.id for case in asked}.values()),
        "review_id": [reported.id],
        "file_id": [file_id],
    }


def _of_people(visitor: Actor) -> dict[str, list[Any]]:
    accounts.request_export(person_id=visitor.id)
    entry = AddressInput(recipient="演示顾客", phone="13800138000", street="演示路 1 号", region_code="330106")
    return {"address_id": [accounts.save_address(person_id=visitor.id, address=entry)]}


def _own(visitor: Actor, shop_id: UUID) -> dict[str, dict[str, list[Any]]]:
    """What only some things can show: an order to pay, one to ask for a return of, a line to review; the shop's own."""
    mine = Order.objects.filter(buyer_id=visitor.id)
    sold = Order.objects.filter(shop_id=shop_id)
    received = mine.filter(state=OrderState.RECEIVED, after_sales__isnull=True)[0]
    page = order_reads.order_page(actor=visitor, order_id=received.id, locale="")
    said = [link.kind.value for link in storefront_reads.policies(shop_ids=[shop_id])[shop_id]]
    at_the_shop = {order.state: order.id for order in sold.order_by("-id")}
    return {
        "shop:policy": {"kind": said},
        "shop:policy_version": {"kind": said},
        "shop:pay": {"order_id": [_place(visitor, shop_id)]},
        "shop:request_after_sale": {"order_id": [received.id]},
        "shop:review_line": {"order_id": [received.id], "line_id": [page.lines[0].id]},
        "console:order": {"order_id": list(at_the_shop.values())},
        "console:order_cancel": {"order_id": [at_the_shop[OrderState.TO_SHIP]]},
        "console:after_sale": {
            "case_id": list({c.state: c.id for c in AfterSale.objects.filter(shop_id=shop_id)}.values())
        },
        "admin:accounts_person_change": {"object_id": [visitor.id]},
        "admin:accounts_operatoraction_change": {"object_id": [OperatorAction.objects.latest("id").pk]},
        "admin:shops_staffactionrow_change": {"object_id": [StaffActionRow.objects.latest("id").pk]},
    }


def _place(visitor: Actor, shop_id: UUID) -> UUID:
    """An order that waits for its payment from now on."""
    product = catalog_reads.product_page(shop_id=shop_id, handle="side-handle-pot", locale="")
    wish = ShopWish(shop_id=shop_id, lines=[(product.variants[0].id, 1)], note="")
    _quote, token = orders.make_quote(actor=visitor, wishes=[wish], address=address(VISITOR_BUYER), locale="zh-hans")
    return orders.place(token=token).placed[0].order_id
