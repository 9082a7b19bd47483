"""The third witness: what the shops' books hold at the gateway, beside the bill and our own payments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from quanshi.accounts.types import SYSTEM
from quanshi.kernel import clock, ids
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.kernel.money import Money
from quanshi.ledger.models import Posting, Transfer
from quanshi.ledger.types import TransferKind
from quanshi.payments import selectors, services
from quanshi.payments.errors import DifferenceNotFound
from quanshi.payments.models import Attempt, AttemptPart, Bill, BillDifference, Refund
from quanshi.payments.types import BillDifference as Difference
from quanshi.payments.types import BillLine, DifferenceKind, NotificationKind
from quanshi.shops import services as shops
from quanshi.shops.types import Role, StaffAction
from tests.payments.test_reconciliation import DAY, NOON, listed, paid, refunded
from tests.support import trade
from tests.support.alipay_peer import AlipayPeer
from tests.support.books import book_many, book_payment, book_refund
from tests.support.database import run_together
from tests.support.factories import make_actor, make_order, make_shop, make_variant
from tests.support.peer import Peer
from tests.support.record import deeds_of
from tests.support.wechat_peer import WechatPeer

LINES = 2000
PAYMENT, REFUND = NotificationKind.PAYMENT, NotificationKind.REFUND


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.fixed(NOON):
        yield


@pytest.fixture
def shop_id(db: None) -> UUID:
    return make_shop().id


def found(shop_id: UUID | None) -> tuple[Difference, ...]:
    return selectors.bill_differences(shop_id=shop_id)


def test_what_the_orders_themselves_book_agrees(wechat: WechatPeer, db: None) -> None:
    """From a real order: the key and the sign by which it books are those that are looked for."""
    shop = make_shop()
    order = make_order(shop=shop, lines=[(make_variant(shop=shop, price_minor=12900), 2)])
    attempt_id = trade.pay(order)
    late = make_order(shop=shop, lines=[(make_variant(shop=shop, price_minor=500), 1)])
    late_id = trade.pay(late)
    Attempt.objects.update(gateway="wechat_native", ended_at=NOON)
    for attempt in Attempt.objects.all():
        wechat.take(attempt.id, attempt.amount_minor)
    Transfer.objects.get(shop_id=shop.id, key=f"order_paid:{attempt_id}")
    Transfer.objects.get(shop_id=shop.id, key=f"order_paid:{late_id}")

    assert services.reconcile(account="wechat", day=DAY) == 0


def test_a_payment_that_nobody_booked_is_listed_with_its_shop(peer: Peer, shop_id: UUID) -> None:
    attempt = paid(peer, shop_id, is_booked=False)

    assert services.reconcile(account=peer.name, day=DAY) == 1
    (difference,) = found(shop_id)
    assert (difference.kind, difference.about, difference.subject_id) == (
        DifferenceKind.NOT_BOOKED,
        PAYMENT,
        attempt.id,
    )
    assert (difference.ours, difference.booked, difference.payable_id) == (
        peer.price,
        None,
        attempt.parts[0].payable_id,
    )
    assert not Posting.objects.exists()  # listed, and not mended


def test_a_refund_that_nobody_booked_is_listed(peer: Peer, shop_id: UUID) -> None:
    refund_id = refunded(paid(peer, shop_id), 100, is_booked=False)

    services.reconcile(account=peer.name, day=DAY)
    assert listed() == [(DifferenceKind.NOT_BOOKED, REFUND, refund_id)]


@pytest.mark.parametrize("more", [-1, 1])
def test_another_amount_in_the_books_is_listed(peer: Peer, shop_id: UUID, more: int) -> None:
    attempt = paid(peer, shop_id, is_booked=False)
    refund_id = refunded(attempt, 100, is_booked=False)
    currency = peer.price.currency
    book_payment(attempt.id, shop_id=shop_id, amount=peer.price + Money(more, currency))
    book_refund(refund_id, shop_id=shop_id, amount=Money(100 + more, currency))

    services.reconcile(account=peer.name, day=DAY)
    assert listed() == [
        (DifferenceKind.BOOKED_OTHER, PAYMENT, attempt.id),
        (DifferenceKind.BOOKED_OTHER, REFUND, refund_id),
    ]
    assert [difference.booked for difference in found(shop_id)] == [
        Money(100 + more, currency),
        peer.price + Money(more, currency),
    ]


def test_what_is_booked_twice_is_another_amount(peer: Peer, shop_id: UUID) -> None:
    attempt = paid(peer, shop_id)
    book_payment(attempt.id, shop_id=shop_id, amount=peer.price, kind=TransferKind.RECEIPT_UNAPPLIED)

    services.reconcile(account=peer.name, day=DAY)
    (difference,) = found(shop_id)
    assert (difference.kind, difference.booked) == (DifferenceKind.BOOKED_OTHER, peer.price + peer.price)


def test_a_payment_given_back_as_unapplied_agrees(peer: Peer, shop_id: UUID) -> None:
    attempt = paid(peer, shop_id, is_booked=False)
    book_payment(attempt.id, shop_id=shop_id, amount=peer.price, kind=TransferKind.RECEIPT_UNAPPLIED)

    assert services.reconcile(account=peer.name, day=DAY) == 0


def test_books_without_a_success_behind_them_are_listed(peer: Peer, shop_id: UUID) -> None:
    """Booked for a payment that never came, and for one that does not even exist."""
    attempt = paid(peer, shop_id, is_told=False)
    peer_name = peer.name
    if isinstance(peer, WechatPeer | AlipayPeer):
        peer.trades.clear()
    else:
        getattr(peer, "sessions").clear()  # noqa: B009 - Stripe's name for it
    made_up = ids.new_id()
    book_payment(attempt.id, shop_id=shop_id, amount=peer.price)
    book_refund(made_up, shop_id=shop_id, amount=Money(5, peer.price.currency))

    services.reconcile(account=peer_name, day=DAY)
    assert {(each.kind, each.about, each.subject_id, each.booked) for each in found(shop_id)} == {
        (DifferenceKind.BOOKED_ALONE, PAYMENT, attempt.id, peer.price),
        (DifferenceKind.BOOKED_ALONE, REFUND, made_up, Money(5, peer.price.currency)),
    }


def test_money_in_another_shops_books_is_missing_here_and_too_much_there(peer: Peer, shop_id: UUID) -> None:
    attempt, other = paid(peer, shop_id, is_booked=False), make_shop().id
    book_payment(attempt.id, shop_id=other, amount=peer.price)

    services.reconcile(account=peer.name, day=DAY)
    assert [each.kind for each in found(shop_id)] == [DifferenceKind.NOT_BOOKED]
    assert [(each.kind, each.subject_id) for each in found(other)] == [(DifferenceKind.BOOKED_ALONE, attempt.id)]


def test_other_accounts_books_are_left_to_them(wechat: WechatPeer, shop_id: UUID, settings: Settings) -> None:
    alipay = AlipayPeer()
    try:
        settings.PAYMENT_ACCOUNTS = {"wechat": wechat.account, "alipay": alipay.account}
        paid(alipay, shop_id)
        made_up = ids.new_id()
        book_payment(made_up, shop_id=shop_id, amount=Money(5, "CNY"))

        assert services.reconcile(account="alipay", day=DAY) == 0
        assert services.reconcile(account="wechat", day=DAY) == 1  # what nobody owns is listed once
    finally:
        alipay.stop()


def test_each_shop_of_a_payment_is_looked_at(peer: Peer, shop_id: UUID) -> None:
    other, small = make_shop().id, Money(1, peer.price.currency)
    attempt = paid(peer, shop_id, is_booked=False)
    AttemptPart.objects.update(amount_minor=peer.price.minor - 1)
    AttemptPart.objects.create(attempt_id=attempt.id, shop_id=other, payable_id=ids.new_id(), amount_minor=1)
    book_payment(attempt.id, shop_id=shop_id, amount=peer.price - small)

    services.reconcile(account=peer.name, day=DAY)
    assert (found(shop_id), found(None)) == ((), ())
    assert [(each.kind, each.ours) for each in found(other)] == [(DifferenceKind.NOT_BOOKED, small)]


# a busy day


class Day:
    """A day of WeChat payments and refunds that are on the bill, in our rows and in the books alike."""

    def __init__(self, count: int, *, at: datetime = NOON) -> None:
        self.at = at
        self.shops = [make_shop().id for _ in range(3)]
        money = [Money(1000 + number, "CNY") for number in range(count)]
        self.attempts = Attempt.objects.bulk_create(
            Attempt(
                gateway="wechat_native",
                amount_minor=amount.minor,
                currency="CNY",
                subject="茶",
                state="succeeded",
                gateway_reference=f"42{number}",
                expires_at=at,
                ended_at=at,
            )
            for number, amount in enumerate(money)
        )
        AttemptPart.objects.bulk_create(
            AttemptPart(
                attempt=attempt,
                shop_id=self.shops[number % 3],
                payable_id=ids.new_id(),
                amount_minor=attempt.amount_minor,
            )
            for number, attempt in enumerate(self.attempts)
        )
        self.refunds = Refund.objects.bulk_create(
            Refund(
                attempt=attempt,
                shop_id=self.shops[number % 3],
                payable_id=ids.new_id(),
                cause_id=ids.new_id(),
                key=f"r{number}",
                amount_minor=7,
                currency="CNY",
                state="succeeded",
                ended_at=at,
            )
            for number, attempt in enumerate(self.attempts[: count // 4])
        )
        self.lines = [
            BillLine(PAYMENT, attempt.id, attempt.gateway_reference, amount)
            for attempt, amount in zip(self.attempts, money, strict=True)
        ] + [BillLine(REFUND, refund.id, f"50{refund.key}", Money(7, "CNY")) for refund in self.refunds]
        self.unbooked: set[UUID] = set()

    def book(self) -> None:
        entries = [
            (TransferKind.ORDER_PAID, attempt.id, self.shops[number % 3], Money(attempt.amount_minor, "CNY"))
            for number, attempt in enumerate(self.attempts)
        ] + [(TransferKind.REFUND_SENT, refund.id, refund.shop_id, Money(7, "CNY")) for refund in self.refunds]
        book_many([entry for entry in entries if entry[1] not in self.unbooked], at=self.at)

    def served_by(self, wechat: WechatPeer) -> None:
        """The provider's bill is what `lines` say."""
        wechat.bill_lines = self.lines


