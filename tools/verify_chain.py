"""Check an exported chain of the books with the standard library alone.

    python verify_chain.py EXPORT [EXPORT ...]

An export is written by `quanshi audit --export-chain`. This file needs nothing of Quanshi: copy it anywhere. Given
several exports of a shop (of following days, or an old one beside a new one) it also checks that they continue each
other and that no seal has another hash than it once had. Exit code 0 when all is sound, 1 when something is not.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

FORMAT = "quanshi ledger chain 1"
GENESIS = "0" * 64
HASH = re.compile(r"[0-9a-f]{64}")
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Row = dict[str, Any]
Known = dict[str, dict[int, tuple[str, str, str]]]  # shop -> sequence -> hash, previous hash, where it was seen


def main(paths: Sequence[str]) -> int:
    seals_of: Known = {}
    problems: list[str] = []
    for path in paths:
        try:
            found, root = check_export(path, seals_of)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            found, root = [f"{path}: not an export of a chain: {error!r}"], ""
        problems += found
        if not found:
            print(f"{path}: sound, root {root or 'none (no seal)'}")
    for shop, seals in seals_of.items():
        problems += check_links(shop, seals)
    for problem in problems:
        print(f"BROKEN {problem}")
    return 1 if problems else 0


def check_export(path: str, seals_of: Known) -> tuple[list[str], str]:
    with Path(path).open(encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    if lines[:-1] == [] or lines[0]["format"] != FORMAT:
        raise ValueError(f"the first line does not say {FORMAT!r}")
    head, seals, foot = lines[0], lines[1:-1], lines[-1]
    shop = head["shop_id"]
    known = seals_of.setdefault(shop, {})
    problems = []
    for seal in seals:
        name = f"{path}: seal {seal['sequence']}"
        problems += [f"{name}: {text}" for text in check_seal(shop, seal)]
        held = known.setdefault(seal["sequence"], (seal["hash"], seal["previous_hash"], path))
        if held[:2] != (seal["hash"], seal["previous_hash"]):
            problems.append(f"{name}: is not the one in {held[2]}")
    for before, after in itertools.pairwise(seals):
        if after["sequence"] != before["sequence"] + 1:
            problems.append(f"{path}: seal {after['sequence']} follows seal {before['sequence']}")
    said = (foot["root"], foot["sequence"], foot["seals"], foot["transfers"])
    last = (seals[-1]["hash"], seals[-1]["sequence"]) if seals else ("", 0)
    if said != (*last, len(seals), sum(len(seal["transfers"]) for seal in seals)):
        problems.append(f"{path}: the last line does not agree with the seals")
    if head["date"] is None and seals and seals[0]["sequence"] != 1:
        problems.append(f"{path}: a whole chain begins with seal 1")
    return problems, foot["root"]


def check_seal(shop: str, seal: Row) -> Iterator[str]:
    transfers = seal["transfers"]
    for transfer in transfers:
        if "lost" in transfer:
            yield f"transfer {transfer['id']} was lost"
        elif transfer_hash(transfer) != transfer["hash"]:
            yield f"transfer {transfer['id']} is not what was sealed"
        elif is_unbalanced(transfer):
            yield f"transfer {transfer['id']} does not sum to zero"
    ends = (len(transfers), transfers[0]["id"], transfers[-1]["id"]) if transfers else (0, "", "")
    if (seal["count"], seal["first_transfer_id"], seal["last_transfer_id"]) != ends:
        yield "it does not hold what it says"
    if seal_hash(shop, seal) != seal["hash"]:
        yield "its hash is not that of what it holds"


def check_links(shop: str, seals: dict[int, tuple[str, str, str]]) -> Iterator[str]:
    for sequence, (_, previous, path) in sorted(seals.items()):
        before = GENESIS if sequence == 1 else seals.get(sequence - 1, (None,))[0]
        if before is not None and previous != before:
            yield f"{path}: seal {sequence} of shop {shop} does not continue the one before it"


def transfer_hash(transfer: Row) -> str:
    head = ["transfer", 1, a_uuid(transfer["shop_id"]), a_uuid(transfer["id"]), text(transfer["kind"])]
    head += [a_uuid(transfer["subject_id"]), text(transfer["key"])]
    head += [transfer["reverses_id"] and a_uuid(transfer["reverses_id"]), text(transfer["memo"])]
    lines = [[*head, a_number(transfer["created_micros"]), len(transfer["legs"])]]
    for leg in transfer["legs"]:
        ids = [a_number(leg["id"]), a_uuid(leg["shop_id"]), a_uuid(leg["account_id"])]
        lines.append([*ids, text(leg["account_kind"]), a_number(leg["amount_minor"]), text(leg["currency"])])
    return digest(lines)


def seal_hash(shop: str, seal: Row) -> str:
    head = ["seal", 1, a_uuid(shop), a_number(seal["sequence"]), a_hash(seal["previous_hash"])]
    head += [a_number(seal["sealed_micros"]), a_number(seal["count"])]
    head += [a_uuid(seal["first_transfer_id"]), a_uuid(seal["last_transfer_id"])]
    return digest([head, *([a_hash(transfer["hash"])] for transfer in seal["transfers"])])


def is_unbalanced(transfer: Row) -> bool:
    totals: dict[str, int] = {}
    for leg in transfer["legs"]:
        totals[leg["currency"]] = totals.get(leg["currency"], 0) + leg["amount_minor"]
    return any(totals.values())


# No field may hold what separates fields, else two different exports could spell the same.


def a_uuid(value: str) -> str:
    if not ID.fullmatch(value):
        raise ValueError(f"{value!r} is no id")
    return value


def a_hash(value: str) -> str:
    if not HASH.fullmatch(value):
        raise ValueError(f"{value!r} is no hash")
    return value


def a_number(value: int) -> int:
    if type(value) is not int:
        raise ValueError(f"{value!r} is no number")
    return value


def text(value: str) -> str:
    return value.encode("utf-8").hex()


def digest(lines: Iterable[Sequence[object]]) -> str:
    joined = "\n".join("|".join(str(field) for field in line) for line in lines)
    return hashlib.sha256(joined.encode("utf-8")).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if sys.argv[1:] else __doc__)
