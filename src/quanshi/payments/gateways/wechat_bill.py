"""WeChat Pay's daily trade bill: CSV with a back-tick before every value and two lines of sums at the end."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from quanshi.kernel.money import parse_money
from quanshi.payments.types import BillLine, NotificationKind

TIME: Final = "交易时间"
SUMS: Final = "总交易单数"


def read(packed: bytes, *, sha1: str) -> tuple[BillLine, ...]:
    """Raises: ValueError for a file that is not what its hash says, or no bill."""
    try:
        content = gzip.decompress(packed)
    except (OSError, EOFError, TypeError):
        raise ValueError("the bill is no gzip file") from None
    if hashlib.sha1(content, usedforsecurity=False).hexdigest() != sha1:  # WeChat's choice; the link itself is signed
        raise ValueError("the bill does not fit its hash")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    if not rows or rows[0][:1] != [TIME]:
        raise ValueError("the bill has other columns than expected")
    found = []
    for row in rows[1:]:
        if row[:1] == [SUMS]:
            break
        found.append(_line(dict(zip(rows[0], [value.lstrip("`") for value in row], strict=True))))
    return tuple(found)


def _line(row: Mapping[str, str]) -> BillLine:
    is_refund = row["交易状态"] in {"REFUND", "REVOKED"}
    number = row["商户退款单号"] if is_refund else row["商户订单号"]
    try:
        subject_id = UUID(hex=number)
    except ValueError:
        subject_id = None
    return BillLine(
        kind=NotificationKind.REFUND if is_refund else NotificationKind.PAYMENT,
        subject_id=subject_id,
        gateway_reference=row["微信退款单号"] if is_refund else row["微信订单号"],
        amount=parse_money(row["申请退款金额"] if is_refund else row["订单金额"], row["货币种类"]),
    )
