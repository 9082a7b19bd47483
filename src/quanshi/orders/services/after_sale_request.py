from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from quanshi.accounts.types import Actor
from quanshi.kernel import clock, idempotency
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.kernel.texts import checked_text
from quanshi.orders import locks, standing
from quanshi.orders.errors import AfterSaleClosed, NothingShippedYet, TooMuchToRefund
from quanshi.orders.models import AfterSale, AfterSaleLine, Order
from quanshi.orders.rules.after_sale import VOID, WAITS, is_open_for
from quanshi.orders.services import cases, permission
from quanshi.orders.standing import LineStanding
from quanshi.orders.types import AfterSaleKind, AfterSaleState, AfterSaleWish, OrderState

REASON_LENGTH: Final = 500
OPERATION: Final = "request_after_sale"


@dataclass(frozen=True, slots=True)
class _Claim:
    """A wish that the order can bear."""

    line: LineStanding
    quantity: int
    amount_minor: int
    value_minor: int


def request_after_sale(
    *,
    actor: Actor,
    order_id: UUID,
    kind: AfterSaleKind,
    lines: Sequence[AfterSaleWish],
    with_freight: bool,
    reason: str,
    key: str,
) -> UUID:
    """The buyer asks for money back, with or without returning goods; the new case's id.

    What a case asks for is held until it ends: no other case and no parcel can take it. The freight is part of it when
    everything goes back before anything left, else when `with_freight` asks for it. The shop has two days to answer.
    Idempotent by (actor, key); the key with other content is refused. Emits `AfterSaleChanged`.
    Raises: OrderNotFound, AfterSaleClosed, TooMuchToRefund, NothingShippedYet, InvalidInput, KeyReused.
    """
    kind = AfterSaleKind(kind)
    words = checked_text(reason, field="reason", most=REASON_LENGTH)
    if not words:
        raise InvalidInput(field="reason", value="", reason="required")
    wishes = sorted((str(wish.order_line_id), wish.quantity, wish.amount and wish.amount.minor) for wish in lines)
    asked = idempotency.hash_of(order_id, kind.value, wishes, with_freight, words)
    with transaction.atomic():
        order = locks.order(order_id)
        permission.require_buyer(actor=actor, order=order)
        before = idempotency.remember(actor_id=actor.id, operation=OPERATION, key=key, request_hash=asked)
        if before is not None:
            return UUID(before["after_sale_id"])
        now = clock.now()
        state = OrderState(order.state)
        if not is_open_for(state, after_sale_until=order.after_sale_until, now=now):
            raise AfterSaleClosed(order_id=order_id, state=state.value, after_sale_until=order.after_sale_until)
        known = {line.line.id: line for line in standing.of([order_id])[order_id]}
        claims = _claims(order, kind, lines, known, with_freight=with_freight)
        freight_minor = _freight(order, claims, known, with_freight=with_freight)
        case = _open(order, kind, claims, freight_minor=freight_minor, reason=words, now=now)
        cases.record(order=order, case=case, actor=actor, at=now)
        answer = {"after_sale_id": str(case.id)}
        idempotency.record_answer(actor_id=actor.id, operation=OPERATION, key=key, answer=answer)
    case_id: UUID = case.id
    return case_id


def _claims(
    order: Order,
    kind: AfterSaleKind,
    wishes: Sequence[AfterSaleWish],
    known: Mapping[UUID, LineStanding],
    *,
    with_freight: bool,
) -> list[_Claim]:
    # a return of nothing would wait for a parcel that nobody sends, while the order is cancelled around it
    if not wishes and (not with_freight or kind is AfterSaleKind.RETURN_AND_REFUND):
        raise InvalidInput(field="lines", value="", reason="choose what it is about")
    if len({wish.order_line_id for wish in wishes}) < len(wishes):
        raise InvalidInput(field="lines", value="", reason="name each line once")
    for wish in wishes:
        if wish.order_line_id not in known:
            raise InvalidInput(field="lines", value=str(wish.order_line_id), reason="not a line of this order")
    return [_claim(order, kind, wish, known[wish.order_line_id]) for wish in wishes]


def _claim(order: Order, kind: AfterSaleKind, wish: AfterSaleWish, line: LineStanding) -> _Claim:
    if wish.quantity < 0 or (wish.quantity == 0 and (wish.amount is None or kind is AfterSaleKind.RETURN_AND_REFUND)):
        raise InvalidInput(field="quantity", value=str(wish.quantity), reason="use 1 or more")
    if kind is AfterSaleKind.RETURN_AND_REFUND and wish.quantity > line.progress.returnable:
        raise NothingShippedYet(order_line_id=line.line.id, wanted=wish.quantity, returnable=line.progress.returnable)
    if wish.quantity > line.progress.refundable:
        raise TooMuchToRefund(
            order_line_id=line.line.id, unit="units", wanted=wish.quantity, refundable=line.progress.refundable
        )
    most = line.money.most_for(wish.quantity)
    amount = most if wish.amount is None else wish.amount.minor
    if wish.amount is not None and wish.amount.currency != order.currency:
        raise InvalidInput(field="amount", value=str(wish.amount), reason=f"this order is in {order.currency}")
    if amount < 0 or (amount == 0 and wish.quantity == 0):
        raise InvalidInput(field="amount", value=str(amount), reason="use more than nothing")
    if amount > most:
        raise TooMuchToRefund(order_line_id=line.line.id, unit="minor", wanted=amount, refundable=most)
    return _Claim(
        line=line,
        quantity=wish.quantity,
        amount_minor=amount,
        value_minor=line.money.value_of(wish.quantity) if wish.quantity else 0,
    )


def _freight(order: Order, claims: Sequence[_Claim], known: Mapping[UUID, LineStanding], *, with_freight: bool) -> int:
    units = {claim.line.line.id: claim.quantity for claim in claims}
    # cases that have not ended do not count: one of them may be withdrawn, and its goods be shipped at that freight
    is_everything_unshipped = all(
        line.progress.shipped == 0 and line.line.quantity == line.refunded_units + units.get(line_id, 0)
        for line_id, line in known.items()
    )
    if not with_freight and not is_everything_unshipped:
        return 0
    return freight_left(order=order)


def freight_left(*, order: Order) -> int:
    """Minor units of freight that no standing case has taken."""
    taken = (
        AfterSale.objects.filter(order_id=order.id)
        .exclude(state__in=VOID)
        .aggregate(minor=Sum("freight_minor", default=0))
    )
    return int(order.freight_minor - taken["minor"])


def _open(
    order: Order,
    kind: AfterSaleKind,
    claims: Sequence[_Claim],
    *,
    freight_minor: int,
    reason: str,
    now: datetime,
) -> AfterSale:
    amount = Money(sum(claim.amount_minor for claim in claims) + freight_minor, order.currency)
    if not amount:
        raise TooMuchToRefund(order_id=order.id, unit="minor", wanted=0, refundable=0)
    case = AfterSale.objects.create(
        number=f"R{now:%y%m%d}{secrets.randbelow(10**10):010}",
        order_id=order.id,
        shop_id=order.shop_id,
        kind=kind,
        amount_minor=amount.minor,
        freight_minor=freight_minor,
        currency=order.currency,
        reason=reason,
        due_at=now + WAITS[AfterSaleState.REQUESTED],
        created_at=now,
    )
    AfterSaleLine.objects.bulk_create(
        AfterSaleLine(
            after_sale=case,
            order_line_id=claim.line.line.id,
            quantity=claim.quantity,
            amount_minor=claim.amount_minor,
            value_minor=claim.value_minor,
        )
        for claim in claims
    )
    return case
