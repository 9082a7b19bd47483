"""The operator hides for a legal reason and leaves a trace; nobody deletes, and nobody changes what was said."""

from __future__ import annotations

import io

import pytest
from django.core.files.storage import default_storage, storages
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from quanshi.accounts.models import Person
from quanshi.accounts.types import SYSTEM, Actor
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.kernel.models import OutboxEvent
from quanshi.orders.models import Order
from quanshi.reviews import selectors, services
from quanshi.reviews.errors import ReviewNotFound, TooManyReviews
from quanshi.reviews.models import Decision, Report, Review
from quanshi.reviews.services.moderation import REPORTS_A_DAY
from quanshi.reviews.types import HideReason
from quanshi.shops import selectors as shops
from quanshi.shops.types import Role, StaffAction
from tests.console.conftest import browser
from tests.support import trade
from tests.support.factories import (
    make_actor,
    make_guest,
    make_member,
    make_order,
    make_person,
    make_shop,
    make_variant,
)
from tests.support.photographs import make_photograph

pytestmark = pytest.mark.django_db


@pytest.fixture
def review() -> Review:
    shop = make_shop()
    order = make_order(shop=shop, lines=[(make_variant(shop=shop), 1)])
    trade.deliver(order)
    review_id = services.write_review(
        actor=trade.buyer_of(order),
        order_line_id=order.lines.get().id,
        stars=1,
        text="their number is 138 0013 8000",
        pictures=[make_photograph()],
    )
    return Review.objects.get(id=review_id)


@pytest.fixture
def operator() -> Actor:
    person = make_person()
    person.is_superuser = True
    person.save()
    return make_actor(person=person)


def first_file(review: Review) -> str:
    name: str = review.pictures[0]["renditions"][0]["name"]
    return name


def test_hidden_words_leave_a_trace_and_stars_still_count(review: Review, operator: Actor) -> None:
    services.hide_review(actor=operator, review_id=review.id, reason="personal_data", words="somebody's number")
    (view,) = selectors.reviews_of_product(product_id=review.product_id).reviews
    assert view.hidden is not None
    assert (view.hidden.reason, view.hidden.words) == (HideReason.PERSONAL_DATA, "somebody's number")
    assert (view.text, view.pictures, view.stars) == ("", (), 1)
    assert selectors.ratings_of(product_ids=[review.product_id])[review.product_id].one == 1
    assert not default_storage.exists(first_file(review))
    assert storages["originals"].exists(first_file(review))


def test_hiding_is_taken_back_with_its_pictures(review: Review, operator: Actor) -> None:
    for _twice in range(2):
        services.hide_review(actor=operator, review_id=review.id, reason="insult", words="rude")
    for _twice in range(2):
        services.show_review(actor=operator, review_id=review.id, words="it was not")
    (view,) = selectors.reviews_of_product(product_id=review.product_id).reviews
    assert (view.hidden, view.text, len(view.pictures)) == (None, review.text, 1)
    assert default_storage.exists(first_file(review))
    assert list(Decision.objects.order_by("id").values_list("action", flat=True)) == ["hidden", "shown"]
    told = OutboxEvent.objects.filter(type__in=["reviews.ReviewHidden", "reviews.ReviewShown"])
    assert told.count() == 2


def test_a_shop_cannot_hide_what_it_does_not_like(review: Review) -> None:
    owner = make_actor()
    make_shop(actor=owner)
    before = OutboxEvent.objects.count()
    for nobody in (owner, make_guest(), make_actor()):
        with pytest.raises(NotAllowed):
            services.hide_review(actor=nobody, review_id=review.id, reason="insult", words="no")
        with pytest.raises(NotAllowed):
            services.show_review(actor=nobody, review_id=review.id, words="no")
        with pytest.raises(NotAllowed):
            services.dismiss_reports(actor=nobody, review_id=review.id)
    assert Review.objects.get().hidden_at is None
    assert (Decision.objects.count(), OutboxEvent.objects.count()) == (0, before)


def test_dislike_is_no_legal_reason(review: Review, operator: Actor) -> None:
    for reason, words in (("dislike", "bad for sales"), ("insult", "")):
        with pytest.raises(InvalidInput):
            services.hide_review(actor=operator, review_id=review.id, reason=reason, words=words)
    assert Review.objects.get().hidden_at is None


def test_a_report_waits_for_the_operator(review: Review, operator: Actor) -> None:
    reporter = make_guest()
    for _twice in range(2):
        services.report_review(actor=reporter, client="10.0.0.1", review_id=review.id, reason="insult", words="rude")
    (waiting,) = selectors.reported(locale="en")
    assert (waiting.review.id, [report.words for report in waiting.reports]) == (review.id, ["rude"])
    services.dismiss_reports(actor=operator, review_id=review.id, words="it is fair")
    assert selectors.reported(locale="en") == ()
    assert Review.objects.get().hidden_at is None
    assert Decision.objects.get().action == "kept"


