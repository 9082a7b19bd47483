"""What WeChat Pay pays out: transfers to a person's balance, and splits of a payment (profit sharing).

A transfer waits until its receiver has agreed to it in WeChat, for a day at most; a split and a take-back do not ask.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from quanshi.kernel.errors import DomainError
from quanshi.kernel.money import Money
from quanshi.payments.errors import GatewayRefused, GatewayUnreachable, MoneyNotTaken, PayoutNotOffered
from quanshi.payments.gateways.protocol import reading
from quanshi.payments.types import GatewayAnswer, Outcome, PayoutKind, PayoutOrder

if TYPE_CHECKING:
    from quanshi.payments.gateways.wechat import WechatAccount

ACCOUNT: Final = "wechat"
CURRENCY: Final = "CNY"
NAMED_FROM_MINOR: Final = 200_000  # WeChat wants the receiver's name from 2,000 yuan on
TRANSFERS: Final[Mapping[str, Outcome]] = {
    "SUCCESS": Outcome.SUCCEEDED,
    "FAIL": Outcome.FAILED,
    "CANCELLED": Outcome.FAILED,
}  # ACCEPTED, PROCESSING, WAIT_USER_CONFIRM, TRANSFERING and CANCELING may still end either way
WAITS_FOR_RECEIVER: Final = "WAIT_USER_CONFIRM"
SHARES: Final[Mapping[str, Outcome]] = {"SUCCESS": Outcome.SUCCEEDED, "CLOSED": Outcome.FAILED}
RETURNS: Final[Mapping[str, Outcome]] = {"SUCCESS": Outcome.SUCCEEDED, "FAILED": Outcome.FAILED}
UNHEARD_OF: Final = frozenset({"NOT_FOUND", "RESOURCE_NOT_EXISTS"})
REFUSALS: Final = frozenset({"INVALID_REQUEST", "PARAM_ERROR", "NO_AUTH", "RULE_LIMIT", "RESOURCE_NOT_EXISTS"})
NOT_YET: Final = "NOT_ENOUGH"  # of a transfer: it goes through under the same number once there is money
DONE: Final = 200


class WechatPayouts:
    """The part of a WeChat gateway that pays out."""

    name: str
    _account: WechatAccount

    @abstractmethod
    def _call(self, operation: str, **arguments: Any) -> tuple[int, dict[str, Any]]: ...

    def payout_refusal(self, order: PayoutOrder) -> DomainError | None:
        if order.amount.currency != CURRENCY:
            return MoneyNotTaken(gateway=ACCOUNT, amount=order.amount)
        missing = ""
        if order.kind is PayoutKind.TRANSFER:
            if not self._account.transfer_scene:
                missing = "QUANSHI_WECHAT_TRANSFER_SCENE"
            elif order.amount.minor >= NAMED_FROM_MINOR and not order.receiver.name:
                missing = "the receiver's name"
        elif not self._account.splits:
            missing = "QUANSHI_WECHAT_SPLITS"
        elif _is_merchant(order) and not order.receiver.name:
            missing = "the receiver's name"
        elif order.kind is PayoutKind.TAKE_BACK and not _is_merchant(order):
            missing = "a merchant as its receiver"
        return PayoutNotOffered(account=ACCOUNT, missing=missing) if missing else None

    def pay_out(self, order: PayoutOrder) -> GatewayAnswer:
        if order.kind is PayoutKind.TRANSFER:
            return self._transfer(order)
        return self._split(order) if order.kind is PayoutKind.SPLIT else self._take_back(order)

    def query_payout(self, order: PayoutOrder) -> GatewayAnswer:
        number = order.payout_id.hex
        if order.kind is PayoutKind.TRANSFER:
            status, answer = self._call("mch_transfer_bills_query", out_bill_no=number)
            return self._heard(status, answer, "out_bill_no", number) or self._agreed(order, answer)
        if order.kind is PayoutKind.SPLIT:
            status, answer = self._call(
                "profitsharing_order_query", transaction_id=order.paid_reference, out_order_no=number
            )
            return self._heard(status, answer, "out_order_no", number) or _shared(answer, order, self.name)
        status, answer = self._call(
            "profitsharing_return_query", out_order_no=_split_number(order), out_return_no=number
        )
        return self._heard(status, answer, "out_return_no", number) or _returned(answer, self.name)

    def release(self, *, attempt_id: UUID, paid_reference: str) -> None:
        status, answer = self._call(
            "profitsharing_unfreeze",
            transaction_id=paid_reference,
            out_order_no=attempt_id.hex,
            description="解冻全部剩余资金",
        )
        if status != DONE:
            raise GatewayRefused(gateway=self.name, reason=_code(answer))

    def _transfer(self, order: PayoutOrder) -> GatewayAnswer:
        report = (line.partition("=") for line in self._account.transfer_report.split(";") if line)
        status, answer = self._call(
            "mch_transfer_bills",
            out_bill_no=order.payout_id.hex,
            transfer_scene_id=self._account.transfer_scene,
            openid=order.receiver.account,
            user_name=order.receiver.name or None,  # the SDK seals it for WeChat Pay alone
            transfer_amount=order.amount.minor,
            transfer_remark=order.memo or order.payout_id.hex,
            transfer_scene_report_infos=[{"info_type": kind, "info_content": text} for kind, _, text in report],
            notify_url=order.notify_url,
        )
        if status != DONE:
            return self._refused(answer, not_yet=NOT_YET)
        return _pending(str(answer.get("state", "")), confirmation=str(answer.get("package_info") or ""))

    def _agreed(self, order: PayoutOrder, answer: Mapping[str, Any]) -> GatewayAnswer:
        """The records do not tell what the receiver needs to agree; the same order under the same number does again."""
        heard = _transferred(answer, self.name)
        confirmation = order.confirmation
        if answer["state"] == WAITS_FOR_RECEIVER and not confirmation:
            confirmation = self._transfer(order).confirmation
        return replace(heard, confirmation=confirmation)

    def _split(self, order: PayoutOrder) -> GatewayAnswer:
        """The receiver is made known first, which may be done again. The rest stays held back for the other shops."""
        kind, relation = ("MERCHANT_ID", "STORE") if _is_merchant(order) else ("PERSONAL_OPENID", "STORE_OWNER")
        receiver = {"account": order.receiver.account, "name": order.receiver.name or None}
        status, answer = self._call("profitsharing_add_receiver", account_type=kind, relation_type=relation, **receiver)
        if status != DONE:
            return self._refused(answer)
        share = {"type": kind, "amount": order.amount.minor, "description": order.memo or order.payout_id.hex}
        share |= {name: text for name, text in receiver.items() if text}
        status, answer = self._call(
            "profitsharing_order",
            transaction_id=order.paid_reference,
            out_order_no=order.payout_id.hex,
            receivers=[share],
            unfreeze_unsplit=False,
        )
        return _pending(str(answer.get("state", ""))) if status == DONE else self._refused(answer, also={NOT_YET})

    def _take_back(self, order: PayoutOrder) -> GatewayAnswer:
        status, answer = self._call(
            "profitsharing_return",
            out_order_no=_split_number(order),
            out_return_no=order.payout_id.hex,
            return_mchid=order.receiver.account,
            amount=order.amount.minor,
            description=order.memo or order.payout_id.hex,
        )
        if status == DONE:
            return _pending(str(answer.get("result", "")))
        return self._refused(answer, not_yet=NOT_YET)  # the receiver's balance, which may fill again

    def _refused(
        self, answer: Mapping[str, Any], *, not_yet: str = "", also: frozenset[str] | set[str] = frozenset()
    ) -> GatewayAnswer:
        code = _code(answer)
        if code == not_yet:
            return _pending(code)
        if code not in REFUSALS | also:
            raise GatewayUnreachable(gateway=self.name, reason=code)
        return GatewayAnswer(outcome=Outcome.FAILED, gateway_reference="", amount=None, reason=code)

    def _heard(self, status: int, answer: Mapping[str, Any], name: str, number: str) -> GatewayAnswer | None:
        """None for an answer about what was asked; UNKNOWN when WeChat has never heard of it."""
        if status != DONE:
            if (code := _code(answer)) not in UNHEARD_OF:
                raise GatewayUnreachable(gateway=self.name, reason=code)
            return GatewayAnswer(outcome=Outcome.UNKNOWN, gateway_reference="", amount=None, reason=code)
        if answer.get(name) != number:
            raise GatewayUnreachable(gateway=self.name, reason="an answer about another pay-out")
        return None


def _transferred(answer: Mapping[str, Any], gateway: str) -> GatewayAnswer:
    with reading(gateway):
        state = str(answer["state"])
        return GatewayAnswer(
            outcome=TRANSFERS.get(state, Outcome.PENDING),
            gateway_reference=str(answer.get("transfer_bill_no", "")),
            amount=Money(answer["transfer_amount"], CURRENCY),
            reason=str(answer.get("fail_reason") or state),
        )


def _shared(answer: Mapping[str, Any], order: PayoutOrder, gateway: str) -> GatewayAnswer:
    with reading(gateway):
        (share,) = [each for each in answer["receivers"] if each["account"] == order.receiver.account]
        return GatewayAnswer(
            outcome=SHARES.get(str(share["result"]), Outcome.PENDING),
            gateway_reference=str(answer.get("order_id", "")),
            amount=Money(share["amount"], CURRENCY),
            reason=str(share.get("fail_reason") or share["result"]),
        )


def _returned(answer: Mapping[str, Any], gateway: str) -> GatewayAnswer:
    with reading(gateway):
        result = str(answer["result"])
        return GatewayAnswer(
            outcome=RETURNS.get(result, Outcome.PENDING),
            gateway_reference=str(answer.get("return_id", "")),
            amount=Money(answer["amount"], CURRENCY),
            reason=str(answer.get("fail_reason") or result),
        )


def _pending(reason: str, *, confirmation: str = "") -> GatewayAnswer:
    return GatewayAnswer(
        outcome=Outcome.PENDING, gateway_reference="", amount=None, reason=reason, confirmation=confirmation
    )


def _is_merchant(order: PayoutOrder) -> bool:
    """A merchant's number has digits only; a person's openid begins with a letter."""
    return order.receiver.account.isdecimal()


def _split_number(order: PayoutOrder) -> str:
    assert order.split_id is not None
    return order.split_id.hex


def _code(answer: Mapping[str, Any]) -> str:
    return str(answer.get("code") or "an answer without a code")
