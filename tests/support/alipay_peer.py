"""Alipay's open platform as its public documentation describes it: one gateway address, RSA2, a page for the payer."""

from __future__ import annotations

import base64
import io
import json
import secrets
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from quanshi.kernel import clock
from quanshi.kernel.money import Money
from quanshi.payments.types import AttemptView, PaymentStart
from tests.support.payout_desk import AlipayDesk
from tests.support.peer import TIMEOUT_SECONDS, Call, Notice, Peer, Reply, Trouble, key_pair

APPID, SELLER = "2021000000000001", "2088000000000001"
CHINA = timezone(timedelta(hours=8))
BILL_COLUMNS = [
    "支付宝交易号",
    "商户订单号",
    "业务类型",
    "商品名称",
    "创建时间",
    "完成时间",
    "门店编号",
    "门店名称",
    "操作员",
    "终端号",
    "对方账户",
    "订单金额（元）",
    "商家实收（元）",
    "支付宝红包（元）",
    "集分宝（元）",
    "支付宝优惠（元）",
    "商家优惠（元）",
    "券核销金额（元）",
    "券名称",
    "商家红包消费金额（元）",
    "卡消费金额（元）",
    "退款批次号/请求号",
    "服务费（元）",
    "分润（元）",
    "备注",
]


@dataclass
class Trade:
    number: str
    total: str
    status: str = "WAIT_BUYER_PAY"
    trade_no: str = field(default_factory=lambda: f"2026{secrets.randbelow(10**24):024d}")
    paid_at: str = ""
    refunds: dict[str, str] = field(default_factory=dict)  # what each request has given back


