"""The part of each peer that pays out: once per number, with records that answer, misbehaving on demand."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from quanshi.kernel.money import Money
from quanshi.payments.types import PayoutReceiver


@dataclass
class Made:
    """One payment to somebody, in the desk's records."""

    number: str
    receiver: str
    minor: int
    currency: str
    state: str
    facts: dict[str, Any] = field(default_factory=dict)
    reference: str = field(default_factory=lambda: secrets.token_hex(12))


class PayoutDesk:
    receiver: PayoutReceiver
    pending: str = ""  # the state in which it begins
    done: str

    def __init__(self) -> None:
        self.made: dict[str, Made] = {}
        self.is_refusing = False
        self.is_poor = False
        self.is_slow_to_record = False  # it is done before the records that answer know of it
        self.is_refusing_what_it_did = False
        self.told_minor: int | None = None  # what the records say instead of what was paid

    def settle(self) -> None:
        """Everything that was begun has arrived."""
        for made in self.made.values():
            made.state = self.done

    def paid(self) -> list[tuple[str, Money]]:
        return [(made.receiver, Money(made.minor, made.currency)) for made in self.made.values()]

    def _record(self, made: Made) -> tuple[Made, bool]:
        """The record of its number, and whether it says the same."""
        known = self.made.setdefault(made.number, made)
        return known, (known.receiver, known.minor) == (made.receiver, made.minor)

    def _found(self, number: str) -> Made | None:
        return None if self.is_slow_to_record else self.made.get(number)

    def _told(self, made: Made) -> int:
        return made.minor if self.told_minor is None else self.told_minor


Answer = tuple[int, dict[str, Any]]