@pytest.mark.django_db
def test_seven_planted_differences_among_two_thousand_lines_are_found_and_no_other(wechat: WechatPeer) -> None:
    day = Day(LINES * 4 // 5)
    attempts, refunds, lines = day.attempts, day.refunds, day.lines
    assert len(lines) == LINES
    expected = set()

    def plant(kind: DifferenceKind, about: NotificationKind, subject_id: UUID | None) -> None:
        expected.add((kind, about, subject_id))

    lines.append(BillLine(PAYMENT, None, "from-the-till", Money(500, "CNY")))
    plant(DifferenceKind.NOT_OURS, PAYMENT, None)
    Attempt.objects.filter(id=attempts[11].id).update(state="pending", ended_at=None)
    day.unbooked.add(attempts[11].id)
    plant(DifferenceKind.NOT_TAKEN, PAYMENT, attempts[11].id)
    lines[222] = BillLine(PAYMENT, attempts[222].id, "x", Money(attempts[222].amount_minor + 1, "CNY"))
    plant(DifferenceKind.OTHER_AMOUNT, PAYMENT, attempts[222].id)
    lines.append(lines[-2])
    plant(DifferenceKind.TWICE, REFUND, refunds[-1].id)
    del lines[333]
    plant(DifferenceKind.NOT_BILLED, PAYMENT, attempts[333].id)
    day.unbooked.add(refunds[5].id)
    plant(DifferenceKind.NOT_BOOKED, REFUND, refunds[5].id)
    day.unbooked.add(attempts[444].id)
    day.book()
    book_payment(attempts[444].id, shop_id=day.shops[0], amount=Money(1, "CNY"))
    plant(DifferenceKind.BOOKED_OTHER, PAYMENT, attempts[444].id)
    day.served_by(wechat)

    assert services.reconcile(account="wechat", day=DAY) == len(expected) == 7
    assert set(listed()) == expected
    assert Bill.objects.get().line_count == LINES + 1


@pytest.mark.django_db
def test_a_longer_bill_costs_no_more_questions(wechat: WechatPeer) -> None:
    costs = []
    for count, day_of in ((10, DAY - timedelta(days=3)), (400, DAY)):
        day = Day(count, at=NOON - (DAY - day_of))
        day.book()
        day.served_by(wechat)
        with CaptureQueriesContext(connection) as queries:
            services.reconcile(account="wechat", day=day_of)
        costs.append(len(queries.captured_queries))
    assert costs[0] == costs[1] < 30


@pytest.mark.usefixtures("committed_db")
def test_of_two_workers_one_lists(wechat: WechatPeer) -> None:
    day = Day(40)
    day.unbooked.add(day.attempts[3].id)
    day.book()
    day.served_by(wechat)

    def match() -> int:
        return services.reconcile(account="wechat", day=DAY)

    assert run_together(match, match, match) == [1, 1, 1]
    assert (Bill.objects.count(), BillDifference.objects.count()) == (1, 1)
    assert Bill.objects.get().lines.count() == len(day.lines)


@pytest.mark.usefixtures("committed_db")
def test_a_match_that_was_cut_off_has_left_nothing(wechat: WechatPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    day = Day(12)
    day.unbooked.add(day.attempts[3].id)
    day.book()
    day.served_by(wechat)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payments_bill_difference ADD CONSTRAINT torn CHECK (false) NOT VALID")
    with pytest.raises(IntegrityError, match="torn"):
        services.reconcile(account="wechat", day=DAY)
    assert not Bill.objects.exists()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payments_bill_difference DROP CONSTRAINT torn")

    assert services.reconcile(account="wechat", day=DAY) == 1
    assert services.reconcile(account="wechat", day=DAY) == 1


# seen


def test_a_note_says_who_has_seen_it_and_stays(peer: Peer, shop_id: UUID) -> None:
    paid(peer, shop_id, is_booked=False)
    services.reconcile(account=peer.name, day=DAY)
    (difference,) = found(shop_id)
    assert (difference.notes, selectors.count_unseen_differences(shop_id=shop_id)) == ((), 1)

    first, second, clerk = make_actor(), make_actor(), make_actor()
    for actor, role in ((first, Role.FINANCE), (second, Role.OWNER), (clerk, Role.ORDERS)):
        shops.add_member(actor=SYSTEM, shop_id=shop_id, person_id=actor.id, role=role)
    for stranger in (clerk, make_actor()):
        with pytest.raises(NotAllowed):
            services.note_difference(actor=stranger, shop_id=difference.shop_id, difference_id=difference.id)
    services.note_difference(actor=first, shop_id=difference.shop_id, difference_id=difference.id)
    services.note_difference(actor=second, shop_id=difference.shop_id, difference_id=difference.id, text=" 已联系微信 ")
    (seen,) = found(shop_id)
    assert [(note.by_id, note.text) for note in seen.notes] == [(first.id, ""), (second.id, "已联系微信")]
    for actor in (first, second):
        assert deeds_of(actor) == [StaffAction.MONEY_DIFFERENCE_NOTED]
    assert selectors.count_unseen_differences(shop_id=shop_id) == 0
    assert (seen.kind, seen.booked) == (difference.kind, None)  # seen, and no less a difference
    assert selectors.bill_differences(shop_id=shop_id, is_seen=False) == ()
    for statement in (
        "UPDATE payments_bill_difference_note SET text = 'x'",
        "DELETE FROM payments_bill_difference_note",
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize("text", ["x" * 501, "a\x00b"])
def test_what_is_no_note_is_refused(peer: Peer, shop_id: UUID, text: str) -> None:
    with pytest.raises(DifferenceNotFound):
        services.note_difference(actor=make_actor(), shop_id=None, difference_id=1)
    with pytest.raises(InvalidInput):
        services.note_difference(actor=make_actor(), shop_id=None, difference_id=1, text=text)
