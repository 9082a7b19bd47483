"""Only buyers speak, once, in time; what they say stays."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from quanshi.accounts.types import SYSTEM, Actor
from quanshi.kernel import clock
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.kernel.models import OutboxEvent
from quanshi.orders import services as orders
from quanshi.orders.errors import OrderNotFound
from quanshi.orders.models import Order, OrderLine
from quanshi.reviews import rules, selectors, services
from quanshi.reviews.errors import (
    AlreadyExtended,
    ReviewNotFound,
    ReviewNotOpen,
    TooManyPictures,
)
from quanshi.reviews.models import Review
from quanshi.reviews.types import MOST_PICTURES, LineState
from quanshi.shops import services as shops
from quanshi.shops.types import Role, ShopView, StaffAction
from tests.support import trade
from tests.support.audit import assert_sound
from tests.support.factories import make_actor, make_guest, make_order, make_person, make_shop, make_variant
from tests.support.photographs import make_photograph
from tests.support.record import deeds_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> ShopView:
    return make_shop()


def buy(shop: ShopView, buyer: Actor | None = None) -> tuple[Order, OrderLine]:
    order = make_order(shop=shop, lines=[(make_variant(shop=shop), 1)], buyer=buyer)
    trade.deliver(order)
    return order, order.lines.get()


def state_of(order: Order) -> LineState:
    lines = selectors.reviews_of_order(actor=trade.buyer_of(order), order_id=order.id)
    return next(iter(lines.values())).state


def test_a_buyer_reviews_what_has_come(shop: ShopView) -> None:
    order, line = buy(shop)
    assert state_of(order) is LineState.OPEN
    services.write_review(
        actor=trade.buyer_of(order), order_line_id=line.id, stars=4, text="  两层\n很厚 ", pictures=[make_photograph()]
    )
    (view,) = selectors.reviews_of_product(product_id=line.product_id).reviews
    assert (view.stars, view.text, view.author, view.source, view.hidden) == (4, "两层 很厚", "", "", None)
    assert len(view.pictures) == 1
    rating = selectors.ratings_of(product_ids=[line.product_id])[line.product_id]
    assert (rating.count, str(rating.average), rating.four) == (1, "4.0", 1)
    assert state_of(order) is LineState.WRITTEN
    assert OutboxEvent.objects.filter(type="reviews.ReviewWritten", payload__stars=4).count() == 1
    assert_sound()


def test_pictures_keep_nothing_but_their_pixels(shop: ShopView) -> None:
    order, line = buy(shop)
    services.write_review(actor=trade.buyer_of(order), order_line_id=line.id, stars=5, pictures=[make_photograph()])
    (picture,) = Review.objects.get().pictures
    for rendition in picture["renditions"]:
        with default_storage.open(rendition["name"]) as file:
            data = file.read()
        assert b"Secret" not in data
        assert not Image.open(io.BytesIO(data)).getexif()


def test_nobody_else_reviews_it(shop: ShopView) -> None:
    order, line = buy(shop)
    before = OutboxEvent.objects.count()
    for stranger in (make_guest(), make_actor(), SYSTEM):
        with pytest.raises(OrderNotFound):
            services.write_review(actor=stranger, order_line_id=line.id, stars=1, text="bad")
        assert selectors.reviews_of_order(actor=stranger, order_id=order.id) == {}
    assert (Review.objects.count(), OutboxEvent.objects.count()) == (0, before)


def test_what_has_not_come_is_not_reviewed(shop: ShopView) -> None:
    order = make_order(shop=shop, lines=[(make_variant(shop=shop), 1)])
    trade.pay(order)
    assert state_of(order) is LineState.NOT_YET
    with pytest.raises(ReviewNotOpen) as refusal:
        services.write_review(actor=trade.buyer_of(order), order_line_id=order.lines.get().id, stars=5)
    assert refusal.value.details["state"] == "not_yet"


def test_the_time_ends_with_the_thirtieth_day(shop: ShopView) -> None:
    order, line = buy(shop)
    assert order.received_at is not None
    end = rules.review_until(order.received_at)
    assert timedelta(days=30) <= end - order.received_at <= timedelta(days=31)
    with clock.fixed(end), pytest.raises(ReviewNotOpen):
        services.write_review(actor=trade.buyer_of(order), order_line_id=line.id, stars=5)
    with clock.fixed(end - timedelta(seconds=1)):
        services.write_review(actor=trade.buyer_of(order), order_line_id=line.id, stars=5)


@pytest.mark.parametrize("stars", [0, 6, -1])
def test_stars_go_from_one_to_five(shop: ShopView, stars: int) -> None:
    order, line = buy(shop)
    with pytest.raises(InvalidInput):
        services.write_review(actor=trade.buyer_of(order), order_line_id=line.id, stars=stars)


def test_too_many_pictures_are_refused_before_any_is_kept(shop: ShopView) -> None:
    order, line = buy(shop)
    many = [make_photograph()] * (MOST_PICTURES + 1)
    with pytest.raises(TooManyPictures):
        services.write_review(actor=trade.buyer_of(order), order_line_id=line.id, stars=5, pictures=many)
    assert not Review.objects.exists()


def test_a_name_is_shortened_and_never_an_address(shop: ShopView) -> None:
    named, unnamed = make_person(display_name="王小明"), make_person(email="someone@example.com")
    unnamed.display_name = ""
    unnamed.save()
    names = []
    for person in (named, unnamed):
        _order, line = buy(shop, make_actor(person=person))
        services.write_review(actor=make_actor(person=person), order_line_id=line.id, stars=5, shows_name=True)
        names.append(Review.objects.get(order_line_id=line.id).author_name)
    assert names == ["王***", ""]


def test_one_addition_and_not_two(shop: ShopView) -> None:
    order, line = buy(shop)
    buyer = trade.buyer_of(order)
    with pytest.raises(ReviewNotFound):
        services.add_to_review(actor=buyer, order_line_id=line.id, text="still fine")
    services.write_review(actor=buyer, order_line_id=line.id, stars=5)
    with pytest.raises(OrderNotFound):
        services.add_to_review(actor=make_guest(), order_line_id=line.id, text="mine")
    services.add_to_review(actor=buyer, order_line_id=line.id, text="still fine", pictures=[make_photograph()])
    with pytest.raises(AlreadyExtended):
        services.add_to_review(actor=buyer, order_line_id=line.id, text="again")
    (view,) = selectors.reviews_of_product(product_id=line.product_id).reviews
    assert (view.addition, len(view.addition_pictures), view.stars) == ("still fine", 1, 5)


def test_the_shop_answers_its_own_reviews_alone(shop: ShopView) -> None:
    order, line = buy(shop)
    review_id = services.write_review(actor=trade.buyer_of(order), order_line_id=line.id, stars=2)
    other = make_actor()
    theirs = make_shop(actor=other)
    before = OutboxEvent.objects.count()
    for actor, shop_id, refusal in ((other, shop.id, NotAllowed), (other, theirs.id, ReviewNotFound)):
        with pytest.raises(refusal):
            services.reply(actor=actor, shop_id=shop_id, review_id=review_id, text="thanks")
    assert OutboxEvent.objects.count() == before
    clerk = make_actor()
    shops.add_member(actor=SYSTEM, shop_id=shop.id, person_id=clerk.id, role=Role.SUPPORT)
    for _twice in range(2):
        services.reply(actor=clerk, shop_id=shop.id, review_id=review_id, text="thanks")
    assert deeds_of(clerk) == [StaffAction.REVIEW_ANSWERED]
    assert Review.objects.get().reply == "thanks"
    assert OutboxEvent.objects.filter(type="reviews.ReviewAnswered").count() == 1
    assert selectors.count_unanswered(actor=SYSTEM, shop_id=shop.id) == 0


def test_who_leaves_takes_their_name_along(shop: ShopView) -> None:
    person = make_person(display_name="王小明")
    guest = make_guest()
    _order, line = buy(shop, guest)
    orders.adopt_guest(guest_id=guest.id, person_id=person.id)  # bought as a guest, wrote as a person
    services.write_review(actor=make_actor(person=person), order_line_id=line.id, stars=5, text="good", shows_name=True)
    for _twice in range(2):
        services.forget_writer(person_id=person.id)
        kept = Review.objects.get()
        assert (kept.author_name, kept.text, kept.stars) == ("", "good", 5)


def test_pages_cost_the_same_however_many_there_are(shop: ShopView) -> None:
    bowl = make_variant(shop=shop)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            selectors.reviews_of_product(product_id=product_id)
            selectors.reviews_of_shop(actor=SYSTEM, shop_id=shop.id)
            selectors.ratings_of(product_ids=[product_id])
        return len(captured)

    counts = []
    for _ in range(2):
        for _again in range(2):
            order = make_order(shop=shop, lines=[(bowl, 1)])
            trade.deliver(order)
            line = order.lines.get()
            product_id = line.product_id
            services.write_review(actor=trade.buyer_of(order), order_line_id=line.id, stars=5)
        counts.append(queries())
    assert counts == [3, 3]


def test_pages_follow_each_other_and_filters_choose(shop: ShopView) -> None:
    bowl = make_variant(shop=shop)
    for n in range(5):
        order = make_order(shop=shop, lines=[(bowl, 1)])
        trade.deliver(order)
        line = order.lines.get()
        pictures = [make_photograph()] if n == 3 else []
        services.write_review(
            actor=trade.buyer_of(order), order_line_id=line.id, stars=n + 1, text=str(n), pictures=pictures
        )
    seen, cursor = [], ""
    while True:
        page = selectors.reviews_of_product(product_id=line.product_id, cursor=cursor, limit=2)
        seen += [review.text for review in page.reviews]
        if not (cursor := page.next_cursor):
            break
    assert seen == ["4", "3", "2", "1", "0"]
    assert [r.text for r in selectors.reviews_of_product(product_id=line.product_id, stars=2).reviews] == ["1"]
    pictured = selectors.reviews_of_product(product_id=line.product_id, with_pictures=True).reviews
    assert [r.text for r in pictured] == ["3"]
    for wrong in ({"stars": 6}, {"cursor": "nonsense"}):
        with pytest.raises(InvalidInput):
            selectors.reviews_of_product(product_id=line.product_id, **wrong)