class AlipayPeer(Peer):
    name, gateway, price = "alipay", "alipay_page", Money(8888, "CNY")
    payouts: AlipayDesk

    def __init__(self) -> None:
        super().__init__()
        self.trades: dict[str, Trade] = {}
        self.payouts = AlipayDesk()
        self.is_slow_to_record = False  # a refund is done before the records that answer know of it
        self._app = key_pair("alipay app")
        self._key, _, public = key_pair("alipay")
        self.account = {
            "appid": APPID,
            "seller_id": SELLER,
            "private_key": self._app[1],
            "public_key": public,
            "app_cert_sn": "c0ffee",
            "root_cert_sn": "beef_cafe",
            "base_url": f"{self.url}/gateway.do",
            "timeout_seconds": TIMEOUT_SECONDS,
        }

    # what the merchant calls

    def handle(self, call: Call) -> Reply:
        if call.path == "/bill.zip":
            return Reply(200, self.bill_file())
        given = dict(parse_qsl(call.body.decode()))
        if not self._is_signed(given):
            self.refused.append(given.get("method", ""))
            return Reply(200, b'{"error_response":{"code":"40002","sub_code":"isv.invalid-signature"}}')
        content = json.loads(given["biz_content"])
        answers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "alipay.trade.query": self._query,
            "alipay.trade.close": self._close,
            "alipay.trade.refund": self._refund,
            "alipay.trade.fastpay.refund.query": self._refund_query,
            "alipay.data.dataservice.bill.downloadurl.query": self._bill,
            "alipay.fund.trans.uni.transfer": lambda content: self.payouts.transfer(content, given),
            "alipay.fund.trans.common.query": lambda content: self.payouts.query(
                content, is_other=self.trouble is Trouble.OTHER_ANSWER
            ),
        }
        answer = answers[given["method"]](content)
        if self.trouble is Trouble.OTHER_FORM:
            answer = {name: value for name, value in answer.items() if not name.endswith("_amount")}
        # a brace inside a value: who cuts the answer out by counting braces cuts it wrong
        text = json.dumps({"msg": "Success }", **answer}, ensure_ascii=False)
        key = key_pair("somebody")[0] if self.trouble is Trouble.FORGED_ANSWER else self._key
        signature = _sign(key, text)
        node = f"{given['method'].replace('.', '_')}_response"
        return Reply(200, f'{{"{node}":{text},"sign":"{signature}"}}'.encode(), {"Content-Type": "text/html"})

    def _is_signed(self, given: dict[str, str]) -> bool:
        text = "&".join(f"{name}={value}" for name, value in sorted(given.items()) if name != "sign" and value)
        try:
            self._app[0].public_key().verify(
                base64.b64decode(given["sign"]), text.encode(), padding.PKCS1v15(), hashes.SHA256()
            )
        except (InvalidSignature, KeyError):
            return False
        sent = datetime.strptime(given["timestamp"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
        fixed = (given["app_id"], given["charset"], given["sign_type"], given["version"])
        is_recent = abs(datetime.now(UTC) - sent) < timedelta(days=2)  # tests move the clock
        return fixed == (APPID, "utf-8", "RSA2", "1.0") and is_recent

    def _query(self, content: dict[str, Any]) -> dict[str, Any]:
        if self.trouble is Trouble.OTHER_ANSWER:
            total = str(self.price.decimal)
            other = Trade("f" * 32, total, status="TRADE_SUCCESS", paid_at="2026-11-21 12:00:00")
            return self._told(other)
        trade = self.trades.get(content["out_trade_no"])
        return _unknown() if trade is None else self._told(trade)

    def _close(self, content: dict[str, Any]) -> dict[str, Any]:
        trade = self.trades.get(content["out_trade_no"])
        if trade is None:
            return _unknown()
        if trade.status != "WAIT_BUYER_PAY":
            return {"code": "40004", "sub_code": "ACQ.TRADE_STATUS_ERROR"}
        trade.status = "TRADE_CLOSED"
        return {"code": "10000", "out_trade_no": trade.number, "trade_no": trade.trade_no}

    def _refund(self, content: dict[str, Any]) -> dict[str, Any]:
        trade, amount, request = (
            self.trades.get(content["out_trade_no"]),
            content["refund_amount"],
            content["out_request_no"],
        )
        if trade is None:
            return _unknown()
        if request in trade.refunds:
            if trade.refunds[request] != amount:
                return {"code": "40004", "sub_code": "ACQ.DISCORDANT_REPEAT_REQUEST"}
            change = "N"
        elif not trade.paid_at or _fen(amount) + self._back(trade) > _fen(trade.total):
            return {"code": "40004", "sub_code": "ACQ.REASON_TRADE_REFUND_FEE_ERR"}
        else:
            trade.refunds[request] = amount
            change = "Y"
            if self._back(trade) == _fen(trade.total):
                trade.status = "TRADE_CLOSED"
        back = str(Money(self._back(trade), "CNY").decimal)
        told = {"code": "10000", "out_trade_no": trade.number, "trade_no": trade.trade_no}
        return {**told, "fund_change": change, "refund_fee": back}

    def _refund_query(self, content: dict[str, Any]) -> dict[str, Any]:
        trade = self.trades.get(content["out_trade_no"])
        if trade is None:
            return _unknown()
        amount = trade.refunds.get(content["out_request_no"])
        if amount is None or self.is_slow_to_record:
            return {"code": "10000"}
        return {
            "code": "10000",
            "out_trade_no": trade.number,
            "trade_no": trade.trade_no,
            "out_request_no": "f" * 32 if self.trouble is Trouble.OTHER_ANSWER else content["out_request_no"],
            "refund_amount": amount,
            "refund_status": "REFUND_SUCCESS",
            "total_amount": trade.total,
        }

    def _bill(self, content: dict[str, Any]) -> dict[str, Any]:
        assert content["bill_type"] == "trade"
        return {"code": "10000", "bill_download_url": f"{self.url}/bill.zip?fileId=1"}

    def bill_file(self) -> bytes:
        """The day's business details and their sums, as GBK files with Chinese names in a ZIP."""
        rows = []
        for trade in self.trades.values():
            if trade.paid_at:
                rows.append(_bill_row(trade, "交易", trade.total, ""))
            rows += [_bill_row(trade, "退款", f"-{amount}", request) for request, amount in trade.refunds.items()]
        text = "\r\n".join(
            [
                "#支付宝业务明细查询",
                f"#账号：[{SELLER}0156]",
                "#-----业务明细列表----",
                ",".join(BILL_COLUMNS),
                *rows,
                "#-----业务明细列表结束----",
                "",
            ]
        )
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            # Alipay's ZIP names its files in GBK without saying so, which zipfile cannot write: two names of one length
            archive.writestr(f"{SELLER}_20261121_XXXXXXXX.csv", text.encode("gbk"))
            archive.writestr(f"{SELLER}_20261121_XXXXXXXX(YYYY).csv", "#汇总\r\n".encode("gbk"))
        details, sums = "业务明细".encode("gbk"), "汇总".encode("gbk")
        return packed.getvalue().replace(b"XXXXXXXX", details).replace(b"YYYY", sums)

    # what the payer and Alipay do

    def pay(self, attempt: AttemptView, start: PaymentStart) -> None:
        trade = self.open_page(start)
        assert trade.number == attempt.id.hex
        assert trade.status == "WAIT_BUYER_PAY"
        trade.status, trade.paid_at = "TRADE_SUCCESS", "2026-11-21 12:00:00"

    def open_page(self, start: PaymentStart) -> Trade:
        """The payer opens the cashier and signs in: only now does the trade exist."""
        order = (start.parameters or {}).get("orderString") or urlsplit(start.redirect_url).query
        given = dict(parse_qsl(order))
        assert self._is_signed(given), given
        content = json.loads(given["biz_content"])
        assert len(content["out_trade_no"]) <= 64
        return self.trades.setdefault(content["out_trade_no"], Trade(content["out_trade_no"], content["total_amount"]))

    def is_payable(self, attempt_id: UUID) -> bool:
        trade = self.trades.get(attempt_id.hex)
        return trade is not None and trade.status == "WAIT_BUYER_PAY"

    def refund_count(self) -> int:
        return sum(len(trade.refunds) for trade in self.trades.values())

    def payment_notice(
        self,
        attempt_id: UUID,
        *,
        is_paid: bool = True,
        amount: Money | None = None,
        notice_id: str = "n1",
        at: datetime | None = None,
        is_forged: bool = False,
        changes: Mapping[str, str] | None = None,
    ) -> Notice:
        trade = self.trades.get(attempt_id.hex) or Trade(attempt_id.hex, str(self.price.decimal))
        told = {
            "trade_status": "TRADE_SUCCESS" if is_paid else "TRADE_CLOSED",
            "total_amount": str((amount or Money(_fen(trade.total), "CNY")).decimal),
            "gmt_payment": "2026-11-21 12:00:00" if is_paid else "",
            **(changes or {}),
        }
        return self._notice(trade, told, notice_id=notice_id, at=at, is_forged=is_forged)

    def refund_notice(self, refund_id: UUID, *, notice_id: str = "r1", amount: Money | None = None) -> Notice:
        trade = next(trade for trade in self.trades.values() if refund_id.hex in trade.refunds)
        back = str((amount or Money(self._back(trade), "CNY")).decimal)
        told = {"trade_status": trade.status, "total_amount": trade.total, "gmt_payment": trade.paid_at}
        told |= {"gmt_refund": "2026-11-21 13:00:00.123", "refund_fee": back, "out_biz_no": refund_id.hex}
        return self._notice(trade, told, notice_id=notice_id)

    def _notice(
        self,
        trade: Trade,
        told: dict[str, str],
        *,
        notice_id: str,
        at: datetime | None = None,
        is_forged: bool = False,
    ) -> Notice:
        given = {
            "notify_time": (at or clock.now()).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S"),
            "notify_type": "trade_status_sync",
            "notify_id": notice_id,
            "app_id": APPID,
            "seller_id": SELLER,
            "charset": "utf-8",
            "version": "1.0",
            "out_trade_no": trade.number,
            "trade_no": trade.trade_no,
            "subject": "茶 & more=1",
            **told,
        }
        text = "&".join(f"{name}={value}" for name, value in sorted(given.items()) if value)
        key = key_pair("somebody")[0] if is_forged else self._key
        body = urlencode({**given, "sign_type": "RSA2", "sign": _sign(key, text)}).encode()
        return Notice(self.gateway, body, "application/x-www-form-urlencoded; charset=utf-8")

    def _told(self, trade: Trade) -> dict[str, Any]:
        told = {"code": "10000", "out_trade_no": trade.number, "trade_no": trade.trade_no}
        told |= {"trade_status": trade.status, "total_amount": trade.total}
        return {**told, "send_pay_date": trade.paid_at} if trade.paid_at else told

    @staticmethod
    def _back(trade: Trade) -> int:
        return sum(_fen(amount) for amount in trade.refunds.values())


def _unknown() -> dict[str, Any]:
    return {"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST", "sub_msg": "交易不存在"}


def _fen(text: str) -> int:
    yuan, fen = text.split(".")
    return int(yuan) * 100 + int(fen)


def _sign(key: Any, text: str) -> str:
    return base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()


def _bill_row(trade: Trade, kind: str, amount: str, request: str) -> str:
    values = dict.fromkeys(BILL_COLUMNS, "")
    values |= {"支付宝交易号": trade.trade_no, "商户订单号": trade.number, "业务类型": kind, "商品名称": "茶"}
    values |= {"订单金额（元）": amount, "退款批次号/请求号": request}
    return ",".join(f"{values[column]}\t" for column in BILL_COLUMNS)