class WechatDesk(PayoutDesk):
    """/v3/fund-app/mch-transfer and /v3/profitsharing."""

    receiver = PayoutReceiver(account="o-shop-owner", name="周一")
    merchant = PayoutReceiver(account="1900000110", name="茶铺有限公司")
    pending, done = "WAIT_USER_CONFIRM", "SUCCESS"

    def __init__(self, *, key: Any, mchid: str, appid: str) -> None:
        super().__init__()
        self._key, self._mchid, self._appid = key, mchid, appid
        self.receivers: dict[str, str] = {}  # account -> name
        self.splits: dict[str, Made] = {}
        self.returns: dict[str, Made] = {}
        self.released: list[str] = []
        self.held_back: dict[str, int] = {}  # what each transaction still has to split

    def answer(self, method: str, path: str, query: Mapping[str, str], body: dict[str, Any]) -> Answer | None:
        """None for a path that is none of this desk's."""
        routes = {
            "/v3/fund-app/mch-transfer/transfer-bills": self._transfer,
            "/v3/profitsharing/receivers/add": self._add,
            "/v3/profitsharing/orders/unfreeze": self._unfreeze,
            "/v3/profitsharing/orders": self._split,
            "/v3/profitsharing/return-orders": self._return,
        }
        if method == "POST" and path in routes:
            return routes[path](body)
        folder, _, number = path.rpartition("/")
        records: dict[str, tuple[Mapping[str, Made], str, Callable[[Made], dict[str, Any]]]] = {
            "/v3/fund-app/mch-transfer/transfer-bills/out-bill-no": (self.made, "", self._bill),
            "/v3/profitsharing/orders": (self.splits, "transaction_id", self._shares),
            "/v3/profitsharing/return-orders": (self.returns, "out_order_no", self._back),
        }
        if method != "GET" or folder not in records:
            return None
        known, of, tell = records[folder]
        made = None if self.is_slow_to_record else known.get(number)
        if made is None or (of and made.facts[of] != query[of]):
            return 404, {"code": "NOT_FOUND" if known is self.made else "RESOURCE_NOT_EXISTS"}
        return 200, tell(made)

    def unsealed(self, text: str) -> str:
        sealing = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303
        return str(self._key.decrypt(base64.b64decode(text), sealing).decode())

    def _transfer(self, body: dict[str, Any]) -> Answer:
        wrong = [
            body["appid"] != self._appid,
            not re.fullmatch(r"[0-9A-Za-z]{1,32}", body["out_bill_no"]),
            type(body["transfer_amount"]) is not int,
            not body["transfer_scene_report_infos"],
            not 1 <= len(body["transfer_remark"]) <= 32,
            not str(body["notify_url"]).startswith("http"),
            body["transfer_amount"] >= 200_000 and not body.get("user_name"),
            bool(body.get("user_name")) and self.unsealed(body["user_name"]) != self.receiver.name,
        ]
        if any(wrong) or self.is_refusing:
            return 400, {"code": "PARAM_ERROR", "message": str(wrong)}
        if self.is_poor:
            return 403, {"code": "NOT_ENOUGH"}
        asked = Made(body["out_bill_no"], body["openid"], body["transfer_amount"], "CNY", self.pending, facts=body)
        made, is_same = self._record(asked)
        if not is_same:
            return 400, {"code": "ALREADY_EXISTS"}
        if self.is_refusing_what_it_did:
            return 400, {"code": "INVALID_REQUEST", "message": "the answer of a machine that did not know"}
        told = {"out_bill_no": made.number, "transfer_bill_no": made.reference, "state": made.state}
        return 200, {**told, "create_time": "2026-11-22T10:00:00+08:00", "package_info": f"package {made.number}"}

    def _bill(self, made: Made) -> dict[str, Any]:
        told = {"mch_id": self._mchid, "out_bill_no": made.number, "transfer_bill_no": made.reference}
        told |= {"appid": self._appid, "state": made.state, "openid": made.receiver}
        if made.state == "FAIL":
            told["fail_reason"] = "PAYEE_ACCOUNT_ABNORMAL"
        return {**told, "transfer_amount": self._told(made), "transfer_remark": made.facts["transfer_remark"]}

    def _add(self, body: dict[str, Any]) -> Answer:
        name = self.unsealed(body["name"]) if body.get("name") else ""
        is_merchant = body["type"] == "MERCHANT_ID"
        if body["appid"] != self._appid or (is_merchant and name != self.merchant.name):
            return 400, {"code": "INVALID_REQUEST", "message": "no such merchant"}
        self.receivers[body["account"]] = name
        return 200, {"type": body["type"], "account": body["account"], "relation_type": body["relation_type"]}

    def _split(self, body: dict[str, Any]) -> Answer:
        (share,) = body["receivers"]
        assert body["unfreeze_unsplit"] is False
        number, transaction = body["out_order_no"], body["transaction_id"]
        if share["account"] not in self.receivers:
            return 400, {"code": "INVALID_REQUEST", "message": "not a receiver yet"}
        if share.get("name") and self.unsealed(share["name"]) != self.receivers[share["account"]]:
            return 400, {"code": "INVALID_REQUEST", "message": "another name"}
        if number not in self.splits:
            if share["amount"] > self.held_back.get(transaction, 0):
                return 403, {"code": "NOT_ENOUGH", "message": "more than is held back"}
            self.held_back[transaction] -= share["amount"]
            facts = {**share, "transaction_id": transaction}
            self.splits[number] = Made(number, share["account"], share["amount"], "CNY", "SUCCESS", facts=facts)
        made = self.splits[number]
        told = {"transaction_id": transaction, "out_order_no": number, "order_id": made.reference}
        return 200, {**told, "state": "PROCESSING"}

    def _shares(self, made: Made) -> dict[str, Any]:
        share = {"type": made.facts["type"], "account": made.receiver, "result": made.state}
        share |= {"amount": self._told(made), "description": made.facts["description"]}
        if made.state == "CLOSED":
            share["fail_reason"] = "RECEIVER_REAL_NAME_NOT_VERIFIED"
        told = {"transaction_id": made.facts["transaction_id"], "out_order_no": made.number, "state": "FINISHED"}
        return {**told, "order_id": made.reference, "receivers": [share]}

    def _return(self, body: dict[str, Any]) -> Answer:
        split = self.splits.get(body["out_order_no"])
        if split is None or split.receiver != body["return_mchid"]:
            return 404, {"code": "RESOURCE_NOT_EXISTS"}
        if self.is_poor:
            return 403, {"code": "NOT_ENOUGH"}
        number = body["out_return_no"]
        back = sum(made.minor for made in self.returns.values() if made.facts["out_order_no"] == split.number)
        if number not in self.returns and back + body["amount"] > split.minor:
            return 400, {"code": "INVALID_REQUEST", "message": "more than was split"}
        asked = Made(number, split.receiver, body["amount"], "CNY", "SUCCESS", facts=body)
        made = self.returns.setdefault(number, asked)
        return 200, {**self._back(made), "result": "PROCESSING"}

    def _back(self, made: Made) -> dict[str, Any]:
        told = {"out_order_no": made.facts["out_order_no"], "out_return_no": made.number, "return_id": made.reference}
        return {**told, "return_mchid": made.receiver, "amount": self._told(made), "result": made.state}

    def _unfreeze(self, body: dict[str, Any]) -> Answer:
        if body["transaction_id"] not in self.held_back:
            return 400, {"code": "INVALID_REQUEST", "message": "not a payment that is held back"}
        self.held_back[body["transaction_id"]] = 0
        self.released.append(body["out_order_no"])
        return 200, {
            "transaction_id": body["transaction_id"],
            "out_order_no": body["out_order_no"],
            "state": "FINISHED",
        }


