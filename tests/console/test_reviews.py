"""Reviews in the console: the shop answers and imports, the operator decides."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile

from quanshi.reviews import services
from quanshi.reviews.models import Review
from tests.console.conftest import World, browser
from tests.support import trade
from tests.support.factories import make_actor, make_order, make_person, make_shop


@pytest.fixture
def review(world: World) -> Review:
    order = make_order(shop=world.shop, lines=[(world.variant_id, 1)])
    trade.deliver(order)
    review_id = services.write_review(
        actor=trade.buyer_of(order), order_line_id=order.lines.get().id, stars=2, text="Bitter"
    )
    return Review.objects.get(id=review_id)


def test_the_shop_answers_and_the_list_is_empty(world: World, review: Review) -> None:
    assert "Bitter" in world.client.get(world.path("reviews")).content.decode()
    answer = world.client.post(
        world.path(f"reviews/{review.id}?state=unanswered"), {"text": "Try less leaf."}, follow=True
    )
    assert "Nothing to answer" in answer.content.decode()
    assert "Try less leaf." in world.client.get(world.path("reviews?state=all")).content.decode()
    empty = world.client.post(world.path(f"reviews/{review.id}"), {"text": ""})
    assert empty.status_code == 422


def test_filters_leave_what_they_say(world: World, review: Review) -> None:
    for query, shown in (("only=2", True), ("only=5", False), ("only=pictures", False), ("state=imported", False)):
        assert ("Bitter" in world.client.get(world.path(f"reviews?{query}")).content.decode()) is shown, query


def test_another_shop_cannot_answer(world: World, review: Review) -> None:
    person = make_person()
    make_shop(actor=make_actor(person=person), slug="others")
    theirs = browser(person)
    assert theirs.post(world.path(f"reviews/{review.id}"), {"text": "ha"}).status_code == 403
    assert theirs.post(f"/console/others/reviews/{review.id}", {"text": "ha"}).status_code == 404
    assert Review.objects.get().reply == ""


def test_a_file_is_imported_and_its_bad_rows_are_named(world: World, review: Review) -> None:
    handle = review.product.handle
    text = f"handle,stars,created_at,content\n{handle},5,2020-01-01,Fine\n{handle},0,2020-01-01,None\n"
    fields = {"file": ContentFile(text.encode(), name="old.csv"), "source": "the old shop"}
    page = world.client.post(world.path("reviews/import"), fields).content.decode()
    assert "1 imported, 0 were here already." in page
    assert "1 row was refused" in page
    assert "Imported from the old shop" in world.client.get(world.path("reviews?state=imported")).content.decode()
    wrong = {"file": ContentFile(b"nonsense", name="old.csv"), "source": "x"}
    assert world.client.post(world.path("reviews/import"), wrong).status_code == 422


def test_only_the_operator_decides(world: World, review: Review) -> None:
    decide = f"/console/reviews/{review.id}"
    services.report_review(actor=make_actor(), client="10.0.0.9", review_id=review.id, reason="insult", words="rude")
    for nobody in (world.client, browser(make_person())):
        assert nobody.get("/console/reviews").status_code == 403
        assert nobody.post(decide, {"decision": "hide", "reason": "insult", "words": "x"}).status_code == 403
    assert browser().get("/console/reviews").status_code == 302
    assert Review.objects.get(id=review.id).hidden_at is None
    keeper = make_person()
    keeper.is_superuser = True
    keeper.save()
    desk = browser(keeper)
    assert "rude" in desk.get("/console/reviews").content.decode()
    no_reason = desk.post(decide, {"decision": "hide", "reason": "", "words": "x"}, follow=True)
    assert "not one of the choices" in no_reason.content.decode()
    desk.post(decide, {"decision": "hide", "reason": "insult", "words": "Calls somebody names."})
    assert Review.objects.get(id=review.id).hidden_words == "Calls somebody names."
    assert "Nothing is reported" in desk.get("/console/reviews").content.decode()
    desk.post(decide, {"decision": "show", "words": "It does not."})
    assert Review.objects.get(id=review.id).hidden_at is None
