"""What a shop has earned, and the worker's sweep that pays it."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Max

from quanshi.kernel import ids
from quanshi.kernel.money import Money
from quanshi.ledger import selectors, services
from quanshi.ledger.types import AccountKind, Leg, TransferKind
from quanshi.payments import services as payments
from quanshi.payments.models import Payout
from quanshi.payments.types import PayoutState, PayoutView


def earn(shop_id: UUID, amount: Money) -> None:
    """Some orders have closed, and their money lies at the gateway."""
    order_id = ids.new_id()
    services.post(
        shop_id=shop_id,
        kind=TransferKind.ORDER_SETTLED,
        subject_id=order_id,
        key=f"order_settled:{order_id}",
        legs=[Leg(AccountKind.GATEWAY_CLEARING, amount), Leg(AccountKind.SHOP_PAYABLE, -amount)],
    )


def books(shop_id: UUID) -> dict[str, int]:
    """Minor units by account kind, debit positive, of the whole shop; accounts at zero are left out."""
    return {row.account: row.balance.minor for row in selectors.balances(shop_id=shop_id) if row.balance}


def state_of(payout: PayoutView) -> PayoutState:
    return PayoutState(Payout.objects.get(id=payout.id).state)


def sweep() -> None:
    """The worker's sweep, when every wait is over."""
    payments.send_due_payouts(now=Payout.objects.aggregate(at=Max("next_try_at"))["at"])
