"""Small chained books for tests, and a stand-alone look at their exports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from uuid import UUID

from quanshi.kernel import ids
from quanshi.kernel.money import Money
from quanshi.ledger import services
from quanshi.ledger.types import AccountKind, Leg, TransferKind

VERIFIER = Path(__file__).resolve().parents[2] / "tools" / "verify_chain.py"


def move(shop_id: UUID, *, minor: int = 500, memo: str = "", key: str = "", currency: str = "CNY") -> UUID:
    """Book `minor` from escrow to what buyers owe; the transfer."""
    return services.post(
        shop_id=shop_id,
        kind=TransferKind.ORDER_PLACED,
        subject_id=ids.new_id(),
        key=key or str(ids.new_id()),
        legs=[
            Leg(AccountKind.BUYER_DUE, Money(minor, currency)),
            Leg(AccountKind.ORDER_ESCROW, Money(-minor, currency)),
        ],
        memo=memo,
    )


def verify(*files: Path) -> subprocess.CompletedProcess[str]:
    """What the stand-alone verifier says, run without this project and its packages."""
    command = [sys.executable, "-I", "-S", str(VERIFIER), *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False)
