"""How far each line of an order has got: parcels and after-sale cases read together, in three queries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Sum

from quanshi.fulfilment import selectors as fulfilment
from quanshi.fulfilment.types import ShipmentView
from quanshi.orders.models import AfterSaleLine, OrderLine
from quanshi.orders.rules.after_sale import VOID, LineMoney
from quanshi.orders.rules.life import LineProgress
from quanshi.orders.types import AfterSaleKind, AfterSaleState


@dataclass(frozen=True, slots=True)
class LineStanding:
    """One line with its progress and its money."""

    line: OrderLine
    progress: LineProgress
    money: LineMoney
    refunded_units: int
    refunded_minor: int


@dataclass(frozen=True, slots=True)
class _Taken:
    """Sums of one line's cases of one kind and state that have not come to nothing."""

    kind: str
    is_done: bool
    quantity: int
    amount_minor: int
    value_minor: int


def of(
    order_ids: Iterable[UUID], *, shipments: Iterable[ShipmentView] | None = None
) -> dict[UUID, tuple[LineStanding, ...]]:
    """The lines of each order in the order in which they were quoted. `shipments`, when known: all of these orders."""
    wanted = set(order_ids)
    shipped = fulfilment.shipped_quantities(order_ids=wanted) if shipments is None else _units(shipments)
    taken = _taken(wanted)
    found: dict[UUID, list[LineStanding]] = defaultdict(list)
    for line in OrderLine.objects.filter(order_id__in=wanted).order_by("id"):
        found[line.order_id].append(_standing(line, shipped=shipped.get(line.id, 0), taken=taken.get(line.id, [])))
    return {order_id: tuple(lines) for order_id, lines in found.items()}


def _units(shipments: Iterable[ShipmentView]) -> dict[UUID, int]:
    units: Counter[UUID] = Counter()
    for parcel in shipments:
        for line in parcel.lines:
            units[line.order_line_id] += line.quantity
    return units


def _taken(order_ids: set[UUID]) -> dict[UUID, list[_Taken]]:
    rows = (
        AfterSaleLine.objects.filter(after_sale__order_id__in=order_ids)
        .exclude(after_sale__state__in=VOID)
        .values_list("order_line_id", "after_sale__kind", "after_sale__state")
        .annotate(Sum("quantity"), Sum("amount_minor"), Sum("value_minor"))
    )
    taken: dict[UUID, list[_Taken]] = defaultdict(list)
    for line_id, kind, state, quantity, amount, value in rows:
        taken[line_id].append(
            _Taken(
                kind=kind,
                is_done=state == AfterSaleState.DONE,
                quantity=quantity,
                amount_minor=amount,
                value_minor=value,
            )
        )
    return taken


def _standing(line: OrderLine, *, shipped: int, taken: list[_Taken]) -> LineStanding:
    refund_only = [part for part in taken if part.kind == AfterSaleKind.REFUND_ONLY]
    done = [part for part in taken if part.is_done]
    return LineStanding(
        line=line,
        progress=LineProgress(
            quantity=line.quantity,
            shipped=shipped,
            refund_only_done=sum(part.quantity for part in refund_only if part.is_done),
            refund_only_open=sum(part.quantity for part in refund_only if not part.is_done),
            returned=sum(part.quantity for part in taken if part.kind == AfterSaleKind.RETURN_AND_REFUND),
        ),
        money=LineMoney(
            quantity=line.quantity,
            total_minor=line.total_minor,
            taken_quantity=sum(part.quantity for part in taken),
            taken_minor=sum(part.amount_minor for part in taken),
            taken_value_minor=sum(part.value_minor for part in taken),
        ),
        refunded_units=sum(part.quantity for part in done),
        refunded_minor=sum(part.amount_minor for part in done),
    )
