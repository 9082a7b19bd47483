"""The books by their seals: nothing of what was sealed is changed, removed, or has got company since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from quanshi.kernel import audit
from quanshi.kernel.audit import BrokenRow, Check
from quanshi.ledger import chain, sealing

LOOSE: Final = (
    Check(
        "ledger_sealed",
        "a sealed transfer's seal exists",
        """
        SELECT sealed.transfer_id, sealed.shop_id, sealed.sequence AS seal FROM ledger_sealed AS sealed
        WHERE NOT EXISTS (SELECT FROM ledger_seal AS seal
                          WHERE seal.shop_id = sealed.shop_id AND seal.sequence = sealed.sequence)
        """,
    ),
    Check(
        # the sealer takes the oldest first, so one that it left behind came by a way that it does not see
        "ledger_transfer",
        "a transfer is sealed before those that are an hour younger",
        """
        SELECT transfer.id, transfer.shop_id, transfer.key, transfer.created_at FROM ledger_transfer AS transfer
        WHERE NOT EXISTS (SELECT FROM ledger_sealed AS sealed
                          WHERE sealed.shop_id = transfer.shop_id AND sealed.transfer_id = transfer.id)
          AND transfer.created_at < (SELECT max(seal.sealed_at) - interval '1 hour' FROM ledger_seal AS seal
                                     WHERE seal.shop_id = transfer.shop_id)
        """,
    ),
)
BOOKS_SQL: Final = """
    SELECT shop_id, count(*), sum(count) FROM ledger_seal GROUP BY shop_id ORDER BY shop_id
"""
WAITING_SQL: Final = """
    SELECT count(*), min(transfer.created_at) FROM ledger_transfer AS transfer
    WHERE NOT EXISTS (SELECT FROM ledger_sealed AS sealed
                      WHERE sealed.shop_id = transfer.shop_id AND sealed.transfer_id = transfer.id)
"""


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What was looked at, and what is broken. `waiting` transfers have no seal yet, `waiting_since` the oldest."""

    books: int
    seals: int
    transfers: int
    waiting: int
    waiting_since: datetime | None
    broken: tuple[BrokenRow, ...]


def audit_chain() -> ChainReport:
    """Recompute every hash of every book from the rows as they stand. One snapshot when the caller holds one."""
    with connection.cursor() as cursor:
        cursor.execute(BOOKS_SQL)
        books = cursor.fetchall()
        cursor.execute(WAITING_SQL)
        waiting, waiting_since = cursor.fetchone()
    broken = list(audit.run(LOOSE))
    for shop_id, *_ in books:
        broken += _faults(chain.faults(sealing.read_chain(shop_id=shop_id)))
    return ChainReport(
        books=len(books),
        seals=sum(seals for _, seals, _ in books),
        transfers=sum(int(transfers) for *_, transfers in books),
        waiting=waiting,
        waiting_since=waiting_since,
        broken=tuple(broken),
    )


def _faults(faults: Iterator[chain.Fault]) -> Iterator[BrokenRow]:
    for fault in faults:
        yield BrokenRow(fault.table, fault.id, fault.rule, {"shop": str(fault.shop_id), "seal": str(fault.seal)})
