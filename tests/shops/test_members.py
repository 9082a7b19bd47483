"""Members and their roles: who may change whom, that an owner always remains, and that it is all on record."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction

from quanshi.accounts.models import Person
from quanshi.accounts.types import SYSTEM, Actor
from quanshi.kernel import logs
from quanshi.kernel.errors import InvalidInput, InvariantBroken, NotAllowed
from quanshi.shops import rules, selectors, services
from quanshi.shops.errors import LastOwner, MemberNotFound
from quanshi.shops.models import Membership, StaffActionRow
from quanshi.shops.types import Role, ShopState, ShopView, StaffAction
from tests.support.database import run_together
from tests.support.factories import make_actor, make_guest, make_member, make_shop


def _roles(shop: ShopView) -> dict[object, str]:
    return dict(Membership.objects.filter(shop_id=shop.id).values_list("person_id", "role"))


def _actions(shop: ShopView) -> list[str]:
    return list(StaffActionRow.objects.filter(shop_id=shop.id).order_by("id").values_list("action", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("other", Role)
def test_members_change_and_remove_those_whose_role_they_may_give(role: Role, other: Role) -> None:
    shop = make_shop()
    member, colleague = make_member(shop=shop, role=role), make_member(shop=shop, role=other)
    before = _roles(shop)
    if rules.may_give(giver=role, role=other):
        services.change_role(actor=member, shop_id=shop.id, person_id=colleague.id, role=Role.SUPPORT)
        assert _roles(shop)[colleague.id] == Role.SUPPORT
        services.remove_member(actor=member, shop_id=shop.id, person_id=colleague.id)
        assert colleague.id not in _roles(shop)
        return
    with pytest.raises(NotAllowed):
        services.change_role(actor=member, shop_id=shop.id, person_id=colleague.id, role=Role.SUPPORT)
    with pytest.raises(NotAllowed):
        services.remove_member(actor=member, shop_id=shop.id, person_id=colleague.id)
    assert _roles(shop) == before


@pytest.mark.django_db
def test_nobody_makes_themselves_more_than_they_are() -> None:
    shop = make_shop()
    manager = make_member(shop=shop, role=Role.MANAGER)
    with pytest.raises(NotAllowed):
        services.change_role(actor=manager, shop_id=shop.id, person_id=manager.id, role=Role.OWNER)
    assert _roles(shop)[manager.id] == Role.MANAGER


@pytest.mark.django_db
def test_the_last_owner_stays_and_one_who_was_blocked_does_not_count() -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    second = make_member(shop=shop, role=Role.OWNER)
    Person.objects.filter(id=second.id).update(is_active=False)
    attempts: list[Callable[[], None]] = [
        lambda: services.leave_shop(actor=owner, shop_id=shop.id),
        lambda: services.remove_member(actor=owner, shop_id=shop.id, person_id=owner.id),
        lambda: services.change_role(actor=owner, shop_id=shop.id, person_id=owner.id, role=Role.MANAGER),
    ]
    for attempt in attempts:
        with pytest.raises(LastOwner):
            attempt()
    Person.objects.filter(id=second.id).update(is_active=True)
    services.leave_shop(actor=owner, shop_id=shop.id)
    assert _roles(shop) == {second.id: Role.OWNER}


@pytest.mark.parametrize("way", ["leave", "close their account", "demote each other"])
def test_of_two_owners_who_go_at_once_one_stays(committed_db: None, way: str) -> None:
    """Without the lock each would see the other still there."""
    first = make_actor()
    shop = make_shop(actor=first)
    second = make_member(shop=shop, role=Role.OWNER)

    def go(actor: Actor, other: Actor) -> None:
        if way == "leave":
            services.leave_shop(actor=actor, shop_id=shop.id)
        elif way == "close their account":
            services.forget_member(person_id=actor.id)
        else:
            services.change_role(actor=actor, shop_id=shop.id, person_id=other.id, role=Role.SUPPORT)

    answers = run_together(lambda: go(first, second), lambda: go(second, first))
    refusals = [answer for answer in answers if isinstance(answer, Exception)]
    assert [type(refusal) for refusal in refusals] == [NotAllowed if way == "demote each other" else LastOwner]
    assert list(_roles(shop).values()).count(Role.OWNER) == 1


@pytest.mark.django_db
def test_strangers_and_guests_change_nobody_and_nothing_is_written() -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    before = (_roles(shop), _actions(shop))
    for stranger in (make_actor(), make_guest()):
        with pytest.raises(NotAllowed):
            services.change_role(actor=stranger, shop_id=shop.id, person_id=owner.id, role=Role.GOODS)
        with pytest.raises(NotAllowed):
            services.remove_member(actor=stranger, shop_id=shop.id, person_id=owner.id)
        with pytest.raises(NotAllowed):
            services.leave_shop(actor=stranger, shop_id=shop.id)
    with pytest.raises(MemberNotFound):
        services.remove_member(actor=owner, shop_id=shop.id, person_id=make_actor().id)
    assert (_roles(shop), _actions(shop)) == before


@pytest.mark.django_db
def test_each_change_is_on_record_with_who_what_and_for_which_request() -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    clerk = make_member(shop=shop, role=Role.GOODS)
    with logs.working_for("request-0001"):
        services.change_role(actor=owner, shop_id=shop.id, person_id=clerk.id, role=Role.ORDERS)
        services.change_role(actor=owner, shop_id=shop.id, person_id=clerk.id, role=Role.ORDERS)  # no change, no line
    services.leave_shop(actor=clerk, shop_id=shop.id)
    left, changed, opened = selectors.staff_actions(actor=owner, shop_id=shop.id).actions
    assert (left.action, left.person_id, left.role) == (StaffAction.MEMBER_LEFT, clerk.id, Role.ORDERS)
    assert (changed.action, changed.person_id, changed.role) == (StaffAction.MEMBER_ROLE_CHANGED, owner.id, Role.OWNER)
    assert (changed.subject_id, changed.before, changed.after) == (clerk.id, {"role": "goods"}, {"role": "orders"})
    assert (changed.request_id, opened.action) == ("request-0001", StaffAction.SHOP_OPENED)


@pytest.mark.django_db
def test_what_was_done_cannot_be_changed_or_removed() -> None:
    make_shop()
    for statement in ("UPDATE shops_staff_action SET kind = ''", "DELETE FROM shops_staff_action"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert StaffActionRow.objects.count() == 1


def test_a_line_stands_and_falls_with_what_it_tells(committed_db: None) -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    with pytest.raises(InvariantBroken):
        services.record_action(actor=owner, shop_id=shop.id, action=StaffAction.SHOP_CHANGED)
    with transaction.atomic():
        services.update_shop(actor=owner, shop_id=shop.id, state=ShopState.PAUSED)
        transaction.set_rollback(True)
    assert _actions(shop) == [StaffAction.SHOP_OPENED]


@pytest.mark.django_db
def test_the_system_leaves_no_line_and_repeating_adds_none() -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    services.update_shop(actor=SYSTEM, shop_id=shop.id, tagline="fresh")
    for _ in range(2):
        services.update_shop(actor=owner, shop_id=shop.id, name="Renamed", tagline="stale")
    changed, opened = selectors.staff_actions(actor=owner, shop_id=shop.id).actions
    assert (opened.action, changed.action) == (StaffAction.SHOP_OPENED, StaffAction.SHOP_CHANGED)
    assert changed.after == {"name": "Renamed", "tagline": "stale"}
    assert changed.before == {"name": shop.name, "tagline": "fresh"}


@pytest.mark.django_db
def test_activity_is_paged_filtered_and_kept_to_its_shop() -> None:
    owner, other = make_actor(), make_actor()
    shop, foreign = make_shop(actor=owner), make_shop(actor=other)
    clerk = make_member(shop=shop, role=Role.MANAGER)
    for number in range(7):
        services.update_shop(actor=clerk if number % 2 else owner, shop_id=shop.id, tagline=f"line {number}")
    seen: list[int] = []
    cursor = ""
    while True:
        page = selectors.staff_actions(actor=owner, shop_id=shop.id, cursor=cursor, limit=3)
        seen += [action.id for action in page.actions]
        cursor = page.next_cursor
        if not cursor:
            break
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 8
    of_clerk = selectors.staff_actions(actor=owner, shop_id=shop.id, person_id=clerk.id).actions
    assert [action.person_id for action in of_clerk] == [clerk.id] * 3
    assert selectors.staff_actions(actor=owner, shop_id=shop.id, kind="goods").actions == ()
    assert len(selectors.staff_actions(actor=other, shop_id=foreign.id).actions) == 1
    with pytest.raises(NotAllowed):
        selectors.staff_actions(actor=other, shop_id=shop.id)
    with pytest.raises(InvalidInput):
        selectors.staff_actions(actor=owner, shop_id=shop.id, kind="nonsense")
    for wrong in ("x", "9" * 30, "-1"):
        with pytest.raises(InvalidInput):
            selectors.staff_actions(actor=owner, shop_id=shop.id, cursor=wrong)
