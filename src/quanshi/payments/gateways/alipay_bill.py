"""Alipay's daily trade bill: a ZIP with two GBK files, of which the details are ours to read."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from quanshi.kernel.money import parse_money
from quanshi.payments.types import BillLine, NotificationKind

CURRENCY: Final = "CNY"
DETAILS: Final = "业务明细"
SUMS: Final = "汇总"
FIRST_COLUMN: Final = "支付宝交易号"
REFUND: Final = "退款"


def read(packed: bytes) -> tuple[BillLine, ...]:
    """Raises: ValueError for a file that is no bill."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed), metadata_encoding="gbk") as archive:
            name = next((name for name in archive.namelist() if DETAILS in name and SUMS not in name), None)
            if name is None:
                raise ValueError("the bill has no details")
            text = archive.read(name).decode("gbk")
    except zipfile.BadZipFile:
        raise ValueError("the bill is no ZIP file") from None
    # lines that begin with "#" speak to people; tabs keep spreadsheets from taking numbers for numbers
    rows = [[value.strip() for value in row] for row in csv.reader(io.StringIO(text)) if row and row[0][:1] != "#"]
    if not rows or rows[0][:1] != [FIRST_COLUMN]:
        raise ValueError("the bill has other columns than expected")
    return tuple(_line(dict(zip(rows[0], row, strict=False))) for row in rows[1:])


def _line(row: Mapping[str, str]) -> BillLine:
    is_refund = row["业务类型"] == REFUND
    try:
        subject_id = UUID(hex=row["退款批次号/请求号"] if is_refund else row["商户订单号"])
    except ValueError:
        subject_id = None
    return BillLine(
        kind=NotificationKind.REFUND if is_refund else NotificationKind.PAYMENT,
        subject_id=subject_id,
        gateway_reference=row[FIRST_COLUMN],
        amount=parse_money(row["订单金额（元）"].lstrip("-"), CURRENCY),  # a refund stands there below zero
    )
