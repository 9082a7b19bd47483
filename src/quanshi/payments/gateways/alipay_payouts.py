"""What Alipay pays out: transfers to another Alipay account (alipay.fund.trans.uni.transfer)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from quanshi.kernel.errors import DomainError
from quanshi.kernel.money import parse_money
from quanshi.payments.errors import GatewayUnreachable, MoneyNotTaken, PayoutNotOffered
from quanshi.payments.gateways.protocol import reading
from quanshi.payments.types import GatewayAnswer, Outcome, PayoutKind, PayoutOrder

if TYPE_CHECKING:
    from quanshi.payments.gateways.alipay import AlipayAccount

ACCOUNT: Final = "alipay"
CURRENCY: Final = "CNY"
DONE: Final = "10000"
PRODUCT: Final[Mapping[str, str]] = {"product_code": "TRANS_ACCOUNT_NO_PWD", "biz_scene": "DIRECT_TRANSFER"}
USER_ID: Final = "2088"  # how Alipay's own numbers of people and merchants begin; else it is a name to sign in with
STATES: Final[Mapping[str, Outcome]] = {
    "SUCCESS": Outcome.SUCCEEDED,
    "FAIL": Outcome.FAILED,
    "CLOSED": Outcome.FAILED,
    "REFUND": Outcome.FAILED,  # the receiver's side has sent it back
}
UNHEARD_OF: Final = "ORDER_NOT_EXIST"
NOT_YET: Final = frozenset({"PAYER_BALANCE_NOT_ENOUGH", "BALANCE_IS_NOT_ENOUGH"})
REFUSALS: Final = frozenset(
    {
        "INVALID_PARAMETER",
        "EXCEED_LIMIT_SM_AMOUNT",
        "EXCEED_LIMIT_SM_MIN_AMOUNT",
        "PAYEE_NOT_EXIST",
        "PAYEE_NOT_RELNAME_CERTIFY",
        "PAYEE_USER_INFO_ERROR",
        "PAYEE_ACC_OCUPIED",
        "PERMIT_NON_BANK_LIMIT_PAYEE",
        "NO_ACCOUNT_RECEIVE_PERMISSION",
        "PRODUCT_NOT_SIGN",
    }
)


class AlipayPayouts:
    """The part of an Alipay gateway that pays out."""

    name: str
    _account: AlipayAccount

    @abstractmethod
    def _call(self, method: str, content: Mapping[str, Any]) -> dict[str, Any]: ...

    def payout_refusal(self, order: PayoutOrder) -> DomainError | None:
        """Alipay lets nobody transfer who signs with a bare key: the certificates' numbers must be set up."""
        if order.amount.currency != CURRENCY:
            return MoneyNotTaken(gateway=ACCOUNT, amount=order.amount)
        if order.kind is not PayoutKind.TRANSFER:
            return PayoutNotOffered(account=ACCOUNT, missing=f"a way to {order.kind}")
        if not (self._account.app_cert_sn and self._account.root_cert_sn):
            return PayoutNotOffered(account=ACCOUNT, missing="QUANSHI_ALIPAY_APP_CERT_SN, QUANSHI_ALIPAY_ROOT_CERT_SN")
        if not order.receiver.name and not order.receiver.account.startswith(USER_ID):
            return PayoutNotOffered(account=ACCOUNT, missing="the receiver's name")
        return None

    def pay_out(self, order: PayoutOrder) -> GatewayAnswer:
        kind = "ALIPAY_USER_ID" if order.receiver.account.startswith(USER_ID) else "ALIPAY_LOGON_ID"
        payee = {"identity": order.receiver.account, "identity_type": kind}
        if order.receiver.name:
            payee["name"] = order.receiver.name
        answer = self._call(
            "alipay.fund.trans.uni.transfer",
            {
                **PRODUCT,
                "out_biz_no": order.payout_id.hex,
                "trans_amount": str(order.amount.decimal),
                "order_title": order.memo or order.payout_id.hex,
                "payee_info": payee,
            },
        )
        reason = _code(answer)
        if answer.get("code") != DONE and reason not in NOT_YET | REFUSALS:
            raise GatewayUnreachable(gateway=self.name, reason=reason)
        outcome = Outcome.FAILED if reason in REFUSALS else Outcome.PENDING
        return GatewayAnswer(outcome=outcome, gateway_reference="", amount=None, reason=reason)

    def query_payout(self, order: PayoutOrder) -> GatewayAnswer:
        answer = self._call("alipay.fund.trans.common.query", {**PRODUCT, "out_biz_no": order.payout_id.hex})
        if answer.get("code") != DONE:
            if (code := _code(answer)) != UNHEARD_OF:
                raise GatewayUnreachable(gateway=self.name, reason=code)
            return GatewayAnswer(outcome=Outcome.UNKNOWN, gateway_reference="", amount=None, reason=code)
        if answer.get("out_biz_no") != order.payout_id.hex:
            raise GatewayUnreachable(gateway=self.name, reason="an answer about another pay-out")
        with reading(self.name):
            status = str(answer["status"])
            return GatewayAnswer(
                outcome=STATES.get(status, Outcome.PENDING),
                gateway_reference=str(answer.get("order_id", "")),
                amount=parse_money(str(answer["trans_amount"]), CURRENCY),
                reason=str(answer.get("fail_reason") or status),
            )


def _code(answer: Mapping[str, Any]) -> str:
    return str(answer.get("sub_code") or answer.get("code") or "an answer without a code")
