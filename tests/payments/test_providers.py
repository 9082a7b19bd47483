"""WeChat Pay, Alipay and Stripe behaving badly: each misbehaviour against each of them, over real HTTP."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from quanshi.kernel import clock, ids
from quanshi.kernel.models import OutboxEvent
from quanshi.kernel.money import Money
from quanshi.payments import selectors, services
from quanshi.payments.errors import GatewayUnreachable, MoneyNotTaken
from quanshi.payments.models import Attempt, ReceivedNotification, Refund
from quanshi.payments.types import AttemptState, AttemptView, Payer, PaymentPart, PaymentStart, RefundState
from tests.support.database import run_together
from tests.support.factories import make_shop
from tests.support.jobs import run_due_jobs
from tests.support.peer import Peer, Trouble

SOON = timedelta(seconds=11)  # the first question is due
AFTER_EXPIRY = timedelta(minutes=17)


@pytest.fixture
def shop_id(db: None) -> UUID:
    return make_shop().id


def start(
    peer: Peer, shop_id: UUID, *, gateway: str = "", amount: Money | None = None
) -> tuple[AttemptView, PaymentStart]:
    return services.start_payment(
        parts=[PaymentPart(ids.new_id(), shop_id, amount or peer.price)],
        gateway=gateway or peer.gateway,
        subject="春茶 & more",
        expires_at=clock.now() + timedelta(minutes=15),
        return_url="http://127.0.0.1/orders/42",
        payer=Payer(ip="203.0.113.7", openid="o-payer"),
    )


def paid(peer: Peer, shop_id: UUID) -> AttemptView:
    attempt, way = start(peer, shop_id)
    peer.pay(attempt, way)
    assert peer.payment_notice(attempt.id).send() == 200
    return attempt


def ordered_refund(attempt: AttemptView, *, minor: int = 0, key: str = "refund:1") -> UUID:
    amount = Money(minor or attempt.amount.minor, attempt.amount.currency)
    return services.request_refund(
        attempt_id=attempt.id,
        payable_id=attempt.parts[0].payable_id,
        cause_id=ids.new_id(),
        amount=amount,
        key=key,
        reason="色差",
    ).id


def state_of(attempt: AttemptView) -> str:
    return str(Attempt.objects.get(id=attempt.id).state)


def refund_state(refund_id: UUID) -> str:
    return str(Refund.objects.get(id=refund_id).state)


def told() -> list[str]:
    return list(OutboxEvent.objects.order_by("id").values_list("type", flat=True))


def ask(after: timedelta = SOON) -> None:
    with clock.fixed(clock.now() + after):
        services.ask_attempts()


def send_refunds(after: timedelta = timedelta(hours=2)) -> None:
    with clock.fixed(clock.now() + after):
        services.send_due_refunds()


# good days


def test_a_payment_is_heard_of_and_told_once(peer: Peer, shop_id: UUID) -> None:
    attempt = paid(peer, shop_id)

    assert (state_of(attempt), told()) == (AttemptState.SUCCEEDED, ["payments.PaymentSucceeded"])
    assert Attempt.objects.get().gateway_reference
    assert peer.refused == []


def test_a_payment_nobody_tells_about_is_found_by_asking(peer: Peer, shop_id: UUID) -> None:
    attempt, way = start(peer, shop_id)
    ask()
    assert state_of(attempt) == AttemptState.PENDING
    peer.pay(attempt, way)
    ask(timedelta(minutes=5))

    assert (state_of(attempt), told()) == (AttemptState.SUCCEEDED, ["payments.PaymentSucceeded"])
    assert peer.refused == []


def test_an_impatient_payer_is_led_to_the_same_payment(peer: Peer, shop_id: UUID) -> None:
    payable_id, until = ids.new_id(), clock.now() + timedelta(minutes=15)
    ways = [
        services.start_payment(
            parts=[PaymentPart(payable_id, shop_id, peer.price)],
            gateway=peer.gateway,
            subject="茶",
            expires_at=until,
            return_url="http://127.0.0.1/orders/42",
        )
        for _ in range(2)
    ]

    assert ways[0][0].id == ways[1][0].id
    peer.pay(*ways[1])
    ask()
    assert Attempt.objects.get().state == AttemptState.SUCCEEDED


def test_money_goes_back_in_two_parts(peer: Peer, shop_id: UUID) -> None:
    attempt = paid(peer, shop_id)
    first = ordered_refund(attempt, minor=attempt.amount.minor - 1)
    second = ordered_refund(attempt, minor=1, key="refund:2")
    run_due_jobs()
    send_refunds()

    assert (refund_state(first), refund_state(second)) == (RefundState.SUCCEEDED, RefundState.SUCCEEDED)
    assert peer.refund_count() == 2
    assert told().count("payments.RefundSucceeded") == 2
    ask(timedelta(hours=1))
    assert state_of(attempt) == AttemptState.SUCCEEDED  # what has gone back was paid all the same


# notifications


def test_a_duplicate_changes_nothing(peer: Peer, shop_id: UUID) -> None:
    attempt, way = start(peer, shop_id)
    peer.pay(attempt, way)
    notice = peer.payment_notice(attempt.id)

    assert [notice.send() for _ in range(3)] == [200] * 3
    assert told() == ["payments.PaymentSucceeded"]
    assert ReceivedNotification.objects.count() == 1


def test_a_second_notice_of_the_same_fact_changes_nothing(peer: Peer, shop_id: UUID) -> None:
    attempt = paid(peer, shop_id)

    assert peer.payment_notice(attempt.id, notice_id="n2").send() == 200
    assert (state_of(attempt), told()) == (AttemptState.SUCCEEDED, ["payments.PaymentSucceeded"])


@pytest.mark.usefixtures("committed_db")
def test_duplicates_at_once_count_once(peer: Peer) -> None:
    attempt, way = start(peer, make_shop().id)
    peer.pay(attempt, way)
    notice = peer.payment_notice(attempt.id)

    assert run_together(*[notice.send] * 4) == [200] * 4
    assert told() == ["payments.PaymentSucceeded"]


def test_a_late_success_counts_after_everybody_gave_up(peer: Peer, shop_id: UUID) -> None:
    attempt, way = start(peer, shop_id)
    peer.pay(attempt, way)
    Attempt.objects.update(state=AttemptState.FAILED, ended_at=clock.now(), next_query_at=None)

    with clock.fixed(clock.now() + timedelta(hours=20)):
        assert peer.payment_notice(attempt.id).send() == 200
    assert (state_of(attempt), told()) == (AttemptState.SUCCEEDED, ["payments.PaymentSucceeded"])


def test_out_of_order_the_success_stands(peer: Peer, shop_id: UUID) -> None:
    attempt = paid(peer, shop_id)

    assert peer.payment_notice(attempt.id, is_paid=False, notice_id="n0").send() == 200
    assert (state_of(attempt), told()) == (AttemptState.SUCCEEDED, ["payments.PaymentSucceeded"])


def test_a_success_after_a_failure_counts(peer: Peer, shop_id: UUID) -> None:
    attempt, way = start(peer, shop_id)
    assert peer.payment_notice(attempt.id, is_paid=False, notice_id="n0").send() == 200
    assert state_of(attempt) == AttemptState.FAILED
    if peer.is_payable(attempt.id) or peer.name == "alipay":
        peer.pay(attempt, way)

    assert peer.payment_notice(attempt.id).send() == 200
    assert told() == ["payments.PaymentFailed", "payments.PaymentSucceeded"]


@pytest.mark.parametrize("more", [-1, 1])
def test_a_wrong_amount_is_a_dispute(peer: Peer, shop_id: UUID, more: int) -> None:
    attempt, _ = start(peer, shop_id)
    amount = Money(peer.price.minor + more, peer.price.currency)

    assert peer.payment_notice(attempt.id, amount=amount).send() == 200
    assert (state_of(attempt), told()) == (AttemptState.DISPUTED, [])


def test_what_somebody_else_signed_is_refused_and_leaves_no_trace(peer: Peer, shop_id: UUID) -> None:
    attempt, _ = start(peer, shop_id)
    notice = peer.payment_notice(attempt.id, is_forged=True)
    calls = len(peer.calls)

    assert notice.send() == 401
    assert (state_of(attempt), told(), ReceivedNotification.objects.count()) == (AttemptState.PENDING, [], 0)
    assert len(peer.calls) == calls  # nobody's letter makes us call out


def test_an_altered_notice_is_refused(peer: Peer, shop_id: UUID) -> None:
    attempt, _ = start(peer, shop_id)
    notice = peer.payment_notice(attempt.id, is_paid=False)
    body = notice.body.replace(b"n1", b"n2")

    assert body != notice.body
    assert type(notice)(notice.gateway, body, notice.content_type, notice.headers).send() == 401
    assert (state_of(attempt), ReceivedNotification.objects.count()) == (AttemptState.PENDING, 0)


def test_a_body_of_garbage_is_refused(peer: Peer, shop_id: UUID) -> None:
    attempt, _ = start(peer, shop_id)
    notice = peer.payment_notice(attempt.id)

    for body in (b"", b"{}", b"\xff\xfe", b"[1]", b"a=b"):
        assert type(notice)(notice.gateway, body, notice.content_type, notice.headers).send() == 401
        assert type(notice)(notice.gateway, body, notice.content_type).send() == 401
    assert state_of(attempt) == AttemptState.PENDING


def test_a_notice_kept_for_too_long_is_refused(peer: Peer, shop_id: UUID) -> None:
    attempt, _ = start(peer, shop_id)
    age = timedelta(hours=27) if peer.name == "alipay" else timedelta(seconds=302)  # Alipay repeats for 25 hours
    notice = peer.payment_notice(attempt.id, at=clock.now() - age)

    assert notice.send() == 401
    assert (state_of(attempt), ReceivedNotification.objects.count()) == (AttemptState.PENDING, 0)


def test_a_captured_notice_replayed_later_changes_nothing(peer: Peer, shop_id: UUID) -> None:
    attempt, _ = start(peer, shop_id)
    failure = peer.payment_notice(attempt.id, is_paid=False, notice_id="n0")
    assert failure.send() == 200
    assert peer.payment_notice(attempt.id).send() == 200
    before = (state_of(attempt), told(), ReceivedNotification.objects.count())

    assert failure.send() == 200
    assert (state_of(attempt), told(), ReceivedNotification.objects.count()) == before
    with clock.fixed(clock.now() + timedelta(hours=27)):
        assert failure.send() == 401


def test_a_notice_about_nothing_of_ours_is_not_acknowledged(peer: Peer, shop_id: UUID) -> None:
    start(peer, shop_id)

    assert peer.payment_notice(ids.new_id()).send() == 404
    assert ReceivedNotification.objects.count() == 0


def test_no_gateway_speaks_about_another_ones_payment(peer: Peer, shop_id: UUID) -> None:
    attempt, _ = start(peer, shop_id)
    Attempt.objects.update(gateway="sandbox")

    assert peer.payment_notice(attempt.id).send() == 404
    assert (state_of(attempt), told()) == (AttemptState.PENDING, [])


# silence and nonsense


@pytest.mark.parametrize("trouble", list(Trouble))
def test_no_trustworthy_answer_is_no_answer(peer: Peer, shop_id: UUID, trouble: Trouble) -> None:
    attempt, way = start(peer, shop_id)
    peer.pay(attempt, way)  # charged, and nobody tells
    peer.trouble = trouble
    ask(timedelta(days=1))
    assert (state_of(attempt), told()) == (AttemptState.PENDING, [])

    peer.trouble = None
    ask(timedelta(days=2))
    assert (state_of(attempt), told()) == (AttemptState.SUCCEEDED, ["payments.PaymentSucceeded"])


def test_one_time_out_a_round_and_not_one_for_each_attempt(peer: Peer, shop_id: UUID) -> None:
    for _ in range(3):
        start(peer, shop_id)
    peer.trouble, before = Trouble.SWALLOW_QUESTION, len(peer.calls)
    ask()

    assert len(peer.calls) == before + 1


@pytest.mark.parametrize("trouble", [Trouble.SWALLOW_ANSWER, Trouble.ERROR_AFTER])
def test_a_start_whose_answer_was_lost_is_repeated_with_the_same_number(
    called_peer: Peer, shop_id: UUID, trouble: Trouble
) -> None:
    peer = called_peer
    payable_id, until = ids.new_id(), clock.now() + timedelta(minutes=15)

    def again() -> tuple[AttemptView, PaymentStart]:
        return services.start_payment(
            parts=[PaymentPart(payable_id, shop_id, peer.price)],
            gateway=peer.gateway,
            subject="茶",
            expires_at=until,
            return_url="http://127.0.0.1/orders/42",
        )

    peer.trouble = trouble
    with pytest.raises(GatewayUnreachable):
        again()
    assert Attempt.objects.get().state == AttemptState.PENDING
    peer.trouble = None
    attempt, way = again()
    peer.pay(attempt, way)
    ask()

    assert (Attempt.objects.get().state, told()) == (AttemptState.SUCCEEDED, ["payments.PaymentSucceeded"])


def test_an_attempt_that_ran_out_is_closed_before_it_fails(peer: Peer, shop_id: UUID) -> None:
    attempt, way = start(peer, shop_id)
    if hasattr(peer, "open_page"):
        peer.open_page(way)
    assert peer.is_payable(attempt.id)
    ask(AFTER_EXPIRY)

    assert (state_of(attempt), told()) == (AttemptState.FAILED, ["payments.PaymentFailed"])
    assert not peer.is_payable(attempt.id)


# refunds


@pytest.mark.parametrize("trouble", list(Trouble))
def test_a_refund_whose_answer_was_lost_is_asked_about_and_made_once(
    peer: Peer, shop_id: UUID, trouble: Trouble
) -> None:
    attempt = paid(peer, shop_id)
    refund_id = ordered_refund(attempt)
    peer.trouble = trouble
    run_due_jobs()
    send_refunds(timedelta(minutes=1))
    if peer.name != "stripe" or trouble not in {Trouble.OTHER_ANSWER, Trouble.FORGED_ANSWER}:  # it signs no answer
        assert refund_state(refund_id) == RefundState.SENDING
        assert "payments.RefundFailed" not in told()

    peer.trouble = None
    for hours in (3, 6):  # sent again where it had not arrived, then asked about
        send_refunds(timedelta(hours=hours))
    assert refund_state(refund_id) == RefundState.SUCCEEDED
    assert peer.refund_count() == 1
    assert told().count("payments.RefundSucceeded") == 1


def test_a_notice_of_a_refund_ends_it_once(peer: Peer, shop_id: UUID) -> None:
    attempt = paid(peer, shop_id)
    refund_id = ordered_refund(attempt)
    peer.trouble = Trouble.SWALLOW_ANSWER
    run_due_jobs()
    peer.trouble = None

    assert [peer.refund_notice(refund_id).send() for _ in range(2)] == [200, 200]
    services.send_due_refunds()  # where the notice was but a hint, it made the question due
    assert refund_state(refund_id) == RefundState.SUCCEEDED
    assert (peer.refund_count(), told().count("payments.RefundSucceeded")) == (1, 1)


def test_a_refund_over_another_amount_stays_open_for_a_person(peer: Peer, shop_id: UUID) -> None:
    attempt = paid(peer, shop_id)
    refund_id = ordered_refund(attempt)
    peer.trouble = Trouble.SWALLOW_ANSWER
    run_due_jobs()
    peer.trouble = Trouble.ERROR_BEFORE

    less = Money(attempt.amount.minor - 1, attempt.amount.currency)
    assert peer.refund_notice(refund_id, amount=less).send() == 200
    assert refund_state(refund_id) == RefundState.SENDING
    assert "payments.RefundSucceeded" not in told()


# what is offered


def test_money_that_a_gateway_does_not_take_is_refused_before_anything_is_written(peer: Peer, shop_id: UUID) -> None:
    foreign = Money(1001, "KWD")  # three decimals: not China's, and Stripe wants the last one to be zero

    with pytest.raises(MoneyNotTaken):
        start(peer, shop_id, amount=foreign)
    assert not Attempt.objects.exists()
    assert peer.gateway in selectors.gateway_names(amount=peer.price)
    assert peer.gateway not in selectors.gateway_names(amount=foreign)
