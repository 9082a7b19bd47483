"""What WeChat Pay has on record, and the day's bill that it makes of it."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from quanshi.kernel.money import Money
from quanshi.payments.types import BillLine, NotificationKind

MCHID, APPID = "1900000109", "wx0123456789abcdef"
BILL_COLUMNS = [
    "交易时间",
    "公众账号ID",
    "商户号",
    "特约商户号",
    "设备号",
    "微信订单号",
    "商户订单号",
    "用户标识",
    "交易类型",
    "交易状态",
    "付款银行",
    "货币种类",
    "应结订单金额",
    "代金券金额",
    "微信退款单号",
    "商户退款单号",
    "退款金额",
    "充值券退款金额",
    "退款类型",
    "退款状态",
    "商品名称",
    "商户数据包",
    "手续费",
    "费率",
    "订单金额",
    "申请退款金额",
    "费率备注",
]


@dataclass
class Trade:
    number: str
    kind: str
    minor: int
    notify_url: str
    state: str = "NOTPAY"
    transaction_id: str = field(default_factory=lambda: f"42{secrets.randbelow(10**26):026d}")
    body: dict[str, Any] = field(default_factory=dict)


@dataclass
class Refund:
    number: str
    trade: Trade
    minor: int
    refund_id: str = field(default_factory=lambda: f"50{secrets.randbelow(10**26):026d}")
    status: str = "PROCESSING"
    sent_to: dict[str, str] = field(default_factory=dict)  # what was decided about it once it was abnormal


def bill_text(trades: Collection[Trade], refunds: Collection[Refund]) -> str:
    """The trade bill of everything that was paid and refunded."""
    lines = [",".join(BILL_COLUMNS)]
    lines += [_bill_line(trade, None) for trade in trades if trade.state in {"SUCCESS", "REFUND"}]
    lines += [_bill_line(refund.trade, refund) for refund in refunds]
    lines += ["总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"]
    lines += [f"`{len(lines) - 2},`0.00,`0.00,`0.00,`0.00,`0.00,`0.00"]
    return "\ufeff" + "\r\n".join(lines) + "\r\n"


def text_of_lines(lines: Collection[BillLine]) -> str:
    """The trade bill that says `lines`; one that is nobody's bears its reference as number."""
    trades, refunds = [], []
    for line in lines:
        number = line.subject_id.hex if line.subject_id else line.gateway_reference
        trade = Trade(number, "native", line.amount.minor, "", state="SUCCESS", transaction_id=line.gateway_reference)
        if line.kind is NotificationKind.PAYMENT:
            trades.append(trade)
        else:
            refunds.append(Refund(number, trade, line.amount.minor, refund_id=line.gateway_reference))
    return bill_text(trades, refunds)


def _bill_line(trade: Trade, refund: Refund | None) -> str:
    values = dict.fromkeys(BILL_COLUMNS, "")
    values |= {"交易时间": "2026-11-21 12:00:00", "公众账号ID": APPID, "商户号": MCHID, "货币种类": "CNY"}
    values |= {"微信订单号": trade.transaction_id, "商户订单号": trade.number, "交易状态": "SUCCESS"}
    values |= {"订单金额": str(Money(trade.minor, "CNY").decimal), "申请退款金额": "0.00"}
    if refund is not None:
        back = str(Money(refund.minor, "CNY").decimal)
        values |= {"交易状态": "REFUND", "微信退款单号": refund.refund_id, "商户退款单号": refund.number}
        values |= {"订单金额": "0.00", "申请退款金额": back, "退款状态": "SUCCESS"}
    return ",".join(f"`{values[column]}" for column in BILL_COLUMNS)
