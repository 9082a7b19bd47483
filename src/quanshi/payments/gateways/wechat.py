"""WeChat Pay v3 through `wechatpayv3`: JSAPI, H5, Native and App.

What the SDK leaves to its caller is done here: the age of a notification, whose account it is about, that an answer is
about what was asked, and that a forged serial number makes nobody call out. `wechat_wire` verifies refusals too.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from wechatpayv3 import WeChatPay, WeChatPayType

from quanshi.kernel import clock
from quanshi.kernel.errors import DomainError, InvalidInput
from quanshi.kernel.money import Money
from quanshi.payments.errors import (
    BadSignature,
    GatewayRefused,
    GatewayUnreachable,
    MoneyNotTaken,
    PayerNotKnown,
    RedirectRefused,
)
from quanshi.payments.gateways import wechat_bill, wechat_oauth, wechat_wire
from quanshi.payments.gateways.protocol import CHINA, TIMEOUT_SECONDS, reading
from quanshi.payments.gateways.wechat_payouts import WechatPayouts
from quanshi.payments.types import (
    Acknowledgement,
    AttemptView,
    BillLine,
    GatewayAnswer,
    Notification,
    NotificationKind,
    Outcome,
    Payer,
    PaymentRequest,
    PaymentStart,
    RefundDestination,
    RefundOrder,
    RefundTarget,
)

BASE_URL: Final = "https://api.mch.weixin.qq.com"
CURRENCY: Final = "CNY"
SUBJECT_BYTES: Final = 127
TYPES: Final[Mapping[str, WeChatPayType]] = {
    "wechat_native": WeChatPayType.NATIVE,
    "wechat_h5": WeChatPayType.H5,
    "wechat_jsapi": WeChatPayType.JSAPI,
    "wechat_app": WeChatPayType.APP,
}
# REFUND: it was paid, and some of it has gone back since; PAYERROR and USERPAYING may still end well
TRADES: Final[Mapping[str, Outcome]] = {
    "SUCCESS": Outcome.SUCCEEDED,
    "REFUND": Outcome.SUCCEEDED,
    "NOTPAY": Outcome.PENDING,
    "USERPAYING": Outcome.PENDING,
    "PAYERROR": Outcome.PENDING,
    "CLOSED": Outcome.FAILED,
    "REVOKED": Outcome.FAILED,
}
REFUNDS: Final[Mapping[str, Outcome]] = {
    "SUCCESS": Outcome.SUCCEEDED,
    "PROCESSING": Outcome.PENDING,
    "CLOSED": Outcome.FAILED,
    "ABNORMAL": Outcome.ABNORMAL,
}
REDIRECTS: Final[Mapping[RefundTarget, str]] = {
    RefundTarget.PAYER_CARD: "USER_BANK_CARD",
    RefundTarget.SHOP_ACCOUNT: "MERCHANT_BANK_CARD",
}
UNHEARD_OF: Final = frozenset({"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"})
REFUND_REFUSALS: Final = frozenset({"INVALID_REQUEST", "PARAM_ERROR", "RESOURCE_NOT_EXISTS", "USER_ACCOUNT_ABNORMAL"})
NOT_YET: Final = "NOT_ENOUGH"  # the merchant's balance: the same refund goes through once there is money


@dataclass(frozen=True, slots=True)
class WechatAccount:
    """A merchant's credentials; `public_key` is WeChat Pay's own, which replaces its platform certificates.

    `app_secret` is that of the official account `appid`: with it a payer in WeChat's own browser is recognised.
    """

    mchid: str
    appid: str
    cert_serial: str
    private_key: str
    apiv3_key: str
    public_key_id: str
    public_key: str
    splits: str = ""  # whether payments are held back until they are split: any text
    transfer_scene: str = ""  # what WeChat has let this merchant transfer for, and what it wants to hear about it
    transfer_report: str = ""
    base_url: str = BASE_URL
    app_secret: str = ""
    connect_url: str = wechat_oauth.CONNECT_URL
    api_url: str = wechat_oauth.API_URL
    timeout_seconds: float = TIMEOUT_SECONDS


class WechatGateway(WechatPayouts):
    def __init__(self, *, account: WechatAccount, channel: str) -> None:
        self._account = account
        self.name = channel
        self._type = TYPES[channel]

    def refusal(self, *, amount: Money, payer: Payer) -> DomainError | None:
        if amount.currency != CURRENCY:
            return MoneyNotTaken(gateway=self.name, amount=amount)
        if self._type is WeChatPayType.JSAPI and not payer.openid:
            return PayerNotKnown(gateway=self.name, missing="openid")
        if self._type is WeChatPayType.H5 and not payer.ip:
            return PayerNotKnown(gateway=self.name, missing="ip")
        return None

    def start(self, request: PaymentRequest) -> PaymentStart:
        status, answer = self._call(
            "pay",
            description=_cut(request.subject),
            out_trade_no=request.attempt_id.hex,
            amount={"total": request.amount.minor, "currency": request.amount.currency},
            time_expire=request.expires_at.astimezone(CHINA).isoformat(timespec="seconds"),
            notify_url=request.notify_url,
            payer={"openid": request.payer.openid} if self._type is WeChatPayType.JSAPI else None,
            scene_info={"payer_client_ip": request.payer.ip, "h5_info": {"type": "Wap"}}
            if self._type is WeChatPayType.H5
            else None,
            settle_info={"profit_sharing": True} if self._account.splits else None,
            pay_type=self._type,
        )
        if status != 200:  # noqa: PLR2004 - HTTP
            raise GatewayRefused(gateway=self.name, reason=_code(answer))
        with reading(self.name):
            return self._way(answer, request.return_url)

    def query(self, attempt: AttemptView) -> GatewayAnswer:
        status, answer = self._call("query", out_trade_no=attempt.id.hex)
        if status != 200:  # noqa: PLR2004 - HTTP
            return self._unheard(answer)
        if not self._is_ours(answer) or answer.get("out_trade_no") != attempt.id.hex:
            raise GatewayUnreachable(gateway=self.name, reason="an answer about another payment")
        with reading(self.name):
            return _payment(answer)

    def close(self, attempt: AttemptView) -> GatewayAnswer:
        """204 also for one that is closed already; a payment that slipped through is refused, and asked about."""
        status, _answer = self._call("close", out_trade_no=attempt.id.hex)
        outcome = Outcome.FAILED if status == 204 else Outcome.PENDING  # noqa: PLR2004 - HTTP
        return GatewayAnswer(outcome=outcome, gateway_reference="", amount=None, reason="closed")

    def refund(self, order: RefundOrder) -> GatewayAnswer:
        status, answer = self._call(
            "refund",
            out_refund_no=order.refund_id.hex,
            out_trade_no=order.attempt_id.hex,
            amount={"refund": order.amount.minor, "total": order.paid.minor, "currency": order.amount.currency},
            reason=order.reason[:80] or None,
            notify_url=order.notify_url,
        )
        if status == 200:  # noqa: PLR2004 - HTTP
            return self._refund(answer, order)
        if (code := _code(answer)) == NOT_YET:
            return GatewayAnswer(outcome=Outcome.PENDING, gateway_reference="", amount=None, reason=code)
        if code in REFUND_REFUSALS:
            return GatewayAnswer(outcome=Outcome.FAILED, gateway_reference="", amount=None, reason=code)
        raise GatewayUnreachable(gateway=self.name, reason=code)

    def query_refund(self, order: RefundOrder) -> GatewayAnswer:
        status, answer = self._call("query_refund", out_refund_no=order.refund_id.hex)
        return self._refund(answer, order) if status == 200 else self._unheard(answer)  # noqa: PLR2004 - HTTP

    def redirect_refund(self, order: RefundOrder, destination: RefundDestination) -> GatewayAnswer:
        is_card = destination.target is RefundTarget.PAYER_CARD
        status, answer = self._call(
            "abnormal_refund",
            refund_id=order.refund_reference,
            out_refund_no=order.refund_id.hex,
            type=REDIRECTS[destination.target],
            bank_type=f"{destination.bank}_DEBIT" if is_card else None,
            bank_account=destination.card_number if is_card else None,  # the SDK seals both for WeChat Pay alone
            real_name=destination.holder if is_card else None,
        )
        if status != 200:  # noqa: PLR2004 - HTTP
            raise RedirectRefused(gateway=self.name, reason=_code(answer))
        return self._refund(answer, order)

    def parse_notification(self, headers: Mapping[str, str], body: bytes) -> Notification:
        """A captured one sent again inside the window has the same id inside its signature, and an id counts once."""
        given = {name.lower(): value for name, value in headers.items()}
        if given.get("wechatpay-serial") != self._account.public_key_id:
            raise BadSignature(reason="signed with another key")
        if not wechat_wire.is_fresh(given.get("wechatpay-timestamp", "")):
            raise BadSignature(reason="outside the time window")
        try:
            read = self._sdk.callback(given, body)
        except Exception as error:  # noqa: BLE001 - the SDK raises bare exceptions for everything that does not fit
            raise BadSignature(reason=type(error).__name__) from None
        if not read or not isinstance(read.get("resource"), dict):
            raise BadSignature(reason="the signature does not fit")
        return self._notification(str(read["id"]), str(read.get("event_type")), read["resource"])

    def acknowledgement(self) -> Acknowledgement:
        return Acknowledgement(body=b'{"code": "SUCCESS"}', content_type="application/json")

    def bill(self, day: date) -> tuple[BillLine, ...]:
        status, answer = self._call("trade_bill", bill_date=day.isoformat())
        if status != 200:  # noqa: PLR2004 - HTTP
            if _code(answer) == "NO_STATEMENT_EXIST":
                return ()
            raise GatewayUnreachable(gateway=self.name, reason=_code(answer))
        with reading(self.name):
            _status, packed = self._raw("download_bill", url=answer["download_url"])
            return wechat_bill.read(packed, sha1=answer["hash_value"])

    def _notification(self, notification_id: str, event: str, resource: Mapping[str, Any]) -> Notification:
        if event.startswith("MCHTRANSFER."):
            return self._payout_hint(notification_id, resource)
        is_payment = event.startswith("TRANSACTION.")
        if not is_payment and not event.startswith("REFUND."):
            raise BadSignature(reason=f"an event that was not ordered: {event}")
        if resource.get("mchid") != self._account.mchid or (is_payment and not self._is_ours(resource)):
            raise BadSignature(reason="about another account")
        try:
            kind = NotificationKind.PAYMENT if is_payment else NotificationKind.REFUND
            subject_id = UUID(hex=resource["out_trade_no" if is_payment else "out_refund_no"])
            answer = _payment(resource) if is_payment else _refunded(resource, resource["refund_status"])
        except (KeyError, ValueError, TypeError, InvalidInput):
            raise BadSignature(reason="the body is malformed") from None
        return Notification(notification_id=notification_id, kind=kind, subject_id=subject_id, answer=answer)

    def _payout_hint(self, notification_id: str, resource: Mapping[str, Any]) -> Notification:
        """WeChat has ended a transfer: how, it is asked."""
        if self._account.mchid not in {resource.get("mch_id"), resource.get("mchid")}:
            raise BadSignature(reason="about another account")
        try:
            subject_id = UUID(hex=resource["out_bill_no"])
        except (KeyError, ValueError, TypeError):
            raise BadSignature(reason="the body is malformed") from None
        answer = GatewayAnswer(outcome=Outcome.PENDING, gateway_reference="", amount=None)
        return Notification(notification_id, NotificationKind.PAYOUT, subject_id, answer)

    def _is_ours(self, trade: Mapping[str, Any]) -> bool:
        return (trade.get("mchid"), trade.get("appid")) == (self._account.mchid, self._account.appid)

    def _refund(self, answer: Mapping[str, Any], order: RefundOrder) -> GatewayAnswer:
        if answer.get("out_refund_no") != order.refund_id.hex:
            raise GatewayUnreachable(gateway=self.name, reason="an answer about another refund")
        with reading(self.name):
            return _refunded(answer, answer["status"])

    def _unheard(self, answer: Mapping[str, Any]) -> GatewayAnswer:
        if (code := _code(answer)) not in UNHEARD_OF:
            raise GatewayUnreachable(gateway=self.name, reason=code)
        return GatewayAnswer(outcome=Outcome.UNKNOWN, gateway_reference="", amount=None, reason=code)

    def _way(self, answer: Mapping[str, Any], return_url: str) -> PaymentStart:
        """How the payer of this channel gets from the opened payment to WeChat."""
        if self._type is WeChatPayType.NATIVE:
            return PaymentStart(qr_text=answer["code_url"])
        if self._type is WeChatPayType.H5:
            return PaymentStart(redirect_url=f"{answer['h5_url']}&{urlencode({'redirect_url': return_url})}")
        timestamp, nonce, prepay_id = str(int(clock.now().timestamp())), secrets.token_hex(16), answer["prepay_id"]
        appid = self._account.appid
        if self._type is WeChatPayType.JSAPI:
            package = f"prepay_id={prepay_id}"
            return PaymentStart(
                parameters={
                    "appId": appid,
                    "timeStamp": timestamp,
                    "nonceStr": nonce,
                    "package": package,
                    "signType": "RSA",
                    "paySign": self._sdk.sign([appid, timestamp, nonce, package]),
                }
            )
        return PaymentStart(
            parameters={
                "appid": appid,
                "partnerid": self._account.mchid,
                "prepayid": prepay_id,
                "package": "Sign=WXPay",
                "noncestr": nonce,
                "timestamp": timestamp,
                "sign": self._sdk.sign([appid, timestamp, nonce, prepay_id]),
            }
        )

    def _call(self, operation: str, **arguments: Any) -> tuple[int, dict[str, Any]]:
        status, text = self._raw(operation, **arguments)
        if status >= 500 or status in {401, 429}:  # noqa: PLR2004 - HTTP
            raise GatewayUnreachable(gateway=self.name, reason=f"HTTP {status}")
        try:
            read = json.loads(text) if text else {}
        except ValueError:
            read = None
        if not isinstance(read, dict):
            raise GatewayUnreachable(gateway=self.name, reason=f"HTTP {status} without a readable answer")
        return status, read

    def _raw(self, operation: str, **arguments: Any) -> tuple[int, Any]:
        try:
            status, content = getattr(self._sdk, operation)(**arguments)
        except Exception as error:
            reason = str(error) if isinstance(error, wechat_wire.NotSigned) else type(error).__name__
            raise GatewayUnreachable(gateway=self.name, reason=reason) from error
        return int(status), content

    @cached_property
    def _sdk(self) -> WeChatPay:
        account = self._account
        sdk = WeChatPay(
            wechatpay_type=self._type,
            mchid=account.mchid,
            private_key=account.private_key,
            cert_serial_no=account.cert_serial,
            appid=account.appid,
            apiv3_key=account.apiv3_key,
            public_key=account.public_key,
            public_key_id=account.public_key_id,
            timeout=account.timeout_seconds,
        )
        core = wechat_wire.CheckedCore(
            mchid=account.mchid,
            cert_serial_no=account.cert_serial,
            private_key=account.private_key,
            apiv3_key=account.apiv3_key,
            timeout=account.timeout_seconds,
            public_key=account.public_key,
            public_key_id=account.public_key_id,
        )
        core._gate_way = account.base_url  # noqa: SLF001 - the SDK has no other way to reach WeChat's second site
        sdk._core = core  # noqa: SLF001 - nor one to be given another transport
        return sdk


def _payment(trade: Mapping[str, Any]) -> GatewayAnswer:
    amount = trade.get("amount") or {}
    return GatewayAnswer(
        # a state that is none of today's is no word at all
        outcome=TRADES.get(str(trade.get("trade_state")), Outcome.PENDING),
        gateway_reference=str(trade.get("transaction_id", "")),
        # `total` is what was asked for; `payer_total` lacks what WeChat's own coupons have paid
        amount=Money(amount["total"], amount.get("currency", CURRENCY)) if "total" in amount else None,
        reason=str(trade.get("trade_state_desc", "")),
    )


def _refunded(refund: Mapping[str, Any], status: str) -> GatewayAnswer:
    amount = refund["amount"]
    return GatewayAnswer(
        outcome=REFUNDS.get(status, Outcome.PENDING),
        gateway_reference=str(refund.get("refund_id", "")),
        amount=Money(amount["refund"], amount.get("currency", CURRENCY)),
        reason=status,
    )


def _code(answer: Mapping[str, Any]) -> str:
    return str(answer.get("code") or "an answer without a code")


def _cut(subject: str) -> str:
    return subject.encode()[:SUBJECT_BYTES].decode(errors="ignore")
