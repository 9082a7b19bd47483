"""What the outside world does to an order: the payer pays, the gateway answers, the worker's relay runs."""

from __future__ import annotations

from uuid import UUID

from quanshi.accounts.types import SYSTEM, Actor, ActorKind
from quanshi.config import wiring
from quanshi.fulfilment.types import ParcelLine
from quanshi.kernel import relay
from quanshi.kernel.money import Money
from quanshi.orders import services
from quanshi.orders.models import Order
from quanshi.payments.models import Attempt, Refund
from quanshi.payments.services import attempts, refunds
from quanshi.payments.types import AttemptState, GatewayAnswer, Outcome, RefundState


def run_relay() -> None:
    """Hand every waiting event to the handlers that config wires."""
    wiring.wire()
    relay.drain()


def buyer_of(order: Order) -> Actor:
    return Actor(kind=ActorKind.GUEST, id=order.buyer_id)


def start_payment(order: Order) -> UUID:
    """The id of a new attempt to pay `order`."""
    services.pay(actor=buyer_of(order), order_id=order.id, gateway="sandbox", return_url="/back")
    newest: UUID = Attempt.objects.filter(parts__payable_id=order.id, state=AttemptState.PENDING).latest("id").id
    return newest


def gateway_says(attempt_id: UUID, outcome: Outcome) -> None:
    """The gateway's word on an attempt, and what follows from it."""
    attempt = Attempt.objects.get(id=attempt_id)
    amount = Money(attempt.amount_minor, attempt.currency)
    attempts.apply_answer(
        attempt_id=attempt_id,
        answer=GatewayAnswer(outcome=outcome, gateway_reference=f"ref-{attempt_id}", amount=amount),
    )
    run_relay()


def pay(order: Order) -> UUID:
    """Pay `order` and let it be taken; the attempt."""
    attempt_id = start_payment(order)
    gateway_says(attempt_id, Outcome.SUCCEEDED)
    order.refresh_from_db()
    return attempt_id


def deliver(order: Order) -> None:
    """Pay `order`, send all of it in one parcel, and let the buyer confirm that it has come."""
    pay(order)
    lines = [ParcelLine(order_line_id=line.id, quantity=line.quantity) for line in order.lines.all()]
    services.ship(
        actor=SYSTEM,
        order_id=order.id,
        carrier="sf",
        tracking_number="SF1234567890123",
        lines=lines,
        key=f"parcel {order.number}",
    )
    services.confirm_receipt(actor=Actor(kind=ActorKind.GUEST, id=order.buyer_id), order_id=order.id)
    order.refresh_from_db()


def end_refunds(order: Order, *, outcome: Outcome = Outcome.SUCCEEDED) -> list[Money]:
    """Every refund of `order` that is on its way ends; their amounts."""
    waiting = Refund.objects.filter(payable_id=order.id, state__in=[RefundState.REQUESTED, RefundState.SENDING])
    amounts = []
    for refund in waiting.order_by("id"):
        amount = Money(refund.amount_minor, refund.currency)
        Refund.objects.filter(id=refund.id).update(state=RefundState.SENDING)  # the worker's task has called
        answer = GatewayAnswer(outcome=outcome, gateway_reference=f"ref-{refund.id}", amount=amount)
        refunds.apply_answer(refund_id=refund.id, answer=answer)
        amounts.append(amount)
    run_relay()
    order.refresh_from_db()
    return amounts
