"""The chain as values: an honest one has no fault, and no field of it can be another one unnoticed."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from quanshi.ledger import chain
from quanshi.ledger.chain import GENESIS, ChainEntry, ChainLeg, ChainSeal, ChainTransfer

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
uuids = st.uuids()
small = st.integers(-(10**6), 10**6)
legs = st.builds(ChainLeg, small, uuids, uuids, texts, small, texts)
transfers = st.builds(
    ChainTransfer, uuids, uuids, texts, uuids, texts, st.none() | uuids, texts, small, st.tuples(legs, legs)
)


@st.composite
def chains(draw: st.DrawFn) -> list[ChainSeal]:
    seals: list[ChainSeal] = []
    for sequence, batch in enumerate(draw(st.lists(st.lists(transfers, min_size=1, max_size=3), max_size=4)), start=1):
        entries = tuple(
            ChainEntry(position, transfer.id, chain.transfer_hash(transfer), transfer)
            for position, transfer in enumerate(batch, start=1)
        )
        before = seals[-1].hash if seals else GENESIS
        ends = (entries[0].transfer_id, entries[-1].transfer_id, len(entries))
        seal = ChainSeal(UUID(int=1), sequence, before, b"", *ends, draw(small), entries)
        seals.append(replace(seal, hash=chain.seal_hash(seal)))
    return seals


@given(chains())
def test_an_honest_chain_has_no_fault(seals: list[ChainSeal]) -> None:
    assert list(chain.faults(seals)) == []


def _other_leg(leg: ChainLeg, field: str) -> ChainLeg:
    return replace(leg, **{field: _other(getattr(leg, field))})  # type: ignore[arg-type]


def _other(value: object) -> object:
    match value:
        case int():
            return value + 1
        case str():
            return value + "|"
        case bytes():
            return bytes([value[0] ^ 1]) + value[1:] if value else b"x"
        case UUID():
            return UUID(int=value.int ^ 1)
        case _:
            return UUID(int=9)


@given(chains().filter(bool), st.data())
def test_any_other_field_is_a_fault(seals: list[ChainSeal], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(seals) - 1))
    seal = seals[at]
    n = data.draw(st.integers(0, len(seal.entries) - 1))
    entry = seal.entries[n]
    assert entry.transfer is not None
    leg_at = data.draw(st.integers(0, 1))
    leg_field = data.draw(st.sampled_from(list(ChainLeg.__slots__)))
    changed_legs = list(entry.transfer.legs)
    changed_legs[leg_at] = _other_leg(changed_legs[leg_at], leg_field)
    own = [name for name in ChainTransfer.__slots__ if name != "legs"]
    transfer_field = data.draw(st.sampled_from(own))
    changes: list[dict[str, object]] = [
        {"legs": tuple(changed_legs)},
        {"legs": (*entry.transfer.legs, entry.transfer.legs[0])},
        {transfer_field: _other(getattr(entry.transfer, transfer_field))},
    ]
    what = replace(entry.transfer, **data.draw(st.sampled_from(changes)))  # type: ignore[arg-type]
    entries = (*seal.entries[:n], replace(entry, transfer=what), *seal.entries[n + 1 :])

    found = list(chain.faults([*seals[:at], replace(seal, entries=entries), *seals[at + 1 :]]))

    assert [(fault.table, fault.id, fault.seal) for fault in found] == [
        ("ledger_transfer", str(entry.transfer_id), seal.sequence)
    ]


@given(chains().filter(lambda seals: len(seals) > 1), st.data())
def test_any_cut_or_swap_but_at_the_end_is_a_fault(seals: list[ChainSeal], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(seals) - 2))
    cut = seals[:at] + seals[at + 1 :]
    renumbered = [replace(seal, sequence=n) for n, seal in enumerate(cut, start=1)]

    assert list(chain.faults(cut)) != []
    assert list(chain.faults(renumbered)) != []
