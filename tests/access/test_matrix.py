"""Every route, asked as everybody: it lets in whom it says, and a refusal changes nothing.

The routes are read from the running configuration, so one that is new is asked too: it must say for whom it is
(`kernel/access.py`), its address must be filled from VALUES, and what staff may change with it stands in WRITES.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from quanshi.accounts.models import Person
from quanshi.accounts.types import Actor
from quanshi.api.v1.router import PREFIX
from quanshi.catalog import services as catalog
from quanshi.catalog.models import Category, Product, Variant
from quanshi.config import access
from quanshi.config.access import Route, Verdict, Who, expected
from quanshi.kernel import clock, ids
from quanshi.kernel.access import BEARER, BUYER, Audience
from quanshi.orders.models import AfterSale, Order
from quanshi.search import services as search
from quanshi.shops import rules
from quanshi.shops import services as shops
from quanshi.shops.models import StaffActionRow
from quanshi.shops.types import Role, ShopView
from quanshi.stock import services as stock
from quanshi.stock.models import Location
from quanshi.storefront import services as storefront
from quanshi.storefront.types import PolicyKind, SectionKind
from quanshi.web.console import staff_words
from tests.access.bodies import BODIES
from tests.console.conftest import make_case
from tests.support import trade
from tests.support.factories import make_actor, make_order, make_person, make_shop, make_variant
from tests.support.fingerprint import fingerprint
from tests.support.jobs import run_due_jobs

ROUTES = access.routes()
OF_DJANGO = [route for route in ROUTES if not route.is_edge]
# pages: the API's endpoints call the same services, which a house rule holds to recording
OF_STAFF = [
    route
    for route in OF_DJANGO
    if route.access and route.access.audience is Audience.STAFF and not route.path.startswith(PREFIX)
]
NO_SUCH_METHOD, NO_FORM, SERVER_ERROR = 405, 415, 500
NO_TOKEN = {401, 403, 404, NO_SUCH_METHOD}
NOBODYS_OWN = {Audience.EVERYONE, Audience.BEARER}


@dataclass
class World:
    """A shop with one of each role, its buyer, and others who have nothing to do with it."""

    shop: ShopView
    people: dict[Who, Person | None]
    variant_id: UUID
    order: Order
    case: AfterSale
    invitation_id: UUID
    member_id: UUID
    group_id: UUID
    section_id: UUID  # the second of the draft
    bulk_id: UUID
    take_id: UUID
    cookies: dict[Who, dict[str, str]]

    def ask(self, who: Who, method: str, path: str, data: Any = None) -> HttpResponse:
        """One request in a browser of its own: what an earlier answer has changed in a session is gone."""
        client = Client(headers={"accept-language": "en"})
        for name, value in self.cookies[who].items():
            client.cookies[name] = value
        if path.startswith(PREFIX):
            return client.generic(method, path, json.dumps(data), content_type="application/json")  # type: ignore[return-value]
        answer = client.get(path, data) if method == "GET" else client.post(path, data)
        b"".join(getattr(answer, "streaming_content", ()))  # as a server does: a file is written while it is sent
        return answer  # type: ignore[return-value]


VALUES: dict[str, Callable[[World], object]] = {
    "slug": lambda w: w.shop.slug,
    "slugs": lambda w: w.shop.slug,
    "order_id": lambda w: w.order.id,
    "case_id": lambda w: w.case.id,
    "product_id": lambda w: _product(w).id,
    "variant_id": lambda w: w.variant_id,
    "person_id": lambda w: w.member_id,
    "invitation_id": lambda w: w.invitation_id,
    "handle": lambda w: _product(w).handle,
    "category_id": lambda w: Category.objects.get(shop_id=w.shop.id).id,
    "category_slug": lambda w: Category.objects.get(shop_id=w.shop.id).slug,
    "bulk_id": lambda w: w.bulk_id,
    "take_id": lambda w: w.take_id,
    "form": lambda _: "csv",
    "media_id": lambda _: ids.new_id(),
    "import_id": lambda _: ids.new_id(),  # there is none: whoever is let in is told so
    "refund_id": lambda _: ids.new_id(),
    "difference_id": lambda _: 1,
    "template_id": lambda _: ids.new_id(),
    "point_id": lambda _: ids.new_id(),
    "review_id": lambda _: ids.new_id(),
    "group_id": lambda w: w.group_id,
    "filter_id": lambda _: ids.new_id(),
    "line_id": lambda w: w.order.lines.get().id,
    "file_id": lambda _: ids.new_id(),
    "picture_id": lambda _: ids.new_id(),
    "section_id": lambda w: w.section_id,
    "number": lambda _: 1,  # of the home page and of the policy
    "kind": lambda _: PolicyKind.RETURNS.value,
    "key": lambda _: "no-such-key",
    "uidb36": lambda _: "1",
    "token": lambda _: "no-token",
    "reference": lambda _: "none",
    "gateway": lambda _: "sandbox",
    "rest": lambda _: "nothing",
    "object_id": lambda w: w.shop.id,
    "app_label": lambda _: "shops",
    "shop_id": lambda w: w.shop.id,
    "after_sale_id": lambda w: w.case.id,
    "location_id": lambda w: Location.objects.get(shop_id=w.shop.id).id,
    "webhook_id": lambda _: ids.new_id(),
    "delivery_id": lambda _: ids.new_id(),
    "token_id": lambda _: ids.new_id(),
    "url": lambda _: "nothing",
    "address_id": lambda _: ids.new_id(),
    "export_id": lambda _: ids.new_id(),
    "session_id": lambda _: 1,
    "pk": lambda _: 1,
}
ABSENT = {
    "template_id", "point_id", "review_id", "webhook_id", "delivery_id", "token_id", "import_id", "file_id",
    "picture_id", "media_id", "refund_id", "difference_id", "key", "token", "reference", "rest", "url",
    "address_id", "export_id", "session_id", "pk"
}  # fmt: skip
# these answer where letters are sent, WeChat is set up (tests/web_people has both) or a domain is proven (web_shop)
NOT_SET_UP = {"account_request_login_code", "people:wechat_sign_in", "people:link_wechat", "domain_ask"}


def _product(world: World) -> Product:
    return Product.objects.get(id=Variant.objects.get(id=world.variant_id).product_id)


def _png() -> ContentFile[bytes]:
    encoded = io.BytesIO()
    Image.new("RGB", (80, 80), "red").save(encoded, "PNG")
    return ContentFile(encoded.getvalue(), name="red.png")


# what the owner sends to each route of the console that changes something, so that it does
WRITES: dict[str, Callable[[World], dict[str, Any]]] = {
    "console:order_ship": lambda w: {
        "carrier": "sf",
        "tracking_number": "SF1234567890123",
        "key": "k1",
        f"line_{w.order.lines.get().id}": "1",
    },
    "console:order_cancel": lambda _: {"reason": "out of tea"},
    "console:after_sale_approve": lambda _: {},
    "console:after_sale_decline": lambda _: {"answer": "no"},
    "console:goods_new": lambda _: {
        "title": "Cup",
        "rows": "1",
        "price_1": "9.90",
        "status": "active",
        "quantity_1": "3",
    },
    "console:goods_edit": lambda w: {
        "title": "Mine",
        "body_html": "",
        "status": "draft",
        f"price_{w.variant_id}": "0.01",
    },
    "console:goods_picture": lambda _: {"file": _png(), "alt": "red"},
    "console:stock_count": lambda w: {
        "variant_id": w.variant_id,
        "location_id": Location.objects.get(shop_id=w.shop.id).id,
        "on_hand": "77",
    },
    "console:counts": lambda w: {"location_id": Location.objects.get(shop_id=w.shop.id).id, "reason": "July"},
    "console:count": lambda _: {"line_1": "3"},
    "console:count_upload": lambda _: {"file": ContentFile("编号,实盘数\n1,3\n".encode(), name="counts.csv")},
    "console:count_end": lambda _: {"then": "drop"},
    "console:stock_location": lambda _: {"name": "Cellar", "priority": "2"},
    "console:bulk_apply": lambda _: {},
    "console:import": lambda _: {"file": ContentFile(b"Handle,Title\n", name="goods.csv")},
    "console:settings": lambda _: {"name": "Mine", "accent": "#000000"},
    "console:shelves": lambda w: {f"name-{Category.objects.get(shop_id=w.shop.id).id}": "Green tea"},
    "console:synonyms": lambda _: {"words": "thermos, flask"},
    "console:synonyms_remove": lambda _: {},
    "console:pickup_point_new": lambda _: {"name": "Counter", "address": "1 Tea Street"},
    "console:settings_logo": lambda _: {"logo": _png()},
    "console:settings_state": lambda _: {"state": "paused"},
    "console:parcels": lambda w: {
        "file": ContentFile(f"订单号,承运商,运单号\n{w.order.number},sf,SF1234567890123\n".encode(), name="parcels.csv")
    },
    "console:closing_announce": lambda _: {"on": str(rules.first_closing_date(now=clock.now()))},
    "console:policy": lambda _: {"text_": "Seven days.", "text_en": ""},
    "console:page_add": lambda _: {"kind": "newest"},
    "console:page_section": lambda _: {"title": "Tea", "body": "Slowly."},
    "console:page_move": lambda _: {"position": "0"},
    "console:page_remove": lambda _: {},
    "console:page_publish": lambda _: {},
    "console:page_discard": lambda _: {},
    "console:page_restore": lambda _: {},
    "console:member_invite": lambda _: {"role": "goods", "email": "", "key": "k1"},
    "console:member_role": lambda _: {"role": "finance"},
    "console:member_remove": lambda _: {},
    "console:invitation_revoke": lambda _: {},
    "console:leave": lambda _: {},
}
# these need what this world has not: a refused refund, a parcel back, a bill, a file, a code; their record is asked for
# where it is made, by `tests.support.record.deeds_of`
ELSEWHERE = {
    "console:closing_take_back", "console:closing_close", "console:settings_logo_remove", "console:domain",
    "console:domain_check",
    "console:domain_drop", "console:orders_filter_save", "console:orders_filter_delete", "console:bulk_begin",
    "console:goods_picture_change", "console:goods_picture_remove",
    "console:picture_retry", "console:after_sale_receive", "console:refund", "console:refund_again",
    "console:difference_seen", "console:freight_new", "console:freight_edit", "console:freight_delete",
    "console:pickup", "console:pickup_point", "console:pickup_point_close", "console:order_ready",
    "console:parcel_apply", "console:review_reply", "console:token_make", "console:token_revoke",
    "console:webhook_add", "console:webhook", "console:webhook_test", "console:webhook_secret",
    "console:webhook_switch", "console:webhook_remove", "console:webhook_resend", "console:reviews_import",
}  # fmt: skip


@pytest.fixture
def world(db: None) -> World:
    owner = make_actor()
    shop = make_shop(actor=owner, slug="tea-house", name="Tea House")
    people: dict[Who, Person | None] = {who: None if who is Who.GUEST else make_person() for who in Who}
    for who, person in people.items():
        if who.value in set(Role) and person is not None:
            shops.add_member(actor=owner, shop_id=shop.id, person_id=person.id, role=Role(who.value))
    make_shop(actor=_actor(people[Who.OTHER_OWNER]), slug="coffee-house")
    Person.objects.filter(id=_actor(people[Who.OPERATOR]).id).update(is_superuser=True, is_staff=True)
    variant_id = make_variant(shop=shop, price_minor=1250, on_hand=50, sku="TEA-1")
    buyer = _actor(people[Who.BUYER])
    make_order(shop=shop, lines=[(variant_id, 1)], buyer=_actor(people[Who.OTHER_BUYER]))
    order = make_order(shop=shop, lines=[(variant_id, 3)], buyer=buyer)
    trade.pay(order)
    case = make_case(shop=shop, variant_id=variant_id, buyer=buyer)
    category = Category.objects.create(shop_id=shop.id, slug="tea", path=["Tea"])
    Product.objects.filter(shop_id=shop.id).update(category=category)
    member = make_person()
    shops.add_member(actor=owner, shop_id=shop.id, person_id=member.id, role=Role.SUPPORT)
    storefront.save_policy(actor=owner, shop_id=shop.id, kind=PolicyKind.RETURNS, texts={"": "None."})
    storefront.add_section(actor=owner, shop_id=shop.id, kind=SectionKind.NEWEST)
    storefront.publish_page(actor=owner, shop_id=shop.id)
    section_id = storefront.add_section(actor=owner, shop_id=shop.id, kind=SectionKind.TEXT)
    bulk_id = catalog.preview_bulk(actor=owner, shop_id=shop.id, change={"kind": "status", "status": "draft"})
    location_id = Location.objects.get(shop_id=shop.id).id
    take_id = stock.begin_take(actor=owner, shop_id=shop.id, location_id=location_id, reason="June")
    shops.name_domain(actor=owner, shop_id=shop.id, name="tea-house.shop")
    invitation_id = shops.invite(actor=owner, shop_id=shop.id, role=Role.GOODS, email="", key="of the world")
    return World(
        shop=shop,
        people=people,
        variant_id=variant_id,
        order=order,
        case=case,
        invitation_id=invitation_id,
        member_id=member.id,
        group_id=search.save_synonyms(actor=owner, shop_id=shop.id, words=["cup", "mug"]),
        section_id=section_id,
        bulk_id=bulk_id,
        take_id=take_id,
        cookies={who: _cookies(person) for who, person in people.items()},
    )


def _actor(person: Person | None) -> Actor:
    assert person is not None
    return make_actor(person=person)


def _cookies(person: Person | None) -> dict[str, str]:
    client = Client()
    if person is not None:
        client.force_login(person)
    return {name: morsel.value for name, morsel in client.cookies.items()}


def _address(world: World, route: Route) -> str:
    def fill(found: re.Match[str]) -> str:
        name = found.group("name") or found.group("ninja") or found.group("group")
        assert name in VALUES, f"{route.path}: say in VALUES what {name} is"
        return str(VALUES[name](world))

    plain = route.path.replace("^", "").replace("$", "").replace("\\", "")
    return re.sub(r"<(?:\w+:)?(?P<name>\w+)>|\{(?:\w+:)?(?P<ninja>\w+)\}|\(\?P<(?P<group>\w+)>[^)]*\)", fill, plain)


def _verdict(response: HttpResponse) -> Verdict:
    if response.status_code in {301, 302} and response["Location"].startswith("/accounts/login/?"):
        return Verdict.SIGN_IN
    return {403: Verdict.REFUSED, 404: Verdict.NOT_THERE}.get(response.status_code, Verdict.LET_IN)


def test_every_route_says_for_whom_it_is() -> None:
    assert [route.path for route in ROUTES if route.access is None] == []


def test_edges_routes_take_no_ones_word_for_who_they_are() -> None:
    """They read no session: each is for everybody, or for whoever brings a token."""
    assert {route.access.audience for route in ROUTES if route.is_edge and route.access} == NOBODYS_OWN


def _is_right(route: Route, answer: HttpResponse, wanted: Verdict) -> bool:
    """Whoever is let in may be told that a thing is not there which nobody has made, or that a method is not taken."""
    if answer.status_code >= SERVER_ERROR:
        return False
    if route.access is BEARER:  # nobody here brings a token, so nobody is let in, however they are signed in
        return answer.status_code in NO_TOKEN
    is_form = answer.status_code == NO_FORM and route.access == BUYER  # for tokens alone, whosever the order is
    if is_form or answer.status_code == NO_SUCH_METHOD or (said := _verdict(answer)) is wanted:
        return True
    is_absent = route.name in NOT_SET_UP or bool(ABSENT & set(re.findall(r"\w+(?=[>}])", route.path)))
    return wanted is Verdict.LET_IN and said is Verdict.NOT_THERE and is_absent


@pytest.mark.timeout(600)  # five thousand requests: on a machine with much else to do they take their time
def test_every_route_lets_in_whom_it_says_and_a_refusal_changes_nothing(world: World) -> None:
    before, wrong = fingerprint(), list[str]()
    for route in OF_DJANGO:
        assert route.access is not None
        path = _address(world, route)
        wanted = {who: expected(route, who) for who in Who}
        data = BODIES[route.name](world) if route.name in BODIES else {}
        for method in route.methods or ("GET", "POST"):
            for who in Who:
                with transaction.atomic():
                    answer = world.ask(who, method, path, data)
                    if not _is_right(route, answer, wanted[who]):
                        wrong.append(f"{method} {path} as {who}: {answer.status_code}, not {wanted[who]}")
                    is_free = wanted[who] is Verdict.LET_IN and route.access.audience is not Audience.BEARER
                    transaction.set_rollback(is_free)
            if set(wanted.values()) != {Verdict.LET_IN} or route.access.audience is Audience.BEARER:
                changed = {table for table, digest in fingerprint().items() if digest != before[table]}
                assert not changed, f"{method} {path} was refused to somebody and changed {changed}"
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("route", OF_STAFF, ids=lambda route: route.name)
def test_what_staff_change_is_on_record(world: World, route: Route) -> None:
    path = _address(world, route)
    if route.name in WRITES:
        before = set(StaffActionRow.objects.values_list("id", flat=True))
        answer = world.ask(Who.OWNER, "POST", path, WRITES[route.name](world))
        assert answer.status_code == 302, answer.content.decode()[:3000]
        lines = StaffActionRow.objects.exclude(id__in=before)
        assert {line.person_id for line in lines} == {_actor(world.people[Who.OWNER]).id}
        assert all(line.request_id for line in lines)
        facts = {name.partition(" ")[0] for line in lines for name in (*line.before, *line.after)}
        assert facts <= staff_words.FACTS.keys() | staff_words.HIDDEN_FACTS, "the activity page has no word for these"
        run_due_jobs()  # what was uploaded goes once it is worked on
    elif route.name not in ELSEWHERE:
        assert world.ask(Who.OWNER, "POST", path, {}).status_code == 405, f"say in WRITES what {route.name} takes"