def test_the_shop_and_the_operators_read_what_was_decided(review: Review, operator: Actor) -> None:
    services.report_review(actor=make_guest(), client="10.0.0.1", review_id=review.id, reason="insult", words="rude")
    services.dismiss_reports(actor=operator, review_id=review.id, words="it is fair")
    services.dismiss_reports(actor=operator, review_id=review.id, words="as I said")  # nothing is reported any more
    for _twice in range(2):
        services.hide_review(actor=operator, review_id=review.id, reason="personal_data", words="a number")
        services.show_review(actor=operator, review_id=review.id, words="it was the shop's own")
    shop = shops.shops_by_id(shop_ids=[review.shop_id], locale="en")[review.shop_id]
    owner = make_member(shop=shop, role=Role.OWNER)
    page = shops.staff_actions(actor=owner, shop_id=review.shop_id, kind="review")
    assert [(line.action, line.role, dict(line.after)) for line in reversed(page.actions)] == [
        (StaffAction.REVIEW_KEPT, "operator", {"explanation": "it is fair"}),
        *2
        * [
            (StaffAction.REVIEW_HIDDEN, "operator", {"ground": "personal_data", "explanation": "a number"}),
            (StaffAction.REVIEW_SHOWN, "operator", {"explanation": "it was the shop's own"}),
        ],
    ]
    assert {(line.subject_id, line.subject) for line in page.actions} == {(review.id, review.product.title)}
    client = browser(Person.objects.get(id=owner.id))
    html = client.get(f"/console/{shop.slug}/activity?kind=review").content.decode()
    for words in ("let a reported review stay", "it is fair", "hid a review", "a number"):
        assert words in html
    desk = browser(Person.objects.get(id=operator.id)).get("/operator/shops/staffactionrow/").content.decode()
    assert "hid a review" in desk
    assert "/console/reviews" in desk


def test_one_network_reports_so_often_and_not_more(review: Review) -> None:
    for _ in range(REPORTS_A_DAY):
        services.report_review(actor=make_guest(), client="10.0.0.1", review_id=review.id, reason="insult")
    with pytest.raises(TooManyReviews):
        services.report_review(actor=make_guest(), client="10.0.0.1", review_id=review.id, reason="insult")
    assert Report.objects.count() == REPORTS_A_DAY


def test_what_is_not_there_cannot_be_reported_or_hidden(operator: Actor) -> None:
    nothing = make_guest().id
    with pytest.raises(ReviewNotFound):
        services.report_review(actor=make_guest(), client="10.0.0.1", review_id=nothing, reason="insult")
    with pytest.raises(ReviewNotFound):
        services.hide_review(actor=operator, review_id=nothing, reason="insult", words="x")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM reviews_review",
        "TRUNCATE reviews_review CASCADE",
        "UPDATE reviews_review SET stars = 5",
        "UPDATE reviews_review SET text = 'wonderful'",
        "UPDATE reviews_review SET pictures = '[]'",
        "UPDATE reviews_review SET author_name = 'Somebody else'",
        "UPDATE reviews_review SET written_at = now() + interval '1 day'",
        "UPDATE reviews_review SET addition = 'no more'",
        "DELETE FROM reviews_decision",
        "UPDATE reviews_decision SET words = 'other'",
    ],
)
def test_the_database_itself_refuses(review: Review, statement: str) -> None:
    Review.objects.filter(id=review.id).update(addition="and more", added_at=review.written_at)
    services.hide_review(actor=SYSTEM, review_id=review.id, reason="insult", words="rude")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else what waits would refuse a truncation
        with pytest.raises(DatabaseError, match=r"refused|says what it says"), transaction.atomic():
            cursor.execute(statement)
    assert Review.objects.get().text == review.text


def test_the_database_lets_no_purchase_be_made_up(review: Review) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Review.objects.create(
            shop_id=review.shop_id, product_id=review.product_id, stars=5, written_at=review.written_at
        )


def test_what_is_hidden_while_an_addition_is_sent_stays_as_it_is(review: Review, operator: Actor) -> None:
    line_id = review.order_line_id
    assert line_id is not None
    assert review.order_id is not None
    buyer = trade.buyer_of(Order.objects.get(id=review.order_id))

    class Sent(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            services.hide_review(actor=operator, review_id=review.id, reason="personal_data", words="a number")
            return super().read(size)

    picture = make_photograph()
    picture.file = Sent(picture.read())
    with pytest.raises(ReviewNotFound):
        services.add_to_review(actor=buyer, order_line_id=line_id, text="their number again", pictures=[picture])
    assert Review.objects.get(id=review.id).added_at is None


def test_the_hidden_ones_are_found_without_reading_all() -> None:
    with CaptureQueriesContext(connection) as queries:
        selectors.hidden()
    (reading,) = queries
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {reading['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "using reviews_review_hidden" in plan
    assert "Sort" not in plan
