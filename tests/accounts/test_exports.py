from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

from quanshi.accounts import selectors, services
from quanshi.accounts.errors import ExportNotFound, TooManyExports
from quanshi.accounts.models import Export, Person
from quanshi.accounts.services import exports
from quanshi.accounts.services.exports import KEPT, MOST_EXPORTS
from quanshi.accounts.types import SYSTEM, Actor, ActorKind, AddressInput, ConsentKind, ExportState
from quanshi.config.wiring import KEEPERS
from quanshi.kernel import clock
from quanshi.orders import services as orders
from quanshi.orders.types import AfterSaleKind, AfterSaleWish
from quanshi.reviews import services as reviews
from quanshi.reviews.models import Review
from tests.support import trade
from tests.support.database import run_together
from tests.support.factories import make_order, make_person, make_shop, make_variant
from tests.support.jobs import run_due_jobs
from tests.support.photographs import make_photograph


def export_of(person: Person) -> UUID:
    export_id = services.request_export(person_id=person.id)
    run_due_jobs()
    return export_id


def archive_of(person: Person, export_id: UUID) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(selectors.export_file(person_id=person.id, export_id=export_id)))


def content(person: Person, export_id: UUID) -> dict[str, Any]:
    file = archive_of(person, export_id)
    return {name: json.loads(file.read(name)) for name in file.namelist() if name.endswith(".json")}


@pytest.mark.django_db
def test_it_holds_what_every_room_keeps_and_nothing_of_others() -> None:
    person = make_person(display_name="小李")
    actor = Actor(kind=ActorKind.PERSON, id=person.id)
    services.save_address(
        person_id=person.id,
        address=AddressInput(recipient="李", phone="13800000000", region_code="330106", street="文三路 9 号"),
    )
    services.record_consent(person_id=person.id, kind=ConsentKind.TERMS, is_given=True)
    mine, shop = make_shop(actor=actor, name="我的店"), make_shop()
    variant = make_variant(shop=shop)
    order = make_order(shop=shop, lines=[(variant, 2)], buyer=actor, note="请放门口")
    orders.put_in_cart(actor=actor, variant_id=variant, quantity=3)
    reviewed = make_order(shop=shop, lines=[(variant, 1)], buyer=actor)
    trade.deliver(reviewed)
    reviews.write_review(actor=actor, order_line_id=reviewed.lines.get().id, stars=5, text="很好用")
    stranger = make_order(shop=shop, lines=[(variant, 1)], note="别人的")
    told = content(person, export_of(person))

    assert set(told) == {f"{keeper.room}.json" for keeper in KEEPERS}
    accounts, bought = told["accounts.json"], told["orders.json"]
    assert (accounts["person"]["email"], accounts["person"]["display_name"]) == (person.email, "小李")
    assert [one["street"] for one in accounts["addresses"]] == ["文三路 9 号"]
    assert [(one["kind"], one["is_given"]) for one in accounts["consents"]] == [("terms", True)]
    _reviewed, only = bought["orders"]  # the newest first
    assert (only["number"], only["note"], only["address"]["street"]) == (order.number, "请放门口", "文三路 1 号")
    assert [(line["quantity"], line["total_minor"]) for line in only["lines"]] == [(2, 2000)]
    assert [step["state"] for step in only["timeline"]] == ["placed"]
    assert [line["quantity"] for line in bought["cart"]] == [3]
    assert [(one["stars"], one["text"]) for one in told["reviews.json"]["reviews"]] == [(5, "很好用")]
    assert [(one["action"], one["subject"]) for one in told["shops.json"]["actions"]] == [("shop.opened", mine.name)]
    assert [one["shop__name"] for one in told["shops.json"]["shops"]] == [mine.name]
    assert stranger.number not in json.dumps(told)
    assert person.password not in json.dumps(told)


