"""A book's chain as JSON lines: what an auditor takes home. tools/verify_chain.py checks it without this project.

The first line says whose chain it is; each further line is a seal with its transfers; the last one repeats the root,
which is the hash that all that came before hangs on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any, Final
from uuid import UUID

from quanshi.ledger import sealing
from quanshi.ledger.chain import ChainEntry, ChainSeal

FORMAT: Final = "quanshi ledger chain 1"


def export_lines(*, shop_id: UUID, slug: str, day: date | None = None) -> Iterator[str]:
    """One shop's whole chain, or the seals of one UTC day, without line ends."""
    since = None if day is None else datetime.combine(day, time.min, UTC)
    yield _dump({"format": FORMAT, "shop_id": str(shop_id), "shop": slug, "date": day.isoformat() if day else None})
    seals = transfers = 0
    root, sequence = "", 0
    for seal in sealing.read_chain(shop_id=shop_id, day=since):
        yield _dump(_seal(seal))
        seals += 1
        transfers += len(seal.entries)
        root, sequence = seal.hash.hex(), seal.sequence
    yield _dump({"root": root, "sequence": sequence, "seals": seals, "transfers": transfers})


def _seal(seal: ChainSeal) -> dict[str, Any]:
    return {
        "sequence": seal.sequence,
        "previous_hash": seal.previous_hash.hex(),
        "hash": seal.hash.hex(),
        "sealed_micros": seal.sealed_micros,
        "count": seal.count,
        "first_transfer_id": str(seal.first_transfer_id),
        "last_transfer_id": str(seal.last_transfer_id),
        "transfers": [_entry(entry) for entry in seal.entries],
    }


def _entry(entry: ChainEntry) -> dict[str, Any]:
    transfer = entry.transfer
    if transfer is None:
        return {"id": str(entry.transfer_id), "hash": entry.hash.hex(), "lost": True}
    return {
        "id": str(transfer.id),
        "hash": entry.hash.hex(),
        "shop_id": str(transfer.shop_id),
        "kind": transfer.kind,
        "subject_id": str(transfer.subject_id),
        "key": transfer.key,
        "reverses_id": str(transfer.reverses_id) if transfer.reverses_id else "",
        "memo": transfer.memo,
        "created_micros": transfer.created_micros,
        "legs": [
            {
                "id": leg.id,
                "shop_id": str(leg.shop_id),
                "account_id": str(leg.account_id),
                "account_kind": leg.account_kind,
                "amount_minor": leg.amount_minor,
                "currency": leg.currency,
            }
            for leg in transfer.legs
        ],
    }


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
