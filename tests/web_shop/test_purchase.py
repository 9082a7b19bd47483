"""Buying from several shops at once, as a browser without JavaScript walks it."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import services as catalog
from quanshi.catalog.models import Product, Variant
from quanshi.orders import services as orders
from quanshi.orders.models import Order
from quanshi.orders.types import Placement
from quanshi.payments.models import Attempt
from quanshi.payments.types import Outcome
from quanshi.shops import services as shop_services
from quanshi.shops.types import Role, ShopState, ShopView
from quanshi.stock.models import Level
from tests.support import trade
from tests.support.audit import assert_sound
from tests.support.factories import PASSWORD, make_person, make_shop, make_variant
from tests.web_shop.browsing import ADDRESS, ENGLISH, hidden, plain

pytestmark = pytest.mark.django_db
NOTES = {"note-bowls": "ring twice", "note-teas": "no plastic"}


@pytest.fixture
def client() -> Client:
    return Client(headers=ENGLISH)


@pytest.fixture
def shops() -> tuple[ShopView, ShopView]:
    bowls = make_shop(slug="bowls", name="Bowls", freight_minor=800)
    teas = make_shop(slug="teas", name="Teas", freight_minor=500, free_freight_from_minor=2000)
    return bowls, teas


@pytest.fixture
def goods(shops: tuple[ShopView, ShopView]) -> tuple[UUID, UUID]:
    """A bowl at 10.00 and a tea at 30.00; the tea comes without freight."""
    return make_variant(shop=shops[0], price_minor=1000, on_hand=5), make_variant(
        shop=shops[1], price_minor=3000, on_hand=5
    )


@pytest.fixture
def cart(client: Client, goods: tuple[UUID, UUID]) -> None:
    fill_cart(client, goods)


def fill_cart(client: Client, goods: Iterable[UUID]) -> None:
    for variant_id in goods:
        client.post(f"/cart/{variant_id}", {"quantity": "1"})


def quote(client: Client, **fields: str) -> str:
    answer = client.post("/checkout/bowls+teas", {**ADDRESS, **NOTES, **fields})
    assert answer.status_code == 200
    return answer.content.decode()


def place(page: str) -> Placement:
    """What edge does with the form of the checkout."""
    return orders.place(token=hidden(page, "quote"), key=hidden(page, "key"))


def sell_out(variant_id: UUID) -> None:
    Level.objects.filter(variant_id=variant_id).update(on_hand=0)


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


@pytest.mark.usefixtures("cart")
class TestCart:
    def test_shops_of_one_currency_are_checked_out_together_or_one_by_one(self, client: Client) -> None:
        page = text(client, "/cart")
        for path in ("/checkout/teas+bowls", "/checkout/bowls", "/checkout/teas"):
            assert f'href="{path}"' in page
        assert "Check out 2 shops together" in page
        assert "¥40.00" in plain(page)

    def test_what_is_not_chosen_is_not_offered_together(self, client: Client, goods: tuple[UUID, UUID]) -> None:
        client.post(f"/cart/{goods[1]}", {"selected": "0"})
        page = text(client, "/cart")
        assert "together" not in page
        assert 'href="/checkout/bowls"' in page
        answer = client.get("/checkout/bowls+teas")
        assert "Teas" not in plain(answer.content.decode())

    def test_a_resting_shop_takes_no_part(self, client: Client, shops: tuple[ShopView, ShopView]) -> None:
        rest(shops[1])
        assert "together" not in text(client, "/cart")

    def test_each_currency_is_paid_for_on_its_own(self, client: Client) -> None:
        for name in ("Ghent", "Lyon"):
            abroad = make_shop(slug=name.lower(), name=name, currency="EUR")
            client.post(f"/cart/{make_variant(shop=abroad, price_minor=700)}", {"quantity": "1"})
        page = text(client, "/cart")
        assert 'href="/checkout/lyon+ghent"' in page
        assert 'href="/checkout/teas+bowls"' in page
        assert "One payment has one currency" in page
        refused = client.post("/checkout/lyon+teas", ADDRESS)
        assert refused.status_code == 409
        assert "These shops charge in different currencies." in refused.content.decode()


@pytest.mark.usefixtures("cart")
class TestCheckout:
    def test_each_shop_has_its_part_and_all_are_placed_at_once(
        self, client: Client, shops: tuple[ShopView, ShopView]
    ) -> None:
        page = quote(client)
        known = orders.read_quote(hidden(page, "quote"))
        assert [(one.shop_id, one.total_minor, one.note) for one in known.orders] == [
            (shops[1].id, 3000, "no plastic"),
            (shops[0].id, 1800, "ring twice"),
        ]
        assert known.is_all_or_nothing
        words = plain(page)
        for said in ("Free delivery−¥5.00", "Delivery¥8.00", "¥48.00", "Place 2 orders", "no plastic", "ring twice"):
            assert said in words, said
        answer = place(page)
        assert len(answer.placed) == 2

    def test_a_single_shop_is_not_asked_what_to_do_with_the_others(self, client: Client) -> None:
        page = client.post("/checkout/bowls", {**ADDRESS, **NOTES}).content.decode()
        assert 'name="if_short"' not in page
        assert "Place the order" in page
        assert orders.read_quote(hidden(page, "quote")).purchase_id is None

    def test_the_buyer_says_what_happens_when_one_is_short(self, client: Client) -> None:
        page = quote(client)
        assert "Nothing is ordered, and you choose again." in page
        page = quote(client, if_short="others")
        assert "The other shops' orders are placed all the same." in plain(page)
        assert not orders.read_quote(hidden(page, "quote")).is_all_or_nothing
        assert client.post("/checkout/bowls+teas", {**ADDRESS, "if_short": "all of it"}).status_code == 422

    def test_a_refusal_names_what_it_is_about(
        self, client: Client, shops: tuple[ShopView, ShopView], goods: tuple[UUID, UUID]
    ) -> None:
        sell_out(goods[1])
        answer = client.post("/checkout/bowls+teas", ADDRESS)
        title = Product.objects.get(shop_id=shops[1].id).title
        assert answer.status_code == 409
        assert f"<strong>{title}</strong><br>These goods are sold out. Nothing was ordered." in answer.content.decode()
        rest(shops[1])
        page = client.post("/checkout/bowls+teas", ADDRESS).content.decode()
        assert "<strong>Teas</strong><br>This shop takes no orders at present." in page
        assert 'name="quote"' not in page
        assert "Check the order" not in page  # it would be refused again
        assert '<a class="button button-primary button-wide" href="/cart">Change the cart</a>' in page
        assert ADDRESS["street"] in text(client, "/checkout/bowls+teas")  # typed once

    def test_more_than_one_person_may_have_is_refused_with_both_figures(
        self, client: Client, goods: tuple[UUID, UUID]
    ) -> None:
        limit_to(goods[0], 2)
        client.post(f"/cart/{goods[0]}", {"quantity": "3"})
        assert "At most 2 a person" in text(client, "/cart")
        words = plain(client.post("/checkout/bowls+teas", ADDRESS).content.decode())
        assert "One person may order at most 2 of these. Nothing was ordered." in words
        client.post(f"/cart/{goods[0]}", {"quantity": "2"})
        assert len(place(quote(client)).placed) == 2
        fill_cart(client, goods)
        words = plain(client.post("/checkout/bowls+teas", ADDRESS).content.decode())
        assert "One person may order at most 2 of these; you have ordered 2." in words


@pytest.mark.usefixtures("cart")
class TestPaying:
    def test_one_payment_pays_all_and_each_page_names_the_others(
        self, client: Client, shops: tuple[ShopView, ShopView]
    ) -> None:
        answer = place(quote(client))
        tea, bowl = (Order.objects.get(id=order.order_id) for order in answer.placed)
        for order in (tea, bowl):
            words = plain(text(client, f"/orders/{order.id}/pay"))
            assert "One payment for 2 orders ¥48.00" in words
            assert tea.number in words
            assert bowl.number in words
        page = text(client, f"/orders/{tea.id}")
        assert f'href="/orders/{bowl.id}"' in page
        assert "One payment of ¥48.00 pays the 2 orders that wait." in plain(page)
        listed = text(client, "/orders")
        assert listed.count("Ordered together with") == 2
        assert listed.count("Pay 2 together") == 2

        started = client.post(f"/orders/{bowl.id}/pay", {"gateway": "sandbox"})
        assert urlsplit(started.headers["Location"]).path.startswith("/sandbox-pay")
        attempt = Attempt.objects.get()
        assert attempt.amount_minor == 4800
        trade.gateway_says(attempt.id, Outcome.SUCCEEDED)
        page = plain(text(client, f"/orders/{tea.id}"))
        assert "They were paid by one payment of ¥48.00." in page
        assert set(Order.objects.values_list("state", flat=True)) == {"to_ship"}
        assert_sound()

    def test_cancelling_one_lowers_the_payment_at_once(self, client: Client) -> None:
        tea, bowl = (order.order_id for order in place(quote(client)).placed)
        client.post(f"/orders/{tea}/pay", {"gateway": "sandbox"})  # an attempt over both stands open
        client.post(f"/orders/{tea}/cancel", {"reason": ""})
        words = plain(text(client, f"/orders/{bowl}/pay"))
        assert "¥18.00" in words
        assert "¥48.00" not in words
        assert "Cancelled" in text(client, f"/orders/{bowl}")
        client.post(f"/orders/{bowl}/pay", {"gateway": "sandbox"})
        assert Attempt.objects.latest("id").amount_minor == 1800

    def test_what_was_left_out_is_said_with_its_reason(self, client: Client, goods: tuple[UUID, UUID]) -> None:
        page = quote(client, if_short="others")
        sell_out(goods[1])
        (bowl,) = place(page).placed
        path = f"/orders/{bowl.order_id}/pay"
        words = text(client, path)
        title = Product.objects.get(variants=goods[1]).title
        assert "Not ordered from Teas" in words
        assert f"“{title}” was sold while you were checking out." in words
        assert f'href="/s/teas/p/{Product.objects.get(variants=goods[1]).handle}"' in words
        assert "¥18.00" in plain(words)
        trade.run_relay()
        assert title in text(client, "/cart")
        Product.objects.filter(variants=goods[1]).update(status="draft", title="Secret tea")
        words = text(client, path)
        assert "Secret tea" not in words
        assert "Something in this order was sold while you were checking out." in words

    def test_who_signs_in_meanwhile_still_hears_what_was_left_out(
        self, client: Client, goods: tuple[UUID, UUID]
    ) -> None:
        page = quote(client, if_short="others")
        sell_out(goods[1])
        (bowl,) = place(page).placed
        person = make_person()
        client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
        assert "Not ordered from Teas" in text(client, f"/orders/{bowl.order_id}/pay")

    def test_every_reason_has_its_sentence(self, client: Client, goods: tuple[UUID, UUID]) -> None:
        limit_to(goods[1], 1)
        first = quote(client, if_short="others")
        second = quote(client, if_short="others")
        place(first)
        (bowl,) = place(second).placed
        words = plain(text(client, f"/orders/{bowl.order_id}/pay"))
        assert "is limited: One person may order at most 1 of these." in words

    def test_the_address_cannot_make_the_page_say_anything(self, client: Client, goods: tuple[UUID, UUID]) -> None:
        tea, _bowl = (order.order_id for order in place(quote(client)).placed)
        words = text(client, f"/orders/{tea}/pay?left_out={goods[0]}&left_out=<script>")
        assert "Not ordered" not in words
        assert "&lt;script" not in words


@pytest.mark.usefixtures("cart")
class TestWhoSeesWhat:
    def test_a_member_of_one_shop_sees_nothing_of_the_others(
        self, client: Client, shops: tuple[ShopView, ShopView]
    ) -> None:
        tea, bowl = (Order.objects.get(id=order.order_id) for order in place(quote(client)).placed)
        trade.pay(tea)
        member = make_person()
        shop_services.add_member(actor=SYSTEM, shop_id=shops[1].id, person_id=member.id, role=Role.OWNER)
        theirs = Client(headers=ENGLISH)
        theirs.force_login(member)
        for path in (f"/orders/{tea.id}", f"/console/teas/orders/{tea.id}"):
            page = text(theirs, path)
            assert tea.number in page, path
            for secret in (bowl.number, str(bowl.id), "Bowls", "48.00", "18.00"):
                assert secret not in plain(page), (path, secret)
                assert str(bowl.id) not in page
        assert "This payment covered orders of other shops too" in text(theirs, f"/console/teas/orders/{tea.id}")
        assert theirs.get(f"/orders/{bowl.id}").status_code == 404

    def test_the_list_costs_the_same_for_many_purchases(self, client: Client, goods: tuple[UUID, UUID]) -> None:
        place(quote(client))

        def cost() -> int:
            with CaptureQueriesContext(connection) as queries:
                assert client.get("/orders").status_code == 200
            return len(queries)

        few = cost()
        for _ in range(3):
            fill_cart(client, goods)
            place(quote(client))
        assert cost() == few


def rest(shop: ShopView) -> None:
    shop_services.update_shop(actor=SYSTEM, shop_id=shop.id, state=ShopState.PAUSED)


def limit_to(variant_id: UUID, most: int) -> None:
    variant = Variant.objects.select_related("product").get(id=variant_id)
    catalog.change_goods(
        actor=SYSTEM,
        shop_id=variant.product.shop_id,
        product_id=variant.product_id,
        person_limits={variant_id: most},
    )


def test_the_product_page_offers_no_more_than_one_person_may_have(client: Client, goods: tuple[UUID, UUID]) -> None:
    limit_to(goods[0], 2)
    path = f"/s/bowls/p/{Product.objects.get(variants=goods[0]).handle}"
    page = text(client, path)
    assert "At most 2 a person" in page
    assert 'max="2"' in page
    answer = client.post(path, {"quantity": "3", "then": "cart"})
    assert answer.status_code == 409
    assert "At most 2 a person." in answer.content.decode()
    assert client.post(path, {"quantity": "2", "then": "cart"}).status_code == 302


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"limit": "2", "held": "1"}, "One person may order at most 2 of these. You have ordered 1 already. Nothing"),
        ({"limit": "2", "held": "0"}, "One person may order at most 2 of these. Nothing was ordered"),
        ({"limit": "<b>", "held": "x"}, "Something in this order is limited"),
    ],
)
def test_the_refused_page_says_how_many_one_person_may_have(client: Client, facts: dict[str, str], said: str) -> None:
    answer = client.get("/checkout/refused", {"code": "over_limit", **facts})
    assert answer.status_code == 429
    assert said in plain(answer.content.decode())
    assert (
        "限购"
        in client.get("/checkout/refused", {"code": "over_limit"}, headers={"accept-language": "zh"}).content.decode()
    )


def test_more_shops_than_one_purchase_takes_are_refused_in_words(client: Client) -> None:
    slugs = [f"stall-{number}" for number in range(11)]
    for slug in slugs:
        client.post(f"/cart/{make_variant(shop=make_shop(slug=slug))}", {"quantity": "1"})
    answer = client.post(f"/checkout/{'+'.join(slugs)}", ADDRESS)
    assert answer.status_code == 429
    assert "At most 10 shops can be ordered from together. Leave some out." in plain(answer.content.decode())
