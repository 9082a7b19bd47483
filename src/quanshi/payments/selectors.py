"""Reading attempts and refunds by what they pay."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from typing import Final
from uuid import UUID

from quanshi.kernel.money import Money
from quanshi.payments import gateways, views_of
from quanshi.payments.errors import GatewayNotFound
from quanshi.payments.models import Attempt, AttemptPart, Payout, Refund
from quanshi.payments.models import BillDifference as DifferenceRow
from quanshi.payments.types import (
    AttemptState,
    AttemptView,
    BillDifference,
    Payer,
    PayoutState,
    PayoutView,
    RefundState,
    RefundView,
    Scene,
    UnknownOutcomes,
)

NOBODY: Final = Payer()


def attempts_of(*, payable_ids: Collection[UUID]) -> dict[UUID, tuple[AttemptView, ...]]:
    """The attempts to pay each payable, oldest first; a payable without any is left out. Two queries."""
    wanted, found = set(payable_ids), defaultdict[UUID, list[AttemptView]](list)
    paying = AttemptPart.objects.filter(payable_id__in=wanted).values("attempt_id")
    for row in Attempt.objects.filter(id__in=paying).order_by("id").prefetch_related("parts"):
        view = views_of.attempt(row)
        for part in view.parts:
            if part.payable_id in wanted:
                found[part.payable_id].append(view)
    return {payable_id: tuple(views) for payable_id, views in found.items()}


def refunds_of(*, payable_ids: Collection[UUID]) -> dict[UUID, tuple[RefundView, ...]]:
    """The refunds of each payable, oldest first; a payable without any is left out. One query."""
    found: dict[UUID, list[RefundView]] = defaultdict(list)
    for row in Refund.objects.filter(payable_id__in=payable_ids).order_by("id"):
        found[row.payable_id].append(views_of.refund(row))
    return {payable_id: tuple(views) for payable_id, views in found.items()}


def payouts_of(*, shop_id: UUID, limit: int = 200) -> tuple[PayoutView, ...]:
    """What was ordered to be paid to a shop, newest first. One query."""
    return tuple(views_of.payout(row) for row in Payout.objects.filter(shop_id=shop_id).order_by("-id")[:limit])


def count_unknown() -> UnknownOutcomes:
    """How many wait for a gateway's word on their end, and how many refunds for a person's. Three queries."""
    refunds = Counter(
        Refund.objects.filter(state__in=[RefundState.SENDING, RefundState.ABNORMAL]).values_list("state", flat=True)
    )
    return UnknownOutcomes(
        # whatever is pending is asked about some time; saying so lets the sweep's index answer
        attempts=Attempt.objects.filter(state=AttemptState.PENDING, next_query_at__isnull=False).count(),
        refunds=refunds[RefundState.SENDING],
        abnormal=refunds[RefundState.ABNORMAL],
        payouts=Payout.objects.filter(state=PayoutState.SENDING, next_try_at__isnull=False).count(),
    )


def abnormal_refunds(*, shop_id: UUID) -> tuple[RefundView, ...]:
    """The refunds of a shop that could not arrive and wait for a person's decision, oldest first. One query."""
    waiting = Refund.objects.filter(shop_id=shop_id, state=RefundState.ABNORMAL).order_by("id")
    return tuple(views_of.refund(row) for row in waiting)


def gateway_names(*, scene: Scene | None = None, amount: Money | None = None, payer: Payer = NOBODY) -> tuple[str, ...]:
    """The gateways a payer may choose from, by where they stand, what they pay and who they are. No query, no call."""
    return tuple(
        name
        for name in gateways.names()
        if (scene is None or scene in gateways.SCENES[name])
        and (amount is None or gateways.by_name(name).refusal(amount=amount, payer=payer) is None)
    )


def wechat_appid() -> str:
    """The appid that payers inside WeChat can be recognised for; empty where that is not set up. No query, no call."""
    try:
        return gateways.identity().appid
    except GatewayNotFound:
        return ""


def bill_differences(*, shop_id: UUID | None = None, account: str = "", limit: int = 200) -> tuple[BillDifference, ...]:
    """Where bills and books disagree, newest day first; without a shop also what is nobody's alone. One query."""
    rows = DifferenceRow.objects.order_by("-day", "id")
    if shop_id is not None:
        rows = rows.filter(shop_id=shop_id)
    if account:
        rows = rows.filter(account=account)
    return tuple(views_of.difference(row) for row in rows[:limit])