@pytest.mark.django_db
def test_pictures_come_along_and_what_has_no_room_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    person, shop = make_person(), make_shop()
    actor = Actor(kind=ActorKind.PERSON, id=person.id)
    order = make_order(shop=shop, lines=[(make_variant(shop=shop), 2)], buyer=actor)
    trade.deliver(order)
    line_id = order.lines.get().id
    reviews.write_review(
        actor=actor, order_line_id=line_id, stars=2, text="裂了", pictures=[make_photograph(size=(300, 200))]
    )
    case = orders.request_after_sale(
        actor=actor,
        order_id=order.id,
        kind=AfterSaleKind.REFUND_ONLY,
        lines=[AfterSaleWish(line_id, 1)],
        with_freight=False,
        reason="裂了",
        key="cracked",
    )
    orders.add_after_sale_pictures(actor=actor, after_sale_id=case, pictures=[make_photograph(colour="blue")])

    def pictures(archive: zipfile.ZipFile) -> list[tuple[str, tuple[int, int]]]:
        names = [name for name in archive.namelist() if name.endswith(".webp")]
        return [(name.partition("/")[0], Image.open(io.BytesIO(archive.read(name))).size) for name in names]

    whole = archive_of(person, export_of(person))
    assert pictures(whole) == [("reviews", (300, 200)), ("orders", (80, 60))]
    monkeypatch.setattr(exports, "FILES_BYTES", 10)
    cut = archive_of(person, export_of(person))
    assert pictures(cut) == []
    named = cut.read("LEFT-OUT.txt").decode().splitlines()[1:]
    assert named == [name for name in whole.namelist() if name.endswith(".webp")]
    # a review that an operator has hidden is still its writer's
    monkeypatch.undo()
    reviews.hide_review(actor=SYSTEM, review_id=Review.objects.get().id, reason="personal_data", words="a face")
    assert pictures(archive_of(person, export_of(person))) == pictures(whole)


@pytest.mark.django_db
def test_payments_and_cases_are_told_too() -> None:
    person, shop = make_person(), make_shop()
    actor = Actor(kind=ActorKind.PERSON, id=person.id)
    order = make_order(shop=shop, lines=[(make_variant(shop=shop), 1)], buyer=actor)
    trade.pay(order)
    orders.cancel(actor=actor, order_id=order.id, reason="不要了")
    trade.end_refunds(order)
    (told,) = content(person, export_of(person))["orders.json"]["orders"]
    assert [one["state"] for one in told["payments"]] == ["succeeded"]
    assert [one["state"] for one in told["refunds"]] == ["succeeded"]
    assert "不要了" in [step["reason"] for step in told["timeline"]]


@pytest.mark.django_db
def test_only_its_owner_fetches_it_and_only_while_it_lasts() -> None:
    person, other = make_person(), make_person()
    waiting = services.request_export(person_id=person.id)
    with pytest.raises(ExportNotFound):
        selectors.export_file(person_id=person.id, export_id=waiting)
    run_due_jobs()
    assert selectors.export_file(person_id=person.id, export_id=waiting)
    with pytest.raises(ExportNotFound):
        selectors.export_file(person_id=other.id, export_id=waiting)
    assert selectors.exports_of(person_id=other.id) == ()
    Export.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    with pytest.raises(ExportNotFound):
        selectors.export_file(person_id=person.id, export_id=waiting)
    assert selectors.exports_of(person_id=person.id) == ()


@pytest.mark.django_db
def test_expired_files_are_deleted() -> None:
    person = make_person()
    export_of(person)
    assert services.forget_exports(now=clock.now()) == 0
    assert services.forget_exports(now=clock.now() + KEPT + timedelta(minutes=1)) == 1
    assert not Export.objects.exists()


@pytest.mark.django_db
def test_a_file_is_made_once_however_often_the_job_runs() -> None:
    person = make_person()
    export_id = export_of(person)
    before = Export.objects.values().get()
    Person.objects.filter(id=person.id).update(display_name="Somebody new")
    services.make_export(export_id=export_id)
    assert Export.objects.values().get() == before
    assert before["state"] == ExportState.READY


@pytest.mark.django_db
def test_one_that_never_came_is_asked_for_again() -> None:
    """Its job has failed at every try, and nobody makes it any more."""
    person = make_person()
    lost = services.request_export(person_id=person.id)
    assert services.request_export(person_id=person.id) == lost
    with clock.fixed(clock.now() + timedelta(hours=7)):
        assert services.request_export(person_id=person.id) != lost


@pytest.mark.django_db
def test_asking_is_limited_by_the_day() -> None:
    person = make_person()
    for _ in range(MOST_EXPORTS):
        export_of(person)
    with pytest.raises(TooManyExports):
        services.request_export(person_id=person.id)
    assert Export.objects.count() == MOST_EXPORTS


def test_asking_twice_at_once_makes_one_file(committed_db: None) -> None:
    person = make_person()
    answers = run_together(*[lambda: services.request_export(person_id=person.id) for _ in range(3)])
    assert len(set(answers)) == 1
    assert Export.objects.count() == 1