class AlipayDesk(PayoutDesk):
    """alipay.fund.trans.uni.transfer and alipay.fund.trans.common.query."""

    receiver = PayoutReceiver(account="shop@example.com", name="周一")
    pending = done = "SUCCESS"

    def transfer(self, content: dict[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
        payee = content["payee_info"]
        if not (given.get("app_cert_sn") and given.get("alipay_root_cert_sn")):
            return {"code": "40006", "sub_code": "isv.missing-signature-config"}
        product = (content["product_code"], content["biz_scene"], payee["identity_type"])
        wrong = product != ("TRANS_ACCOUNT_NO_PWD", "DIRECT_TRANSFER", "ALIPAY_LOGON_ID")
        if wrong or payee.get("name") != self.receiver.name or not content["order_title"] or self.is_refusing:
            return {"code": "40004", "sub_code": "PAYEE_USER_INFO_ERROR"}
        if self.is_poor:
            return {"code": "40004", "sub_code": "PAYER_BALANCE_NOT_ENOUGH"}
        yuan, fen = content["trans_amount"].split(".")
        minor = int(yuan) * 100 + int(fen)
        made, is_same = self._record(Made(content["out_biz_no"], payee["identity"], minor, "CNY", self.done))
        if not is_same:
            return {"code": "40004", "sub_code": "REQUEST_PROCESSING"}
        if self.is_refusing_what_it_did:
            return {"code": "40004", "sub_code": "INVALID_PARAMETER"}
        told = {"out_biz_no": made.number, "order_id": made.reference, "status": "SUCCESS"}
        return {"code": "10000", **told, "trans_date": "2026-11-22 10:00:00"}

    def query(self, content: dict[str, Any], *, is_other: bool) -> dict[str, Any]:
        made = self._found(content["out_biz_no"])
        if made is None:
            return {"code": "40004", "sub_code": "ORDER_NOT_EXIST"}
        told = {"out_biz_no": "f" * 32 if is_other else made.number, "order_id": made.reference, "status": made.state}
        return {"code": "10000", **told, "trans_amount": str(Money(self._told(made), "CNY").decimal)}


class StripeDesk(PayoutDesk):
    """/v1/transfers of a Connect platform."""

    receiver = PayoutReceiver(account="acct_1ShopOfTea")
    pending = done = "done"

    def create(self, given: dict[str, str]) -> Answer:
        if not given["destination"].startswith("acct_") or not given["currency"].islower() or self.is_refusing:
            return 400, {"code": "resource_missing"}
        if self.is_poor:
            return 400, {"code": "balance_insufficient"}
        group, minor = given["transfer_group"], int(given["amount"])
        # Stripe itself makes another transfer under another idempotency key, whatever the group says
        number = group if group not in self.made else f"{group} again"
        made = self.made[number] = Made(
            group, given["destination"], minor, given["currency"].upper(), self.done, reference=f"tr_{number[-8:]}"
        )
        return (400, {"code": "parameter_unknown"}) if self.is_refusing_what_it_did else (200, self._transfer(made))

    def rows(self, group: str) -> list[dict[str, Any]]:
        return [
            self._transfer(made) for made in self.made.values() if made.number == group and not self.is_slow_to_record
        ]

    def _transfer(self, made: Made) -> dict[str, Any]:
        told = {"id": made.reference, "object": "transfer", "currency": made.currency.lower(), "reversed": False}
        back = made.minor if made.state == "reversed" else 0
        told |= {"destination": made.receiver, "transfer_group": made.number, "amount_reversed": back}
        return {**told, "amount": self._told(made)}
