"""Alipay: page, WAP and app payments, which are signed redirects, and the calls about them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import httpx

from quanshi.kernel import clock
from quanshi.kernel.errors import DomainError, InvalidInput
from quanshi.kernel.money import Money, parse_money
from quanshi.payments.errors import BadSignature, GatewayUnreachable, MoneyNotTaken
from quanshi.payments.gateways import alipay_bill, alipay_wire
from quanshi.payments.gateways.alipay_payouts import AlipayPayouts
from quanshi.payments.gateways.protocol import TIMEOUT_SECONDS, reading
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
    RefundOrder,
)

BASE_URL: Final = "https://openapi.alipay.com/gateway.do"
CURRENCY: Final = "CNY"
WINDOW_SECONDS: Final = 26 * 3600  # Alipay repeats a notification for 25 hours; what is older was kept by somebody
PRODUCTS: Final[Mapping[str, tuple[str, str]]] = {  # the method and the product of each channel
    "alipay_page": ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
    "alipay_wap": ("alipay.trade.wap.pay", "QUICK_WAP_WAY"),
    "alipay_app": ("alipay.trade.app.pay", "QUICK_MSECURITY_PAY"),
}
DONE: Final = "10000"
UNHEARD_OF: Final = "ACQ.TRADE_NOT_EXIST"
NOT_YET: Final = "ACQ.SELLER_BALANCE_NOT_ENOUGH"  # the same refund goes through once there is money
REFUND_REFUSALS: Final = frozenset(
    {
        "ACQ.TRADE_NOT_EXIST",
        "ACQ.TRADE_STATUS_ERROR",
        "ACQ.TRADE_HAS_FINISHED",
        "ACQ.TRADE_NOT_ALLOW_REFUND",
        "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
        "ACQ.REASON_TRADE_REFUND_FEE_ERR",
        "ACQ.DISCORDANT_REPEAT_REQUEST",
        "ACQ.INVALID_PARAMETER",
    }
)


@dataclass(frozen=True, slots=True)
class AlipayAccount:
    appid: str
    seller_id: str
    private_key: str
    public_key: str
    app_cert_sn: str = ""  # the numbers of the certificates, for an application that signs with one
    root_cert_sn: str = ""
    base_url: str = BASE_URL
    timeout_seconds: float = TIMEOUT_SECONDS


class AlipayGateway(AlipayPayouts):
    def __init__(self, *, account: AlipayAccount, channel: str) -> None:
        self._account = account
        self.name = channel
        self._keys = alipay_wire.Keys(private_key=account.private_key, alipay_public_key=account.public_key)

    def refusal(self, *, amount: Money, payer: Payer) -> DomainError | None:  # noqa: ARG002 - whoever pays signs in there
        return MoneyNotTaken(gateway=self.name, amount=amount) if amount.currency != CURRENCY else None

    def start(self, request: PaymentRequest) -> PaymentStart:
        """A signed redirect, or for the app a signed order: no call is made."""
        method, product = PRODUCTS[self.name]
        content = {
            "out_trade_no": request.attempt_id.hex,
            "total_amount": str(request.amount.decimal),
            "subject": request.subject,
            "product_code": product,
            "time_expire": alipay_wire.stamp(request.expires_at),
        }
        places = {"notify_url": request.notify_url}
        if self.name != "alipay_app":
            places["return_url"] = request.return_url
        order = alipay_wire.signed(self._parameters(method, content, places), self._keys)
        if self.name == "alipay_app":
            return PaymentStart(parameters={"orderString": order})
        return PaymentStart(redirect_url=f"{self._account.base_url}?{order}")

    def query(self, attempt: AttemptView) -> GatewayAnswer:
        answer = self._call("alipay.trade.query", {"out_trade_no": attempt.id.hex})
        if answer.get("code") != DONE:
            return self._unheard(answer)
        self._check_about(answer, attempt.id)
        with reading(self.name):
            return _payment(answer, is_paid=bool(answer.get("send_pay_date")))

    def close(self, attempt: AttemptView) -> GatewayAnswer:
        answer = self._call("alipay.trade.close", {"out_trade_no": attempt.id.hex})
        is_closed = answer.get("code") == DONE
        if is_closed:
            self._check_about(answer, attempt.id)
        outcome = Outcome.FAILED if is_closed else Outcome.PENDING
        return GatewayAnswer(outcome=outcome, gateway_reference="", amount=None, reason="closed")

    def refund(self, order: RefundOrder) -> GatewayAnswer:
        """Alipay answers with the sum of all refunds so far, and with none for a repeated one: it is asked for this."""
        answer = self._call(
            "alipay.trade.refund",
            {
                "out_trade_no": order.attempt_id.hex,
                "out_request_no": order.refund_id.hex,
                "refund_amount": str(order.amount.decimal),
                "refund_reason": order.reason,
            },
        )
        if answer.get("code") != DONE:
            reason = _code(answer)
            if reason not in {NOT_YET, *REFUND_REFUSALS}:
                raise GatewayUnreachable(gateway=self.name, reason=reason)
            outcome = Outcome.PENDING if reason == NOT_YET else Outcome.FAILED
            return GatewayAnswer(outcome=outcome, gateway_reference="", amount=None, reason=reason)
        asked = self.query_refund(order)
        if asked.outcome is Outcome.UNKNOWN:  # taken, and not yet in the records that answer
            return GatewayAnswer(outcome=Outcome.PENDING, gateway_reference="", amount=None)
        return asked

    def query_refund(self, order: RefundOrder) -> GatewayAnswer:
        answer = self._call(
            "alipay.trade.fastpay.refund.query",
            {"out_trade_no": order.attempt_id.hex, "out_request_no": order.refund_id.hex},
        )
        if answer.get("code") != DONE:
            return self._unheard(answer)
        # "10000" says that the question was answered; only the status says that money went back
        if answer.get("refund_status") != "REFUND_SUCCESS":
            return GatewayAnswer(outcome=Outcome.UNKNOWN, gateway_reference="", amount=None)
        self._check_about(answer, order.attempt_id)
        if answer.get("out_request_no") != order.refund_id.hex:
            raise GatewayUnreachable(gateway=self.name, reason="an answer about another refund")
        with reading(self.name):
            return GatewayAnswer(
                outcome=Outcome.SUCCEEDED,
                gateway_reference=str(answer.get("trade_no", "")),
                amount=parse_money(str(answer["refund_amount"]), CURRENCY),
            )

    def parse_notification(self, headers: Mapping[str, str], body: bytes) -> Notification:  # noqa: ARG002 - all is in the body
        """Alipay tells of a refund by the payment's own notification, with the sum of all refunds: a hint to ask."""
        given = alipay_wire.read_notification(body, self._keys)
        if (given.get("app_id"), given.get("seller_id")) != (self._account.appid, self._account.seller_id):
            raise BadSignature(reason="about another account")
        if (clock.now() - alipay_wire.read_stamp(given.get("notify_time", ""))).total_seconds() > WINDOW_SECONDS:
            raise BadSignature(reason="outside the time window")
        is_refund = bool(given.get("out_biz_no")) and bool(given.get("gmt_refund"))
        try:
            return Notification(
                notification_id=given["notify_id"],
                kind=NotificationKind.REFUND if is_refund else NotificationKind.PAYMENT,
                subject_id=UUID(hex=given["out_biz_no" if is_refund else "out_trade_no"]),
                answer=GatewayAnswer(outcome=Outcome.PENDING, gateway_reference="", amount=None)
                if is_refund
                else _payment(given, is_paid=bool(given.get("gmt_payment"))),
            )
        except (KeyError, ValueError, InvalidInput):
            raise BadSignature(reason="the body is malformed") from None

    def acknowledgement(self) -> Acknowledgement:
        return Acknowledgement(body=b"success", content_type="text/plain")

    def bill(self, day: date) -> tuple[BillLine, ...]:
        answer = self._call(
            "alipay.data.dataservice.bill.downloadurl.query", {"bill_type": "trade", "bill_date": day.isoformat()}
        )
        if answer.get("code") != DONE:
            if _code(answer) == "isp.bill_not_exist":
                return ()
            raise GatewayUnreachable(gateway=self.name, reason=_code(answer))
        with reading(self.name):
            url = str(answer["bill_download_url"])
        try:
            packed = self._client.get(url).raise_for_status().content
        except httpx.HTTPError as error:
            raise GatewayUnreachable(gateway=self.name, reason=f"the bill: {type(error).__name__}") from error
        with reading(self.name):
            return alipay_bill.read(packed)

    def _call(self, method: str, content: Mapping[str, Any]) -> dict[str, Any]:
        form = alipay_wire.signed(self._parameters(method, content, {}), self._keys)
        try:
            response = self._client.post(
                self._account.base_url,
                content=form,
                headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
            )
        except httpx.HTTPError as error:
            raise GatewayUnreachable(gateway=self.name, reason=type(error).__name__) from error
        if response.status_code != httpx.codes.OK:
            raise GatewayUnreachable(gateway=self.name, reason=f"HTTP {response.status_code}")
        try:
            return alipay_wire.read_answer(response.content.decode(errors="replace"), method=method, keys=self._keys)
        except BadSignature as error:
            raise GatewayUnreachable(gateway=self.name, reason="an answer that Alipay did not sign") from error

    def _parameters(self, method: str, content: Mapping[str, Any], places: Mapping[str, str]) -> dict[str, str]:
        certificates = {"app_cert_sn": self._account.app_cert_sn, "alipay_root_cert_sn": self._account.root_cert_sn}
        return {
            **{name: number for name, number in certificates.items() if number},
            "app_id": self._account.appid,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": alipay_wire.SIGN_TYPE,
            "timestamp": alipay_wire.stamp(clock.now()),
            "version": "1.0",
            "biz_content": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
            **places,
        }

    def _unheard(self, answer: Mapping[str, Any]) -> GatewayAnswer:
        if (code := _code(answer)) != UNHEARD_OF:
            raise GatewayUnreachable(gateway=self.name, reason=code)
        return GatewayAnswer(outcome=Outcome.UNKNOWN, gateway_reference="", amount=None, reason=code)

    def _check_about(self, answer: Mapping[str, Any], attempt_id: UUID) -> None:
        # a signed answer carries no nonce of ours: an old one, or one to another question, is known by its subject
        if answer.get("out_trade_no") != attempt_id.hex:
            raise GatewayUnreachable(gateway=self.name, reason="an answer about another payment")

    @cached_property
    def _client(self) -> httpx.Client:
        return httpx.Client(timeout=self._account.timeout_seconds)


def _payment(trade: Mapping[str, Any], *, is_paid: bool) -> GatewayAnswer:
    """TRADE_CLOSED is "nobody paid" as well as "all of it has gone back": the time of payment tells them apart."""
    state = str(trade.get("trade_status", ""))
    if state in {"TRADE_SUCCESS", "TRADE_FINISHED"} or (state == "TRADE_CLOSED" and is_paid):
        outcome = Outcome.SUCCEEDED
    else:
        outcome = Outcome.FAILED if state == "TRADE_CLOSED" else Outcome.PENDING
    return GatewayAnswer(
        outcome=outcome,
        gateway_reference=str(trade.get("trade_no", "")),
        amount=parse_money(str(trade["total_amount"]), CURRENCY),
        reason=state,
    )


def _code(answer: Mapping[str, Any]) -> str:
    return str(answer.get("sub_code") or answer.get("code") or "an answer without a code")
