"""WeChat Pay v3 as its public documentation describes it: direct merchant, public-key mode."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from quanshi.kernel import clock
from quanshi.kernel.money import Money
from quanshi.payments.types import AttemptView, BillLine, PaymentStart
from tests.support.payout_desk import WechatDesk
from tests.support.peer import TIMEOUT_SECONDS, Call, Notice, Peer, Reply, Trouble, key_pair
from tests.support.wechat_identity import PATHS, SECRET, WechatIdentity
from tests.support.wechat_records import APPID, MCHID, Refund, Trade, bill_text, text_of_lines

SERIAL = "7C0FFEE0"
APIV3_KEY = "0123456789abcdef0123456789abcdef"
KEY_ID = "PUB_KEY_ID_0119000001092026"
AUTHORIZATION = re.compile(
    r'WECHATPAY2-SHA256-RSA2048 mchid="(.+?)",nonce_str="(.+?)",signature="(.+?)",timestamp="(.+?)",serial_no="(.+?)"'
)


class WechatPeer(Peer):
    name, gateway, price = "wechat", "wechat_native", Money(12900, "CNY")
    payouts: WechatDesk
    paths: ClassVar = {"native": "NATIVE", "h5": "MWEB", "jsapi": "JSAPI", "app": "APP"}

    def __init__(self) -> None:
        super().__init__()
        self.trades: dict[str, Trade] = {}
        self.refunds: dict[str, Refund] = {}
        self.identity = WechatIdentity()
        self.bill_lines: Sequence[BillLine] | None = None  # what the bill says, where it is not what happened here
        self.balance_minor = 10**9
        self.takes_money = True  # the account that was paid from
        self.forges_refusals = False  # somebody in between answers whatever is refused
        self.age_of_answers = timedelta()  # as if it were recorded and played again
        self._nonces: set[str] = set()
        self._merchant = key_pair("wechat merchant")
        self._key, _, public = key_pair("wechat pay")
        self.payouts = WechatDesk(key=self._key, mchid=MCHID, appid=APPID)
        self.account = {
            "mchid": MCHID,
            "appid": APPID,
            "cert_serial": SERIAL,
            "private_key": self._merchant[1],
            "apiv3_key": APIV3_KEY,
            "public_key_id": KEY_ID,
            "public_key": public,
            "splits": "yes",
            "transfer_scene": "1009",
            "transfer_report": "采购商品名称=茶叶",
            "base_url": self.url,
            "app_secret": SECRET,
            "connect_url": self.url,
            "api_url": self.url,
            "timeout_seconds": TIMEOUT_SECONDS,
        }

    # what the merchant calls

    def handle(self, call: Call) -> Reply:  # noqa: PLR0911 - one line a path
        if call.path in PATHS:
            return self.identity.handle(call)
        if (wrong := self._wrong_signature(call)) is not None:
            self.refused.append(wrong)
            return self._reply(401, {"code": "SIGN_ERROR", "message": wrong})
        body = json.loads(call.body) if call.body else {}
        if (paid_out := self.payouts.answer(call.method, call.path, call.query, body)) is not None:
            return self._paid_out(*paid_out)
        parts = call.path.strip("/").split("/")
        if call.path.startswith("/v3/pay/transactions/out-trade-no/"):
            if parts[-1] == "close":
                return self._close(parts[-2])
            return self._trade(parts[-1])
        if call.path.startswith("/v3/pay/transactions/"):
            return self._open(parts[-1], body)
        if parts[:4] == ["v3", "refund", "domestic", "refunds"]:
            return self._refunds(parts[4:], body)
        if call.path == "/v3/bill/tradebill":
            return self._bill()
        if call.path == "/v3/billdownload/file":
            return Reply(200, gzip.compress(self.bill_text().encode()), {"Content-Type": "application/octet-stream"})
        return self._reply(404, {"code": "NO_SUCH_PATH"})

    def _paid_out(self, status: int, answer: dict[str, Any]) -> Reply:
        if self.trouble is Trouble.OTHER_ANSWER:
            numbers = {"out_bill_no", "out_order_no", "out_return_no"}
            answer = {name: "f" * 32 if name in numbers else value for name, value in answer.items()}
        if self.trouble is Trouble.OTHER_FORM:
            answer = {name: value for name, value in answer.items() if name not in {"transfer_amount", "receivers"}}
        return self._reply(status, answer)

    def transfer_notice(self, payout_id: UUID, *, notice_id: str = "t1", mchid: str = MCHID) -> Notice:
        """WeChat tells of a transfer that has ended."""
        made = self.payouts.made[payout_id.hex]
        told = {"mch_id": mchid, "out_bill_no": made.number, "transfer_bill_no": made.reference, "state": made.state}
        return self._notice("MCHTRANSFER.BILL.FINISHED", {**told, "transfer_amount": made.minor}, notice_id=notice_id)

    def _wrong_signature(self, call: Call) -> str | None:
        read = AUTHORIZATION.fullmatch(call.headers.get("authorization", ""))
        if read is None:
            return "no authorization"
        mchid, nonce, signature, timestamp, serial = read.groups()
        if (mchid, serial) != (MCHID, SERIAL) or abs(time.time() - int(timestamp)) > 300 or nonce in self._nonces:
            return "another merchant, too old, or a nonce again"
        self._nonces.add(nonce)
        message = f"{call.method}\n{call.target}\n{timestamp}\n{nonce}\n{call.body.decode()}\n".encode()
        try:
            self._merchant[0].public_key().verify(
                base64.b64decode(signature), message, padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature:
            return "the signature does not fit"
        return None

    def _open(self, kind: str, body: dict[str, Any]) -> Reply:
        amount = body["amount"]
        wrong = [
            (body["mchid"], body["appid"]) != (MCHID, APPID),
            not re.fullmatch(r"[0-9A-Za-z_\-*]{6,32}", body["out_trade_no"]),
            len(body["description"].encode()) > 127 or not body["description"],
            type(amount["total"]) is not int or amount["total"] < 1 or amount["currency"] != "CNY",
            kind == "jsapi" and not body.get("payer", {}).get("openid"),
            kind == "h5" and not body.get("scene_info", {}).get("payer_client_ip"),
            datetime.fromisoformat(body["time_expire"]) <= datetime.now(UTC),
        ]
        if any(wrong):
            self.refused.append(f"{kind} {wrong}")
            return self._reply(400, {"code": "PARAM_ERROR", "message": str(wrong)})
        trade = self.trades.setdefault(
            body["out_trade_no"], Trade(body["out_trade_no"], kind, amount["total"], body["notify_url"], body=body)
        )
        if (trade.kind, trade.minor) != (kind, amount["total"]):
            return self._reply(400, {"code": "INVALID_REQUEST", "message": "the same number with other content"})
        if trade.state != "NOTPAY":
            return self._reply(400, {"code": "ORDERPAID" if trade.state == "SUCCESS" else "ORDER_CLOSED"})
        answers = {
            "native": {"code_url": f"weixin://wxpay/bizpayurl?pr={trade.number}"},
            "h5": {
                "h5_url": f"https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id={trade.number}&package=1"
            },
        }
        return self._reply(200, answers.get(kind, {"prepay_id": f"wx{trade.number}"}))

    def _trade(self, number: str) -> Reply:
        if self.trouble is Trouble.OTHER_ANSWER:
            other = Trade("f" * 32, "native", self.price.minor, "", state="SUCCESS")
            return self._reply(200, self._told_trade(other))
        trade = self.trades.get(number)
        if trade is None:
            return self._reply(404, {"code": "ORDER_NOT_EXIST", "message": "no such order"})
        return self._reply(200, self._told_trade(trade))

    def _close(self, number: str) -> Reply:
        trade = self.trades[number]
        if trade.state == "SUCCESS":
            return self._reply(400, {"code": "ORDER_PAID", "message": "this order is paid"})
        trade.state = "CLOSED"
        return self._reply(204, None)

    def _refunds(self, rest: list[str], body: dict[str, Any]) -> Reply:
        if not rest:
            return self._refund(body)
        if rest[1:] == ["apply-abnormal-refund"]:
            return self._send_elsewhere(rest[0], body)
        refund = self.refunds.get(rest[0])
        missing = {"code": "RESOURCE_NOT_EXISTS", "message": "no such refund"}
        return self._reply(404, missing) if refund is None else self._reply(200, self._told(refund))

    def _refund(self, body: dict[str, Any]) -> Reply:
        trade, amount = self.trades.get(body["out_trade_no"]), body["amount"]
        if trade is None or trade.state not in {"SUCCESS", "REFUND"}:
            return self._reply(404, {"code": "RESOURCE_NOT_EXISTS", "message": "no such order"})
        known = self.refunds.get(body["out_refund_no"])
        if known is not None:
            same = known.minor == amount["refund"]
            return self._reply(200, self._told(known)) if same else self._reply(400, {"code": "INVALID_REQUEST"})
        spent = sum(refund.minor for refund in self.refunds.values() if refund.trade is trade)
        if amount["total"] != trade.minor or spent + amount["refund"] > trade.minor:
            return self._reply(400, {"code": "INVALID_REQUEST", "message": "more than was paid"})
        if amount["refund"] > self.balance_minor:
            return self._reply(403, {"code": "NOT_ENOUGH", "message": "the balance is too low"})
        refund = self.refunds[body["out_refund_no"]] = Refund(body["out_refund_no"], trade, amount["refund"])
        trade.state = "REFUND"
        answer = self._told(refund)
        # the money is on its way: who asks later hears that it has arrived, or that it could not
        refund.status = "SUCCESS" if self.takes_money else "ABNORMAL"
        return self._reply(200, answer)

    def _send_elsewhere(self, refund_id: str, body: dict[str, Any]) -> Reply:
        refund = next((known for known in self.refunds.values() if known.refund_id == refund_id), None)
        if refund is None or refund.number != body["out_refund_no"]:
            return self._reply(404, {"code": "RESOURCE_NOT_EXISTS", "message": "no such refund"})
        if refund.status != "ABNORMAL":
            return self._reply(400, {"code": "INVALID_REQUEST", "message": "this refund is not abnormal"})
        decided = {"type": body["type"]}
        if body["type"] == "USER_BANK_CARD":
            decided |= {"bank_type": body["bank_type"]}
            decided |= {name: self._unsealed(body[name]) for name in ("bank_account", "real_name")}
            if decided["bank_account"].startswith("0"):
                return self._reply(400, {"code": "PARAM_ERROR", "message": "no such card"})
        refund.sent_to, refund.status = decided, "PROCESSING"
        answer = self._told(refund)
        refund.status = "SUCCESS"
        return self._reply(200, answer)

    def _unsealed(self, text: str) -> str:
        """What was sealed for WeChat Pay's own key: RSA-OAEP with SHA-1, as it asks for."""
        sealing = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303
        return self._key.decrypt(base64.b64decode(text), sealing).decode()

    def _bill(self) -> Reply:
        digest = hashlib.sha1(self.bill_text().encode(), usedforsecurity=False).hexdigest()
        url = f"{self.url}/v3/billdownload/file?token=t1"
        return self._reply(200, {"hash_type": "SHA1", "hash_value": digest, "download_url": url})

    def bill_text(self) -> str:
        """The day's trade bill of everything that was paid and refunded."""
        if self.bill_lines is not None:
            return text_of_lines(self.bill_lines)
        return bill_text(self.trades.values(), self.refunds.values())

    # what the payer and WeChat do

    def pay(self, attempt: AttemptView, start: PaymentStart) -> None:
        trade = self.trades[attempt.id.hex]
        given = start.parameters or {}
        way = f"{start.qr_text}{start.redirect_url}{given.get('package', '')}{given.get('prepayid', '')}"
        assert trade.number in way
        assert trade.state == "NOTPAY"
        trade.state = "SUCCESS"

    def take(self, attempt_id: UUID, minor: int) -> None:
        """It was paid here, whoever opened it."""
        self.trades[attempt_id.hex] = Trade(attempt_id.hex, "native", minor, "", state="SUCCESS")

    def is_payable(self, attempt_id: UUID) -> bool:
        trade = self.trades.get(attempt_id.hex)
        return trade is not None and trade.state == "NOTPAY"

    def refund_count(self) -> int:
        return len(self.refunds)

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
        trade = self.trades.get(attempt_id.hex) or Trade(attempt_id.hex, "native", self.price.minor, "")
        told = {**self._told_trade(trade), "trade_state": "SUCCESS" if is_paid else "CLOSED", **(changes or {})}
        if amount is not None:
            told["amount"] = {"total": amount.minor, "currency": amount.currency}
        return self._notice("TRANSACTION.SUCCESS", told, notice_id=notice_id, at=at, is_forged=is_forged)

    def refund_notice(
        self, refund_id: UUID, *, notice_id: str = "r1", amount: Money | None = None, status: str = "SUCCESS"
    ) -> Notice:
        refund = self.refunds[refund_id.hex]
        told = {name: value for name, value in self._told(refund).items() if name != "status"}
        told |= {"mchid": MCHID, "refund_status": status}
        if amount is not None:
            told["amount"] = {"total": refund.trade.minor, "refund": amount.minor}
        return self._notice(f"REFUND.{status}", told, notice_id=notice_id)

    def _notice(
        self,
        event: str,
        resource: dict[str, Any],
        *,
        notice_id: str,
        at: datetime | None = None,
        is_forged: bool = False,
        apiv3_key: str = APIV3_KEY,
    ) -> Notice:
        nonce = secrets.token_hex(6)
        sealed = AESGCM(apiv3_key.encode()).encrypt(nonce.encode(), json.dumps(resource).encode(), b"transaction")
        body = json.dumps(
            {
                "id": notice_id,
                "create_time": "2026-11-21T12:00:00+08:00",
                "resource_type": "encrypt-resource",
                "event_type": event,
                "summary": "支付成功",
                "resource": {
                    "original_type": "transaction",
                    "algorithm": "AEAD_AES_256_GCM",
                    "ciphertext": base64.b64encode(sealed).decode(),
                    "associated_data": "transaction",
                    "nonce": nonce,
                },
            }
        ).encode()
        key = key_pair("somebody")[0] if is_forged else self._key
        headers = self._signed(body, stamp=int((at or clock.now()).timestamp()), key=key)
        return Notice(self.gateway, body, "application/json", headers)

    def _told_trade(self, trade: Trade) -> dict[str, Any]:
        return {
            "mchid": MCHID,
            "appid": APPID,
            "out_trade_no": trade.number,
            "transaction_id": "" if trade.state == "NOTPAY" else trade.transaction_id,
            "trade_type": self.paths[trade.kind],
            "trade_state": trade.state,
            "trade_state_desc": trade.state,
            "amount": {"total": trade.minor, "payer_total": trade.minor, "currency": "CNY", "payer_currency": "CNY"},
        }

    def _told(self, refund: Refund) -> dict[str, Any]:
        is_other = self.trouble is Trouble.OTHER_ANSWER
        return {
            "refund_id": refund.refund_id,
            "out_refund_no": "f" * 32 if is_other else refund.number,
            "transaction_id": refund.trade.transaction_id,
            "out_trade_no": refund.trade.number,
            "status": refund.status,
            "amount": {"total": refund.trade.minor, "refund": refund.minor, "currency": "CNY"},
        }

    def _reply(self, status: int, answer: dict[str, Any] | None) -> Reply:
        if answer is not None and self.trouble is Trouble.OTHER_FORM:
            answer = {**answer, "amount": {"total": "129.00"}}
        body = b"" if answer is None else json.dumps(answer).encode()
        is_forged = self.trouble is Trouble.FORGED_ANSWER or (self.forges_refusals and status >= 400)
        key = key_pair("somebody")[0] if is_forged else self._key
        headers = self._signed(body, stamp=int((clock.now() - self.age_of_answers).timestamp()), key=key)
        return Reply(status, body, {**headers, "Content-Type": "application/json; charset=utf-8"})

    @staticmethod
    def _signed(body: bytes, *, stamp: int, key: Any) -> dict[str, str]:
        nonce = secrets.token_hex(16)
        message = f"{stamp}\n{nonce}\n{body.decode()}\n".encode()
        signature = base64.b64encode(key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()
        return {
            "Wechatpay-Timestamp": str(stamp),
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": KEY_ID,
            "Wechatpay-Signature": signature,
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        }
