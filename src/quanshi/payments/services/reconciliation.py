"""A day's bill of a provider against what is booked here, line by line. Differences are listed and never mended."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from quanshi.kernel import clock
from quanshi.kernel.money import Money
from quanshi.payments import gateways
from quanshi.payments.errors import GatewayUnreachable
from quanshi.payments.models import Attempt, Bill, BillDifference, Refund
from quanshi.payments.models import BillLine as BillLineRow
from quanshi.payments.types import AttemptState, BillLine, DifferenceKind, NotificationKind, RefundState

CHINA: Final = timezone(timedelta(hours=8))
READY_AFTER: Final = timedelta(days=1, hours=11)  # providers have their bill of a day by ten the next morning
DAYS_BACK: Final = 5

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    shop_id: UUID | None
    money: Money
    has_succeeded: bool


@dataclass(frozen=True, slots=True)
class _Found:
    kind: DifferenceKind
    about: NotificationKind
    subject_id: UUID | None
    reference: str
    ours: Money | None
    theirs: Money | None
    shop_id: UUID | None


def reconcile(*, account: str, day: date) -> int:
    """Read the bill of `account` for `day` of its own calendar and list what differs; how many differences are listed.

    Idempotent: a day that has been matched is not read again. Nothing is changed but the list. Holds no transaction
    while the provider is asked. Raises: GatewayNotFound, GatewayUnreachable with nothing written. Emits nothing.
    """
    gateway, names = gateways.billed_by(account)
    if Bill.objects.filter(account=account, day=day).exists():
        return BillDifference.objects.filter(account=account, day=day).count()
    lines = gateway.bill(day)
    with transaction.atomic():
        bill, is_new = Bill.objects.get_or_create(account=account, day=day, defaults={"line_count": len(lines)})
        if is_new:
            _keep(bill, lines)
            _list(bill, [*_in_bill(lines, names), *_in_no_bill(account, day, names)])
    return BillDifference.objects.filter(account=account, day=day).count()


def read_due_bills(*, now: datetime | None = None) -> int:
    """Match every bill of the last days that is ready and has not been matched; how many. Safe in several workers."""
    now = now or clock.now()
    count = 0
    for account in gateways.accounts():
        if account == gateways.SandboxGateway.name:
            continue
        for day in _ready_days(account, now):
            if Bill.objects.filter(account=account, day=day).exists():
                continue
            try:
                reconcile(account=account, day=day)
            except GatewayUnreachable as error:
                logger.warning("the bill of %s for %s is not there yet: %s", account, day, error)
                break
            count += 1
    return count


def _ready_days(account: str, now: datetime) -> list[date]:
    latest = (now.astimezone(_zone(account)) - READY_AFTER).date()
    return [latest - timedelta(days=back) for back in range(DAYS_BACK)]


def _zone(account: str) -> timezone:
    return UTC if account == "stripe" else CHINA


def _keep(bill: Bill, lines: Sequence[BillLine]) -> None:
    BillLineRow.objects.bulk_create(
        BillLineRow(
            bill=bill,
            kind=line.kind,
            subject_id=line.subject_id,
            gateway_reference=line.gateway_reference,
            amount_minor=line.amount.minor,
            currency=line.amount.currency,
        )
        for line in lines
    )


def _in_bill(lines: Sequence[BillLine], names: Sequence[str]) -> Iterator[_Found]:
    """What the provider tells and our books do not, or tell otherwise."""
    known = {
        NotificationKind.PAYMENT: _attempts(names, _subjects(lines, NotificationKind.PAYMENT)),
        NotificationKind.REFUND: _refunds(names, _subjects(lines, NotificationKind.REFUND)),
    }
    seen: Counter[tuple[NotificationKind, UUID | None]] = Counter()
    for line in lines:
        ours = known[line.kind].get(line.subject_id) if line.subject_id else None
        seen[line.kind, line.subject_id] += 1
        if ours is None:
            kind = DifferenceKind.NOT_OURS
        elif seen[line.kind, line.subject_id] > 1:
            kind = DifferenceKind.TWICE
        elif not ours.has_succeeded:
            kind = DifferenceKind.NOT_TAKEN
        elif ours.money != line.amount:
            kind = DifferenceKind.OTHER_AMOUNT
        else:
            continue
        yield _Found(
            kind=kind,
            about=line.kind,
            subject_id=line.subject_id,
            reference=line.gateway_reference,
            ours=ours.money if ours else None,
            theirs=line.amount,
            shop_id=ours.shop_id if ours else None,
        )


def _in_no_bill(account: str, day: date, names: Sequence[str]) -> Iterator[_Found]:
    """What succeeded here on `day` and stands on no bill that has been read.

    We hear of money after it has moved, so its line is on the bill of that day or of an earlier one.
    """
    begin = datetime.combine(day, time(), _zone(account))
    if not Bill.objects.filter(account=account, day=day - timedelta(days=1)).exists():
        begin += timedelta(hours=2)  # the first bill of all: what came over midnight stands on one that nobody reads
    within = Q(ended_at__gte=begin, ended_at__lt=datetime.combine(day + timedelta(days=1), time(), _zone(account)))
    billed = BillLineRow.objects.filter(bill__account=account)
    attempts: QuerySet[Attempt] = Attempt.objects.filter(within, state=AttemptState.SUCCEEDED, gateway__in=names)
    is_billed = Exists(billed.filter(subject_id=OuterRef("id"), kind=NotificationKind.PAYMENT))
    for attempt in attempts.exclude(is_billed).prefetch_related("parts"):
        money = Money(attempt.amount_minor, attempt.currency)
        yield _missing(NotificationKind.PAYMENT, attempt.id, attempt.gateway_reference, money, _only_shop(attempt))
    refunds = Refund.objects.filter(within, state=RefundState.SUCCEEDED, attempt__gateway__in=names)
    named = set(
        billed.filter(
            kind=NotificationKind.REFUND, subject_id__isnull=False, bill__day__gte=day - timedelta(days=31)
        ).values_list("subject_id", flat=True)
    )
    for refund in refunds:
        if named.isdisjoint({refund.id, *refund.sent_as}):
            money = Money(refund.amount_minor, refund.currency)
            yield _missing(NotificationKind.REFUND, refund.id, refund.gateway_reference, money, refund.shop_id)


def _missing(about: NotificationKind, subject_id: UUID, reference: str, money: Money, shop_id: UUID | None) -> _Found:
    return _Found(DifferenceKind.NOT_BILLED, about, subject_id, reference, money, None, shop_id)


def _list(bill: Bill, found: Sequence[_Found]) -> None:
    BillDifference.objects.bulk_create(
        (
            BillDifference(
                account=bill.account,
                day=bill.day,
                kind=each.kind,
                about=each.about,
                shop_id=each.shop_id,
                subject_id=each.subject_id,
                gateway_reference=each.reference,
                ours_minor=each.ours.minor if each.ours else None,
                theirs_minor=each.theirs.minor if each.theirs else None,
                currency=(each.theirs or each.ours or Money(0, "XXX")).currency,
            )
            for each in found
        ),
        ignore_conflicts=True,
    )
    if found:
        logger.error("the bill of %s for %s differs from the books in %d places", bill.account, bill.day, len(found))


def _subjects(lines: Sequence[BillLine], kind: NotificationKind) -> list[UUID]:
    return [line.subject_id for line in lines if line.kind is kind and line.subject_id is not None]


def _attempts(names: Sequence[str], ids: Sequence[UUID]) -> dict[UUID, _Known]:
    return {
        row.id: _Known(_only_shop(row), Money(row.amount_minor, row.currency), row.state == AttemptState.SUCCEEDED)
        for row in Attempt.objects.filter(id__in=ids, gateway__in=names).prefetch_related("parts")
    }


def _only_shop(attempt: Attempt) -> UUID | None:
    """Whose payment it is; nobody's when it pays several shops, for a bill names no parts."""
    first, *others = attempt.parts.all()
    return None if others else first.shop_id


def _refunds(names: Sequence[str], ids: Sequence[UUID]) -> dict[UUID, _Known]:
    """By every reference that the provider may know a refund by."""
    rows = Refund.objects.filter(Q(id__in=ids) | Q(sent_as__overlap=list(ids)), attempt__gateway__in=names)
    found: dict[UUID, _Known] = {}
    for row in rows:
        known = _Known(row.shop_id, Money(row.amount_minor, row.currency), row.state == RefundState.SUCCEEDED)
        found |= dict.fromkeys([row.id, *row.sent_as], known)
    return found
