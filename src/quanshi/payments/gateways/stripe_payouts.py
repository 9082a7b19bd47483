"""What Stripe pays out: transfers to the shop's own connected account (Connect, separate charges and transfers)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import stripe

from quanshi.kernel.errors import DomainError
from quanshi.payments.errors import GatewayRefused, MoneyNotTaken, PayoutNotOffered
from quanshi.payments.gateways import stripe_money
from quanshi.payments.gateways.protocol import reading
from quanshi.payments.types import GatewayAnswer, Outcome, PayoutKind, PayoutOrder

ACCOUNT: Final = "stripe"
CONNECTED: Final = "acct_"
# refusals of this moment only: no money yet, or the same call is still at work
NOT_YET: Final = frozenset({"balance_insufficient", "idempotency_key_in_use", "IdempotencyError"})
Found = TypeVar("Found")


class StripePayouts:
    """The part of the Stripe gateway that pays out."""

    name: str

    @property
    @abstractmethod
    def _client(self) -> stripe.StripeClient: ...

    @abstractmethod
    def _call(self, call: Callable[[], Found]) -> Found: ...

    @abstractmethod
    def _ask(self, call: Callable[[], Found]) -> Found: ...

    def payout_refusal(self, order: PayoutOrder) -> DomainError | None:
        if order.kind is not PayoutKind.TRANSFER:
            return PayoutNotOffered(account=ACCOUNT, missing=f"a way to {order.kind}")
        if not order.receiver.account.startswith(CONNECTED):
            return PayoutNotOffered(account=ACCOUNT, missing=f"a connected account as receiver, {CONNECTED}...")
        try:
            stripe_money.to_stripe(order.amount)
        except ValueError:
            return MoneyNotTaken(gateway=ACCOUNT, amount=order.amount)
        return None

    def pay_out(self, order: PayoutOrder) -> GatewayAnswer:
        try:
            self._call(
                lambda: self._client.v1.transfers.create(
                    params={
                        "amount": stripe_money.to_stripe(order.amount),
                        "currency": order.amount.currency.lower(),
                        "destination": order.receiver.account,
                        "description": order.memo,
                        "transfer_group": _group(order),
                    },
                    options={"idempotency_key": f"payout-{order.payout_id}"},
                )
            )
        except GatewayRefused as refusal:
            reason = str(refusal.details["reason"])
            outcome = Outcome.PENDING if reason in NOT_YET else Outcome.FAILED
            return GatewayAnswer(outcome=outcome, gateway_reference="", amount=None, reason=reason)
        return GatewayAnswer(outcome=Outcome.PENDING, gateway_reference="", amount=None)

    def query_payout(self, order: PayoutOrder) -> GatewayAnswer:
        """Found by its own group: the idempotency key is forgotten by Stripe after a day."""
        params: Any = {"transfer_group": _group(order), "limit": 2}
        rows = [row.to_dict() for row in self._ask(lambda: self._client.v1.transfers.list(params=params)).data]
        with reading(self.name):
            for transfer in rows:
                if transfer["transfer_group"] == _group(order):
                    return _transferred(transfer)
        return GatewayAnswer(outcome=Outcome.UNKNOWN, gateway_reference="", amount=None)


def _group(order: PayoutOrder) -> str:
    return f"payout-{order.payout_id}"


def _transferred(transfer: Mapping[str, Any]) -> GatewayAnswer:
    """A transfer is done when it is made. What was taken back since leaves another amount, for a person to see."""
    kept = transfer["amount"] - transfer["amount_reversed"]
    return GatewayAnswer(
        outcome=Outcome.SUCCEEDED if kept else Outcome.FAILED,
        gateway_reference=transfer["id"],
        amount=stripe_money.from_stripe(kept, transfer["currency"]),
        reason="reversed" if transfer["amount_reversed"] else "",
    )
