"""Money that could not arrive where it was paid from: a person says where it is to go."""

from __future__ import annotations

from uuid import UUID

from quanshi.accounts.types import Actor
from quanshi.kernel import clock
from quanshi.payments import gateways, rules
from quanshi.payments.errors import AttemptNotFound, RedirectRefused, RefundNotAbnormal
from quanshi.payments.models import Refund
from quanshi.payments.services import refunds
from quanshi.payments.types import RefundDestination, RefundState


def redirect_refund(*, actor: Actor, refund_id: UUID, destination: RefundDestination) -> RefundState:
    """Have the gateway send an abnormal refund to `destination`; the state afterwards.

    The decision is written down before the call. What the gateway refuses waits as before; after silence it is asked
    what became of it, never told again. Of two decisions at once one is refused. A card is passed on and kept nowhere.
    Holds no transaction. Emits what the gateway's word on a refund emits.
    Raises: AttemptNotFound, RefundNotAbnormal, InvalidInput, RedirectRefused, GatewayUnreachable, GatewayNotFound.
    """
    if (wrong := rules.wrong_with(destination)) is not None:
        raise wrong
    refund = Refund.objects.select_related("attempt").filter(id=refund_id).first()
    if refund is None:
        raise AttemptNotFound(refund_id=refund_id)
    gateway = gateways.redirecting(refund.attempt.gateway)
    is_ours = Refund.objects.filter(id=refund_id, state=RefundState.ABNORMAL).update(
        state=RefundState.SENDING,
        redirected_to=destination.target,
        redirected_by=actor.id,
        next_try_at=rules.next_refund_try_at(now=clock.now(), try_count=0),
        try_count=1,
    )
    if not is_ours:
        raise RefundNotAbnormal(refund_id=refund_id, state=refund.state)
    order = refunds.order_of(row=refund)
    try:
        answer = gateway.redirect_refund(order, destination)
    except RedirectRefused:
        undecided = {"state": RefundState.ABNORMAL, "redirected_to": "", "redirected_by": None}
        Refund.objects.filter(id=refund_id, state=RefundState.SENDING).update(**undecided)
        raise
    return refunds.apply_answer(refund_id=order.refund_id, answer=answer)
