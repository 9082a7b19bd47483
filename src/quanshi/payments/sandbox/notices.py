"""What the provider tells its merchant: a row of the transaction that decided it, told until it is acknowledged.

Rows and not jobs of the queue: in a rush there is one for every order, and they are claimed and done with in sets.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple

from django.conf import settings

from quanshi.kernel import clock, logs, prepared
from quanshi.payments.errors import BadSignature, GatewayUnreachable
from quanshi.payments.sandbox import provider

TOLD_AT_ONCE: Final = 64
LEASE: Final = timedelta(seconds=60)  # whoever claims a notice and is killed loses it after that
MOST_TRIES: Final = 8
CLAIM_SQL: Final = """
    UPDATE payments_sandbox_notice AS notice SET due_at = %(lease)s, try_count = notice.try_count + 1
    FROM (
        SELECT id FROM payments_sandbox_notice WHERE due_at <= %(now)s
        ORDER BY due_at, id LIMIT %(rows)s FOR UPDATE SKIP LOCKED
    ) AS due
    WHERE notice.id = due.id
    RETURNING notice.id, notice.notify_url, notice.body, notice.try_count, notice.request_id
"""
DONE_SQL: Final = "DELETE FROM payments_sandbox_notice WHERE id = ANY(%(notices)s)"
LATER_SQL: Final = "UPDATE payments_sandbox_notice SET due_at = %(due_at)s WHERE id = %(notice)s"

logger = logging.getLogger(__name__)


class _Notice(NamedTuple):
    id: int
    notify_url: str
    body: str
    try_count: int
    request_id: str


def tell_due(*, now: datetime | None = None, each: Callable[..., Iterable[bool]] = map) -> int:
    """Tell the merchant what is due; how many notices it acknowledged. The others are told again, later and later.

    `each` is `map`, or that of a pool of threads: a notice waits for the merchant's answer. Several may run.
    """
    if not settings.SANDBOX_GATEWAY:
        return 0
    now = now or clock.now()
    rows = prepared.fetch(sql=CLAIM_SQL, values={"now": now, "lease": now + LEASE, "rows": TOLD_AT_ONCE})
    claimed = sorted(_Notice(*row) for row in rows)
    if not claimed:
        return 0
    is_told = list(each(partial(_tell, provider.current()), claimed))
    done = [notice.id for notice, told in zip(claimed, is_told, strict=True) if told or notice.try_count >= MOST_TRIES]
    prepared.fetch(sql=DONE_SQL, values={"notices": done})
    for notice in claimed:
        if notice.id not in done:
            values: dict[str, Any] = {"notice": notice.id, "due_at": now + timedelta(seconds=4**notice.try_count)}
            prepared.fetch(sql=LATER_SQL, values=values)
    return sum(is_told)


def _tell(sandbox: provider.SandboxProvider, notice: _Notice) -> bool:
    with logs.working_for(notice.request_id):
        try:
            sandbox.deliver(notify_url=notice.notify_url, body=notice.body.encode())
        except (GatewayUnreachable, BadSignature) as error:
            level = logging.INFO if notice.try_count == 1 else logging.WARNING  # the first may come before web is up
            logger.log(level, "notice %s did not arrive at try %s: %s", notice.id, notice.try_count, error)
            return False
        logger.info("notice told", extra={"notice": notice.id, "tries": notice.try_count})
        return True
