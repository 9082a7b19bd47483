"""Buyers do not wait for each other, and none is lost or counted twice."""

from __future__ import annotations

from quanshi.kernel.errors import DomainError
from quanshi.reviews import selectors, services
from quanshi.reviews.errors import AlreadyReviewed
from quanshi.reviews.models import Review
from tests.support import trade
from tests.support.audit import assert_sound
from tests.support.database import run_together
from tests.support.factories import make_order, make_shop, make_variant


def test_two_forms_at_once_are_one_review(committed_db: None) -> None:
    shop = make_shop()
    order = make_order(shop=shop, lines=[(make_variant(shop=shop), 1)])
    trade.deliver(order)
    line, buyer = order.lines.get(), trade.buyer_of(order)
    answers = run_together(
        *[lambda: services.write_review(actor=buyer, order_line_id=line.id, stars=5, text="twice")] * 4
    )
    refused = [answer for answer in answers if isinstance(answer, DomainError)]
    assert [type(refusal) for refusal in refused] == [AlreadyReviewed] * 3
    rating = selectors.ratings_of(product_ids=[line.product_id])[line.product_id]
    assert (Review.objects.count(), rating.five) == (1, 1)


def test_many_buyers_of_one_thing_are_all_counted(committed_db: None) -> None:
    shop = make_shop()
    bowl = make_variant(shop=shop)
    bought = [make_order(shop=shop, lines=[(bowl, 1)]) for _ in range(8)]
    for order in bought:
        trade.deliver(order)
    lines = [(trade.buyer_of(order), order.lines.get()) for order in bought]
    run_together(
        *[
            lambda buyer=buyer, line=line, n=n: services.write_review(
                actor=buyer, order_line_id=line.id, stars=n % 5 + 1
            )
            for n, (buyer, line) in enumerate(lines)
        ]
    )
    product_id = lines[0][1].product_id
    rating = selectors.ratings_of(product_ids=[product_id])[product_id]
    assert (rating.one, rating.two, rating.three, rating.four, rating.five) == (2, 2, 2, 1, 1)
    assert_sound()
