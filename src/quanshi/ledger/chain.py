"""The hash chain of a shop's books, as values: what exactly is hashed, and what is wrong with a chain.

The canonical form is lines of fields joined by `|`. Numbers are decimal, ids are lower-case UUIDs, instants are
microseconds since 1970 in UTC, and every text is the lower-case hexadecimal of its UTF-8 bytes, so that no text can
pass for another field. sql/seal.sql writes the same form; tools/verify_chain.py spells it once more for exports.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

VERSION: Final = 1
GENESIS: Final = bytes(32)  # what the first seal of a book names as the one before it


@dataclass(frozen=True, slots=True)
class ChainLeg:
    id: int
    shop_id: UUID
    account_id: UUID
    account_kind: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class ChainTransfer:
    """Everything that a transfer says; `legs` in the order of their ids."""

    id: UUID
    shop_id: UUID
    kind: str
    subject_id: UUID
    key: str
    reverses_id: UUID | None
    memo: str
    created_micros: int
    legs: tuple[ChainLeg, ...]


@dataclass(frozen=True, slots=True)
class ChainEntry:
    """A transfer's place in its seal; `transfer` is what the books say today, None when they have lost it."""

    position: int
    transfer_id: UUID
    hash: bytes
    transfer: ChainTransfer | None


@dataclass(frozen=True, slots=True)
class ChainSeal:
    shop_id: UUID
    sequence: int
    previous_hash: bytes
    hash: bytes
    first_transfer_id: UUID
    last_transfer_id: UUID
    count: int
    sealed_micros: int
    entries: tuple[ChainEntry, ...]  # by position


@dataclass(frozen=True, slots=True)
class Fault:
    """`id` of `table` breaks `rule`, a sentence about sound rows; `seal` is where it was noticed."""

    table: str
    id: str
    rule: str
    shop_id: UUID
    seal: int


def transfer_hash(transfer: ChainTransfer) -> bytes:
    head = [
        "transfer",
        VERSION,
        transfer.shop_id,
        transfer.id,
        _text(transfer.kind),
        transfer.subject_id,
        _text(transfer.key),
        transfer.reverses_id or "",
        _text(transfer.memo),
        transfer.created_micros,
        len(transfer.legs),
    ]
    legs = [
        [leg.id, leg.shop_id, leg.account_id, _text(leg.account_kind), leg.amount_minor, _text(leg.currency)]
        for leg in transfer.legs
    ]
    return _digest([_line(head), *map(_line, legs)])


def seal_hash(seal: ChainSeal) -> bytes:
    """What the seal's hash has to be, from its own row and the hashes of its entries as they stand."""
    head = [
        "seal",
        VERSION,
        seal.shop_id,
        seal.sequence,
        seal.previous_hash.hex(),
        seal.sealed_micros,
        seal.count,
        seal.first_transfer_id,
        seal.last_transfer_id,
    ]
    return _digest([_line(head), *(entry.hash.hex() for entry in seal.entries)])


def faults(seals: Iterable[ChainSeal]) -> Iterator[Fault]:
    """Whatever does not fit in the seals of one book, given from its first on by sequence."""
    sequence, before = 0, GENESIS
    for seal in seals:
        for missing in range(sequence + 1, seal.sequence):
            yield _fault(seal, "ledger_seal", f"{seal.shop_id} {missing}", "no number is missing between two seals")
        is_next = seal.sequence == sequence + 1
        if is_next and seal.previous_hash != before:
            yield _fault(seal, "ledger_seal", _name(seal), "a seal continues the one before it")
        yield from _faults_inside(seal)
        sequence, before = seal.sequence, seal.hash


def _faults_inside(seal: ChainSeal) -> Iterator[Fault]:
    for entry in seal.entries:
        row = str(entry.transfer_id)
        if entry.transfer is None:
            yield _fault(seal, "ledger_transfer", row, "a sealed transfer exists")
        elif transfer_hash(entry.transfer) != entry.hash:
            yield _fault(seal, "ledger_transfer", row, "a sealed transfer and its postings are what was sealed")
    for expected, position in enumerate([entry.position for entry in seal.entries], start=1):
        if position != expected:
            rule = "the places in a seal are counted without a gap"
            yield _fault(seal, "ledger_sealed", f"{seal.shop_id} {seal.sequence} {expected}", rule)
            break
    ends = _ends(seal.entries)
    if (seal.count, seal.first_transfer_id, seal.last_transfer_id) != ends:
        rule = "a seal holds as many transfers as it says, from its first to its last"
        yield _fault(seal, "ledger_seal", _name(seal), rule)
    if seal_hash(seal) != seal.hash:
        yield _fault(seal, "ledger_seal", _name(seal), "a seal's hash is that of what it holds")


def _ends(entries: Sequence[ChainEntry]) -> tuple[int, UUID | None, UUID | None]:
    return (len(entries), entries[0].transfer_id, entries[-1].transfer_id) if entries else (0, None, None)


def _fault(seal: ChainSeal, table: str, row: str, rule: str) -> Fault:
    return Fault(table=table, id=row, rule=rule, shop_id=seal.shop_id, seal=seal.sequence)


def _name(seal: ChainSeal) -> str:
    return f"{seal.shop_id} {seal.sequence}"


def _text(text: str) -> str:
    return text.encode().hex()


def _line(fields: Iterable[object]) -> str:
    return "|".join(map(str, fields))


def _digest(lines: Iterable[str]) -> bytes:
    return hashlib.sha256("\n".join(lines).encode()).digest()
