"""Reading attempts and refunds by what they pay."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.payments import gateways, views_of
from quanshi.payments.errors import DifferenceNotFound, GatewayNotFound
from quanshi.payments.models import Attempt, AttemptPart, Payout, Refund
from quanshi.payments.models import BillDifference as DifferenceRow
from quanshi.payments.types import (
    AttemptState,
    AttemptView,
    BillDifference,
    DifferenceKind,
    Payer,
    PayoutState,
    PayoutView,
    RefundState,
    RefundView,
    Scene,
    UnderWay,
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


def under_way(*, shop_id: UUID) -> UnderWay:
    """How much of a shop's money is on its way somewhere. Four queries."""
    of_shop = Attempt.objects.filter(parts__shop_id=shop_id)
    unsent = [RefundState.REQUESTED, RefundState.SENDING, RefundState.ABNORMAL]
    return UnderWay(
        payments=of_shop.filter(state=AttemptState.PENDING, next_query_at__isnull=False).count()
        + of_shop.filter(state=AttemptState.DISPUTED).count(),
        refunds=Refund.objects.filter(shop_id=shop_id, state__in=[*unsent, RefundState.FAILED]).count(),
        payouts=Payout.objects.filter(shop_id=shop_id, state__in=[PayoutState.REQUESTED, PayoutState.SENDING]).count(),
    )


def stuck_refunds(*, shop_id: UUID, after: UUID | None = None, limit: int | None = None) -> tuple[RefundView, ...]:
    """The refunds of a shop that were refused or could not arrive, and wait for a person, oldest first. One query.

    All of them, or `limit` of those after one.
    """
    stuck = [RefundState.FAILED, RefundState.ABNORMAL]
    waiting = Refund.objects.filter(shop_id=shop_id, state__in=stuck).order_by("id")
    if after is not None:
        waiting = waiting.filter(id__gt=after)
    return tuple(views_of.refund(row) for row in waiting[:limit])


def gateway_names(*, scene: Scene | None = None, amount: Money | None = None, payer: Payer = NOBODY) -> tuple[str, ...]:
    """The gateways a payer may choose from, by where they stand, what they pay and who they are. No query, no call."""
    return tuple(
        name
        for name in gateways.names()
        if (scene is None or scene in gateways.SCENES[name])
        and (amount is None or gateways.by_name(name).refusal(amount=amount, payer=payer) is None)
    )


def check_offered(*, gateway: str) -> None:
    """Raises: InvalidInput for a gateway that nobody may choose here. No query, no call."""
    if gateway not in gateways.names():
        raise InvalidInput(field="gateway", value=gateway[:80], reason="not offered here")


def wechat_appid() -> str:
    """The appid that payers inside WeChat can be recognised for; empty where that is not set up. No query, no call."""
    try:
        return gateways.identity().appid
    except GatewayNotFound:
        return ""


def bill_differences(
    *,
    shop_id: UUID | None,
    account: str = "",
    day: date | None = None,
    kind: DifferenceKind | None = None,
    is_seen: bool | None = None,
    before: int = 0,
    limit: int = 50,
) -> tuple[BillDifference, ...]:
    """Where bills, payments and books disagree, the newest found first: of one shop, or without it what is nobody's.

    `before` is the id of the last one of the page before. Four queries.
    """
    rows = _differences_of(shop_id).order_by("-id").prefetch_related("notes")
    wanted: dict[str, Any] = {"account": account, "day": day, "kind": kind}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    if is_seen is not None:
        rows = rows.filter(notes__isnull=not is_seen).distinct()
    if before:
        rows = rows.filter(id__lt=before)
    found = list(rows[:limit])
    subjects = [row.subject_id for row in found if row.subject_id is not None]
    parts = AttemptPart.objects.filter(attempt_id__in=subjects).values_list("attempt_id", "shop_id", "payable_id")
    refunds = Refund.objects.filter(id__in=subjects).values_list("id", "shop_id", "payable_id")
    payables: dict[tuple[UUID | None, UUID | None], UUID] = {
        (subject_id, owner_id): payable_id for subject_id, owner_id, payable_id in (*parts, *refunds)
    }
    return tuple(views_of.difference(row, payable_id=payables.get((row.subject_id, row.shop_id))) for row in found)


def count_unseen_differences(*, shop_id: UUID | None) -> int:
    """How many differences of a shop, or of nobody, no one has seen. One query."""
    return _differences_of(shop_id).filter(notes__isnull=True).count()


def difference_shop(*, difference_id: int) -> UUID | None:
    """Whose difference it is; None when it is nobody's. One query. Raises: DifferenceNotFound."""
    found = DifferenceRow.objects.filter(id=difference_id).only("shop_id").first()
    if found is None:
        raise DifferenceNotFound(difference_id=difference_id)
    shop_id: UUID | None = found.shop_id
    return shop_id


def billed_accounts() -> tuple[str, ...]:
    """The accounts here that give a bill. No query, no call."""
    return tuple(account for account in gateways.accounts() if account != gateways.SandboxGateway.name)


def _differences_of(shop_id: UUID | None) -> QuerySet[DifferenceRow]:
    return DifferenceRow.objects.filter(Q(shop_id__isnull=True) if shop_id is None else Q(shop_id=shop_id))
