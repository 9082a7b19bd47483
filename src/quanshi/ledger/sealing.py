"""Reading the chain: the seals of a book with what the books say today about the transfers in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from quanshi.ledger.chain import ChainEntry, ChainLeg, ChainSeal, ChainTransfer
from quanshi.ledger.models import Seal

HEADS: Final = 500  # seals whose rows are read at once
ENTRIES: Final = 10_000  # transfers that are in memory at once, give or take one seal
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

ENTRIES_SQL: Final = """
    SELECT entry.sequence, entry.position, entry.transfer_id, entry.hash,
           transfer.id, transfer.shop_id, transfer.kind, transfer.subject_id, transfer.key, transfer.reverses_id,
           transfer.memo, ledger_micros(transfer.created_at), legs.legs
    FROM ledger_sealed AS entry
    LEFT JOIN ledger_transfer AS transfer ON transfer.id = entry.transfer_id
    LEFT JOIN LATERAL (
        SELECT array_agg(ARRAY[posting.id::text, posting.shop_id::text, posting.account_id::text,
                               coalesce(account.kind, ''), posting.amount_minor::text, posting.currency]
                         ORDER BY posting.id) AS legs
        FROM ledger_posting AS posting LEFT JOIN ledger_account AS account ON account.id = posting.account_id
        WHERE posting.transfer_id = entry.transfer_id
    ) AS legs ON true
    WHERE entry.shop_id = %(shop_id)s AND entry.sequence BETWEEN %(first)s AND %(last)s
    ORDER BY entry.sequence, entry.position, entry.transfer_id
"""


def read_chain(*, shop_id: UUID, day: datetime | None = None) -> Iterator[ChainSeal]:
    """The seals of one shop's book by sequence, those of one UTC day when `day` is its first moment."""
    seals = Seal.objects.filter(shop_id=shop_id).order_by("sequence")
    if day is not None:
        seals = seals.filter(sealed_at__gte=day, sealed_at__lt=day + timedelta(days=1))
    last = 0
    while heads := list(seals.filter(sequence__gt=last)[:HEADS]):
        for some in _chunks(heads):
            entries = _entries(shop_id, some[0].sequence, some[-1].sequence)
            for head in some:
                yield _seal(head, entries[head.sequence])
        last = heads[-1].sequence


def _chunks(heads: Sequence[Seal]) -> Iterator[list[Seal]]:
    some: list[Seal] = []
    for head in heads:
        if some and sum(held.count for held in some) + head.count > ENTRIES:
            yield some
            some = []
        some.append(head)
    yield some


def _entries(shop_id: UUID, first: int, last: int) -> dict[int, list[ChainEntry]]:
    found: dict[int, list[ChainEntry]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES_SQL, {"shop_id": shop_id, "first": first, "last": last})
        for sequence, position, transfer_id, entry_hash, *transfer in cursor.fetchall():
            found[sequence].append(ChainEntry(position, transfer_id, bytes(entry_hash), _transfer(transfer)))
    return found


def _transfer(row: Sequence[Any]) -> ChainTransfer | None:
    transfer_id, shop_id, kind, subject_id, key, reverses_id, memo, created_micros, legs = row
    if transfer_id is None:
        return None
    return ChainTransfer(
        id=transfer_id,
        shop_id=shop_id,
        kind=kind,
        subject_id=subject_id,
        key=key,
        reverses_id=reverses_id,
        memo=memo,
        created_micros=created_micros,
        legs=tuple(
            ChainLeg(int(leg_id), UUID(shop), UUID(account), account_kind, int(minor), currency)
            for leg_id, shop, account, account_kind, minor, currency in legs or ()
        ),
    )


def _seal(head: Seal, entries: Sequence[ChainEntry]) -> ChainSeal:
    return ChainSeal(
        shop_id=head.shop_id,
        sequence=head.sequence,
        previous_hash=bytes(head.previous_hash),
        hash=bytes(head.hash),
        first_transfer_id=head.first_transfer_id,
        last_transfer_id=head.last_transfer_id,
        count=head.count,
        sealed_micros=(head.sealed_at - EPOCH) // timedelta(microseconds=1),
        entries=tuple(entries),
    )
