"""A refund that the gateway has refused, once somebody has seen to the cause: sent again, and paid once."""

from __future__ import annotations

import pytest
from django.conf import settings
from procrastinate.contrib.django.models import ProcrastinateJob

from quanshi.kernel import ids
from quanshi.kernel.models import OutboxEvent
from quanshi.kernel.money import Money
from quanshi.payments import gateways, services
from quanshi.payments.errors import AttemptNotFound, GatewayUnreachable, RefundExceedsPayment
from quanshi.payments.models import Refund, SandboxCharge, SandboxRefund
from quanshi.payments.types import AttemptView, GatewayAnswer, NotificationKind, Outcome, RefundOrder, RefundState
from tests.support.factories import make_shop
from tests.support.jobs import run_due_jobs
from tests.support.sandbox import Sandbox, time_out_before

PRICE = Money(10000, "CNY")
WANTED = Money(8000, "CNY")


class Remembering(gateways.SandboxGateway):
    """As the gateways that keep a refusal: asked about a refund that did not go out, it says so."""

    def query_refund(self, order: RefundOrder) -> GatewayAnswer:
        answer = super().query_refund(order)
        if answer.outcome is not Outcome.UNKNOWN:
            return answer
        return GatewayAnswer(outcome=Outcome.FAILED, gateway_reference="", amount=None, reason="refused")


@pytest.fixture
def paid(db: None, sandbox: Sandbox) -> AttemptView:
    return sandbox.pay(shop_id=make_shop().id, amount=PRICE)


@pytest.fixture
def refused(paid: AttemptView) -> Refund:
    """Refused while somebody had given most of it back at the provider's own desk; that has been undone."""
    view = ask(paid, WANTED)
    SandboxCharge.objects.update(refunded_minor=5000)
    run_due_jobs()
    SandboxCharge.objects.update(refunded_minor=0)
    refund = Refund.objects.get(id=view.id)
    assert refund.state == "failed"
    return refund


def ask(attempt: AttemptView, amount: Money) -> Refund:
    view = services.request_refund(
        attempt_id=attempt.id,
        payable_id=attempt.parts[0].payable_id,
        cause_id=ids.new_id(),
        amount=amount,
        key=str(ids.new_id()),
        reason="too small",
    )
    return Refund.objects.get(id=view.id)


def sent() -> list[tuple[str, int]]:
    return list(SandboxRefund.objects.values_list("merchant_reference", "amount_minor"))


def test_what_the_gateway_has_never_heard_of_keeps_its_reference(refused: Refund) -> None:
    for _ in range(2):  # the second finds it on its way
        services.retry_refund(refund_id=refused.id)
    assert ProcrastinateJob.objects.filter(status="todo", task_name__endswith="send_refund").count() == 1
    run_due_jobs()
    refused.refresh_from_db()
    assert (refused.state, refused.sent_as) == ("succeeded", [])
    assert sent() == [(str(refused.id), 8000)]
    told = OutboxEvent.objects.filter(type__contains="Refund").order_by("id").values_list("type", flat=True)
    assert list(told) == ["payments.RefundFailed", "payments.RefundSucceeded"]
    services.retry_refund(refund_id=refused.id)
    assert run_due_jobs() == 0
    assert sent() == [(str(refused.id), 8000)]


def test_what_the_gateway_remembers_as_refused_gets_a_new_one(refused: Refund, sandbox: Sandbox) -> None:
    remembering = Remembering(base_url=settings.BASE_URL, secret=settings.SECRET_KEY, transport=sandbox.network)
    with gateways.in_place(remembering):
        services.retry_refund(refund_id=refused.id)
        Refund.objects.filter(id=refused.id).update(state=RefundState.SENDING)
        # a late word about the first sending says nothing about this one
        headers, body = sandbox.notification(
            subject_id=refused.id, outcome=Outcome.FAILED, amount=WANTED, kind=NotificationKind.REFUND
        )
        assert sandbox.send(headers, body) == 200
        refused.refresh_from_db()
        assert refused.state == "sending"
        Refund.objects.filter(id=refused.id).update(state=RefundState.REQUESTED)
        run_due_jobs()  # the sending, and the provider's notification by the new reference
    refused.refresh_from_db()
    (reference,) = refused.sent_as
    assert refused.state == "succeeded"
    assert sent() == [(str(reference), 8000)]


def test_what_has_gone_out_after_all_counts_and_is_not_sent(refused: Refund) -> None:
    SandboxCharge.objects.update(refunded_minor=8000)
    SandboxRefund.objects.create(
        merchant_reference=str(refused.id), reference="R1", charge=SandboxCharge.objects.get(), amount_minor=8000
    )
    services.retry_refund(refund_id=refused.id)
    refused.refresh_from_db()
    assert refused.state == "succeeded"
    assert run_due_jobs() == 0


def test_no_more_goes_back_than_came(paid: AttemptView, refused: Refund) -> None:
    ask(paid, Money(5000, "CNY"))
    with pytest.raises(RefundExceedsPayment):
        services.retry_refund(refund_id=refused.id)
    refused.refresh_from_db()
    assert refused.state == "failed"


def test_a_silent_gateway_changes_nothing(refused: Refund, sandbox: Sandbox) -> None:
    sandbox.network.behave = time_out_before
    with pytest.raises(GatewayUnreachable):
        services.retry_refund(refund_id=refused.id)
    refused.refresh_from_db()
    assert refused.state == "failed"
    with pytest.raises(AttemptNotFound):
        services.retry_refund(refund_id=ids.new_id())


def test_what_is_under_way_there_after_all_is_asked_about(refused: Refund, sandbox: Sandbox) -> None:
    class Thinking(Remembering):
        def query_refund(self, order: RefundOrder) -> GatewayAnswer:
            return GatewayAnswer(outcome=Outcome.PENDING, gateway_reference="R1", amount=None)

    thinking = Thinking(base_url=settings.BASE_URL, secret=settings.SECRET_KEY, transport=sandbox.network)
    with gateways.in_place(thinking):
        services.retry_refund(refund_id=refused.id)
    headers, body = sandbox.notification(
        subject_id=refused.id, outcome=Outcome.SUCCEEDED, amount=WANTED, kind=NotificationKind.REFUND
    )
    assert sandbox.send(headers, body) == 200
    refused.refresh_from_db()
    assert (refused.state, refused.sent_as) == ("succeeded", [])
    assert run_due_jobs() == 1  # and it sends nothing
    assert sent() == []
