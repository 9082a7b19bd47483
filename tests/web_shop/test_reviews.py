"""Reviews as shoppers and buyers meet them."""

from __future__ import annotations

import json
import re

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from quanshi.accounts.types import SYSTEM, Actor, ActorKind
from quanshi.orders.models import Order
from quanshi.reviews import services
from quanshi.reviews.models import Report, Review
from tests.support import trade
from tests.support.factories import make_order, make_person, make_shop, make_variant
from tests.support.photographs import make_photograph
from tests.web_shop.browsing import ENGLISH, plain

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(client: Client) -> Order:
    """Received; `client` is the buyer."""
    person = make_person(display_name="王小明")
    client.force_login(person)
    shop = make_shop(slug="bowls", name="Bowls")
    buyer = Actor(kind=ActorKind.PERSON, id=person.id)
    found = make_order(shop=shop, lines=[(make_variant(shop=shop), 1)], buyer=buyer)
    trade.deliver(found)
    return found


def form_of(order: Order) -> str:
    return f"/orders/{order.id}/reviews/{order.lines.get().id}"


def page_of(order: Order) -> str:
    line = order.lines.select_related("product").get()
    return f"/s/bowls/p/{line.product.handle}"


def test_a_buyer_writes_shows_pictures_and_adds(client: Client, order: Order) -> None:
    assert form_of(order) in client.get(f"/orders/{order.id}", headers=ENGLISH).content.decode()
    said = {"stars": "4", "text": "Thick glaze", "shows_name": "on", "pictures": [make_photograph() for _ in range(2)]}
    page = client.post(form_of(order), said, headers=ENGLISH, follow=True).content.decode()
    assert "Everybody can read it now" in page
    assert "Add something" in page
    client.post(form_of(order), {"text": "Still fine"}, headers=ENGLISH)
    shown = Client().get(f"{page_of(order)}/reviews", headers=ENGLISH).content.decode()
    assert re.search(r"王\*\*\*.*Bought here.*Thick glaze.*Added.*Still fine", plain(shown))
    assert shown.count('<ul role="list" class="review-pictures">') == 1
    assert "4.0" in shown


def test_product_page_card_and_search_engines_see_the_same_average(client: Client, order: Order) -> None:
    client.post(form_of(order), {"stars": "3"})
    page = Client().get(page_of(order), headers=ENGLISH).content.decode()
    document = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert document is not None
    assert json.loads(document[1])["aggregateRating"] == {
        "@type": "AggregateRating",
        "ratingValue": "3.0",
        "reviewCount": 1,
        "bestRating": 5,
        "worstRating": 1,
    }
    card = Client().get("/s/bowls", headers=ENGLISH).content.decode()
    assert 'aria-label="3.0 of 5 stars by 1 buyer"' in card


def test_without_reviews_nothing_is_said_of_stars(client: Client, order: Order) -> None:
    page = Client().get(page_of(order), headers=ENGLISH).content.decode()
    assert "aggregateRating" not in page
    assert "goods-rating" not in Client().get("/s/bowls").content.decode()
    assert "No reviews yet" in Client().get(f"{page_of(order)}/reviews", headers=ENGLISH).content.decode()


def test_what_is_wrong_is_said_beside_the_field(client: Client, order: Order) -> None:
    no_stars = client.post(form_of(order), {"text": "x"}, headers=ENGLISH)
    assert no_stars.status_code == 422
    assert "Choose one to five stars." in no_stars.content.decode()
    many = client.post(
        form_of(order), {"stars": "5", "pictures": [make_photograph() for _ in range(7)]}, headers=ENGLISH
    )
    assert "At most 6 pictures." in many.content.decode()
    script = ContentFile(b"<script>alert(1)</script>", name="x.jpg")
    broken = client.post(form_of(order), {"stars": "5", "pictures": [script]}, headers=ENGLISH)
    assert broken.status_code == 422
    assert not Review.objects.exists()


def test_strangers_find_no_form(client: Client, order: Order) -> None:
    for stranger in (Client(), _signed_in()):
        assert stranger.get(form_of(order)).status_code == 404
        assert stranger.post(form_of(order), {"stars": "1"}).status_code == 404
    assert not Review.objects.exists()


def _signed_in() -> Client:
    client = Client()
    client.force_login(make_person())
    return client


def test_filters_choose_and_nonsense_shows_all(client: Client, order: Order) -> None:
    client.post(form_of(order), {"stars": "3", "text": "so so"})
    for only, shown in (("", True), ("3", True), ("5", False), ("pictures", False), ("imported", False), ("9", True)):
        page = Client().get(f"{page_of(order)}/reviews?only={only}", headers=ENGLISH).content.decode()
        assert ("so so" in page) is shown, only
    assert Client().get(f"{page_of(order)}/reviews?after=nonsense").status_code == 422


def test_a_hidden_review_shows_day_and_reason(client: Client, order: Order) -> None:
    client.post(form_of(order), {"stars": "1", "text": "call 138 0013 8000"})
    services.hide_review(actor=SYSTEM, review_id=Review.objects.get().id, reason="personal_data", words="A number.")
    page = plain(Client().get(f"{page_of(order)}/reviews", headers=ENGLISH).content.decode())
    assert "Legal reason: Somebody's personal data. A number. The stars still count." in page
    assert "138 0013 8000" not in page


def test_words_cannot_run_scripts(client: Client, order: Order) -> None:
    client.post(form_of(order), {"stars": "1", "text": "<script>alert(1)</script>"})
    page = Client().get(f"{page_of(order)}/reviews").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_anybody_may_report(client: Client, order: Order) -> None:
    client.post(form_of(order), {"stars": "1", "text": "rude words"})
    address = f"/reviews/{Review.objects.get().id}/report"
    guest = Client(headers=ENGLISH)
    services.reply(actor=SYSTEM, shop_id=order.shop_id, review_id=Review.objects.get().id, text="Sorry")
    shown = guest.get(address).content.decode()
    assert "rude words" in shown
    assert "Bowls answers" in shown
    assert guest.post(address, {}).status_code == 422
    answer = guest.post(address, {"reason": "insult", "words": "rude"}, follow=True)
    assert "Somebody will look at it" in answer.content.decode()
    assert guest.post(address, {"reason": "insult"}).status_code == 303
    assert Report.objects.count() == 1
