"""A day's bill of a provider, read once and matched line by line. Differences are listed and never mended."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final

from django.db import transaction

from quanshi.kernel import clock
from quanshi.payments import gateways
from quanshi.payments.errors import GatewayUnreachable
from quanshi.payments.gateways.protocol import CHINA
from quanshi.payments.models import Bill, BillDifference
from quanshi.payments.models import BillLine as BillLineRow
from quanshi.payments.services import bill_match
from quanshi.payments.types import BillLine

READY_AFTER: Final = timedelta(days=1, hours=11)  # providers have their bill of a day by ten the next morning
DAYS_BACK: Final = 5

logger = logging.getLogger(__name__)


def reconcile(*, account: str, day: date) -> int:
    """Match the bill of `account` for `day` of its own calendar with our payments and the books; how much differs.

    Idempotent: a day that has been matched is not read again, and one that was cut off has left nothing. Of several
    workers one lists. Nothing is changed but the list. Holds no transaction while the provider is asked.
    Raises: GatewayNotFound, GatewayUnreachable with nothing written. Emits nothing.
    """
    gateway, names = gateways.billed_by(account)
    if Bill.objects.filter(account=account, day=day).exists():
        return BillDifference.objects.filter(account=account, day=day).count()
    lines = gateway.bill(day)
    with transaction.atomic():
        bill, is_new = Bill.objects.get_or_create(account=account, day=day, defaults={"line_count": len(lines)})
        if is_new:
            _keep(bill, lines)
            begin, end = (datetime.combine(day + timedelta(days=more), time(), _zone(account)) for more in (0, 1))
            # the first bill of all: what came over midnight stands on one that nobody reads
            is_first = not Bill.objects.filter(account=account, day=day - timedelta(days=1)).exists()
            found = bill_match.differences(
                bill=bill,
                lines=lines,
                names=names,
                begin=begin,
                end=end,
                heard_from=begin + timedelta(hours=2) if is_first else begin,
                owns_strays=account == gateways.accounts()[0],
            )
            _list(bill, found)
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
    """Oldest first: what came over midnight is looked for on the bill of the day before."""
    latest = (now.astimezone(_zone(account)) - READY_AFTER).date()
    return [latest - timedelta(days=back) for back in reversed(range(DAYS_BACK))]


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


def _list(bill: Bill, found: Sequence[bill_match.Found]) -> None:
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
                ours_minor=each.ours.minor if each.ours is not None else None,
                theirs_minor=each.theirs.minor if each.theirs is not None else None,
                booked_minor=each.booked.minor if each.booked is not None else None,
                currency=next(money.currency for money in (each.theirs, each.ours, each.booked) if money is not None),
            )
            for each in found
        ),
        ignore_conflicts=True,
    )
    if found:
        logger.error("the bill of %s for %s differs from the books in %d places", bill.account, bill.day, len(found))
