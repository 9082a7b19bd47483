"""A day's bill against the books: what agrees is silent, what differs is listed, and nothing is mended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from quanshi.kernel import clock, ids
from quanshi.kernel.models import OutboxEvent
from quanshi.kernel.money import Money
from quanshi.payments import selectors, services
from quanshi.payments.errors import GatewayUnreachable
from quanshi.payments.models import Attempt, AttemptPart, Bill, BillDifference, Refund
from quanshi.payments.types import AttemptView, DifferenceKind, NotificationKind, PaymentPart
from tests.support.books import book_payment, book_refund
from tests.support.factories import make_shop
from tests.support.jobs import run_due_jobs
from tests.support.peer import Peer, Trouble
from tests.support.stripe_peer import StripePeer
from tests.support.wechat_peer import WechatPeer
from tests.support.wechat_records import Trade

NOON = datetime.now(UTC).replace(hour=4, minute=0, second=0, microsecond=0)  # of one day in China and at Stripe
DAY = NOON.date()


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.fixed(NOON):
        yield


@pytest.fixture
def shop_id(db: None) -> UUID:
    return make_shop().id


def paid(peer: Peer, shop_id: UUID, *, is_told: bool = True, is_booked: bool = True) -> AttemptView:
    attempt, way = services.start_payment(
        parts=[PaymentPart(ids.new_id(), shop_id, peer.price)],
        gateway=peer.gateway,
        subject="茶",
        expires_at=datetime.now(UTC) + timedelta(days=1),
        return_url="/",
    )
    peer.pay(attempt, way)
    if is_told:
        assert peer.payment_notice(attempt.id, notice_id=str(attempt.id)).send() == 200
        if is_booked:
            book_payment(attempt.id, shop_id=shop_id, amount=attempt.amount)
    return attempt


def refunded(attempt: AttemptView, minor: int, *, is_booked: bool = True) -> UUID:
    refund = services.request_refund(
        attempt_id=attempt.id,
        payable_id=attempt.parts[0].payable_id,
        cause_id=ids.new_id(),
        amount=Money(minor, attempt.amount.currency),
        key=f"r{minor}",
        reason="色差",
    )
    run_due_jobs()
    with clock.fixed(NOON + timedelta(hours=2)):
        services.send_due_refunds()
    if is_booked:
        book_refund(refund.id, shop_id=attempt.parts[0].shop_id, amount=refund.amount)
    return refund.id


def listed() -> list[tuple[DifferenceKind, NotificationKind, UUID | None]]:
    found = BillDifference.objects.order_by("id").values_list("kind", "about", "subject_id")
    return [(DifferenceKind(kind), NotificationKind(about), subject_id) for kind, about, subject_id in found]


def test_what_agrees_is_silent(peer: Peer, shop_id: UUID) -> None:
    attempt = paid(peer, shop_id)
    refunded(attempt, 100)

    assert services.reconcile(account=peer.name, day=DAY) == 0
    assert (listed(), Bill.objects.get().line_count) == ([], 2)


def test_money_we_have_not_heard_of_is_listed_and_not_mended(peer: Peer, shop_id: UUID) -> None:
    attempt = paid(peer, shop_id, is_told=False)

    assert services.reconcile(account=peer.name, day=DAY) == 1
    assert listed() == [(DifferenceKind.NOT_TAKEN, NotificationKind.PAYMENT, attempt.id)]
    assert Attempt.objects.get().state == "pending"
    assert not OutboxEvent.objects.exists()
    (difference,) = selectors.bill_differences(shop_id=shop_id)
    assert (difference.ours, difference.theirs) == (peer.price, peer.price)
    assert peer.payment_notice(attempt.id).send() == 200
    assert len(listed()) == 1  # it came right, and a person sees that it had not been


def test_another_amount_is_listed(peer: Peer, shop_id: UUID) -> None:
    attempt = paid(peer, shop_id)
    Attempt.objects.update(amount_minor=attempt.amount.minor - 1)

    services.reconcile(account=peer.name, day=DAY)
    assert listed() == [(DifferenceKind.OTHER_AMOUNT, NotificationKind.PAYMENT, attempt.id)]


def test_what_is_on_no_bill_is_listed(peer: Peer, shop_id: UUID) -> None:
    attempt = paid(peer, shop_id, is_booked=False)
    refund_id = refunded(attempt, 100, is_booked=False)
    Attempt.objects.update(id=(other := ids.new_id()))
    AttemptPart.objects.update(attempt_id=other)
    Refund.objects.update(id=(other_refund := ids.new_id()), attempt_id=other)
    book_payment(other, shop_id=shop_id, amount=attempt.amount)
    book_refund(other_refund, shop_id=shop_id, amount=Money(100, attempt.amount.currency))

    services.reconcile(account=peer.name, day=DAY)
    assert sorted(map(str, listed())) == sorted(
        map(
            str,
            [
                (DifferenceKind.NOT_OURS, NotificationKind.PAYMENT, attempt.id),
                (DifferenceKind.NOT_OURS, NotificationKind.REFUND, refund_id),
                (DifferenceKind.NOT_BILLED, NotificationKind.PAYMENT, other),
                (DifferenceKind.NOT_BILLED, NotificationKind.REFUND, other_refund),
            ],
        )
    )


def test_somebody_elses_line_and_a_line_twice_are_listed(wechat: WechatPeer, shop_id: UUID) -> None:
    attempt = paid(wechat, shop_id)
    wechat.trades["again"] = wechat.trades[attempt.id.hex]
    wechat.trades["till"] = Trade("20260101-from-the-till", "native", 500, "", state="SUCCESS")

    services.reconcile(account="wechat", day=DAY)
    assert [kind for kind, _, _ in listed()] == [DifferenceKind.TWICE, DifferenceKind.NOT_OURS]


def test_a_refund_that_was_sent_again_is_found_by_each_of_its_references(peer: Peer, shop_id: UUID) -> None:
    attempt = paid(peer, shop_id)
    refund_id = refunded(attempt, 100, is_booked=False)
    Refund.objects.update(id=(now_known_as := ids.new_id()), sent_as=[refund_id])
    book_refund(now_known_as, shop_id=shop_id, amount=Money(100, attempt.amount.currency))

    assert services.reconcile(account=peer.name, day=DAY) == 0


def test_money_over_midnight_is_looked_for_on_the_day_before(peer: Peer, shop_id: UUID) -> None:
    paid(peer, shop_id)
    assert services.reconcile(account=peer.name, day=DAY - timedelta(days=1)) == 0
    Attempt.objects.update(ended_at=NOON + timedelta(seconds=1))
    peer.trouble = None
    if isinstance(peer, StripePeer):
        peer.sessions.clear()
    else:
        getattr(peer, "trades").clear()  # noqa: B009 - the two others keep theirs under one name

    assert services.reconcile(account=peer.name, day=DAY) == 0


def test_bills_that_were_missed_are_read_as_if_each_had_come_in_time(peer: Peer, shop_id: UUID) -> None:
    attempt = paid(peer, shop_id)
    if isinstance(peer, StripePeer):
        peer.sessions.clear()
    else:
        getattr(peer, "trades").clear()  # noqa: B009 - the two others keep theirs under one name
    midnight = NOON - timedelta(hours=4 if isinstance(peer, StripePeer) else 12)
    Attempt.objects.update(ended_at=midnight + timedelta(hours=1))  # within the hours that a first bill leaves out

    assert services.read_due_bills(now=NOON + timedelta(days=2)) == 5
    assert listed() == [(DifferenceKind.NOT_BILLED, NotificationKind.PAYMENT, attempt.id)]


def test_a_bill_is_read_once_and_only_when_it_is_there(peer: Peer, shop_id: UUID) -> None:
    paid(peer, shop_id)
    peer.trouble = Trouble.ERROR_BEFORE
    with pytest.raises(GatewayUnreachable):
        services.reconcile(account=peer.name, day=DAY)
    assert services.read_due_bills(now=NOON + timedelta(days=2)) == 0
    assert not Bill.objects.exists()

    peer.trouble = None
    assert services.read_due_bills(now=NOON + timedelta(days=2)) == 5
    calls = len(peer.calls)
    assert services.read_due_bills(now=NOON + timedelta(days=2)) == 0
    assert len(peer.calls) == calls
    assert DAY in set(Bill.objects.values_list("day", flat=True))
