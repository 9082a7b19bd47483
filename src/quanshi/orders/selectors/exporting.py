"""Everything of a shop, as rows of a file: read some hundred orders at a time, so that any number fits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from quanshi.accounts.types import Actor
from quanshi.kernel.money import Money
from quanshi.orders.models import AfterSale, Order, OrderLine
from quanshi.orders.selectors import views
from quanshi.orders.types import AfterSaleKind, AfterSaleState, CaseRow, OrderRow, OrderState, RefundStatus
from quanshi.shops import services as shops
from quanshi.shops.types import Permission

CHUNK: Final = 500
LAST_ID: Final = UUID(int=2**128 - 1)


def case_rows(*, actor: Actor, shop_id: UUID) -> Iterator[CaseRow]:
    """All cases of the shop, newest first. One query, and one for every 500 cases. Raises: NotAllowed, at once."""
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.VIEW_ORDERS)
    return _case_rows(shop_id)


def _case_rows(shop_id: UUID) -> Iterator[CaseRow]:
    before, cases = LAST_ID, [*_cases(shop_id, LAST_ID)]
    while cases:
        for case in cases:
            yield CaseRow(
                number=case.number,
                order_number=case.order.number,
                kind=AfterSaleKind(case.kind),
                state=AfterSaleState(case.state),
                amount=Money(case.amount_minor, case.currency),
                reason=case.reason,
                answer=case.answer,
                created_at=case.created_at,
                ended_at=case.ended_at,
            )
        before = cases[-1].id
        cases = [*_cases(shop_id, before)]


def _cases(shop_id: UUID, before: UUID) -> Iterator[AfterSale]:
    rows = AfterSale.objects.filter(shop_id=shop_id, id__lt=before).select_related("order").order_by("-id")
    return iter(rows[:CHUNK])


def rows_of(*, orders: Sequence[Order]) -> Iterator[OrderRow]:
    """The lines of these orders, in their order. One query."""
    lines: dict[UUID, list[OrderLine]] = defaultdict(list)
    for line in OrderLine.objects.filter(order_id__in=[order.id for order in orders]).order_by("id"):
        lines[line.order_id].append(line)
    for order in orders:
        address, pickup = views.address_of(order=order), views.pickup_of(order=order)
        for line in lines[order.id]:
            yield OrderRow(
                number=order.number,
                state=OrderState(order.state),
                refund_status=RefundStatus(order.refund_status),
                placed_at=order.placed_at,
                paid_at=order.paid_at,
                shipped_at=order.shipped_at,
                received_at=order.received_at,
                address=address,
                pickup_point=pickup.name if pickup else "",
                note=order.note,
                sku=line.sku,
                title=line.title,
                options=tuple(line.options),
                quantity=line.quantity,
                unit=Money(line.unit_minor, order.currency),
                discount=Money(line.discount_minor, order.currency),
                line_total=Money(line.total_minor, order.currency),
                freight=Money(order.freight_minor, order.currency),
                order_total=Money(order.total_minor, order.currency),
            )
