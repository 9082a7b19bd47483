"""Rows as the room's own dataclasses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import msgspec

from quanshi.catalog import selectors as catalog
from quanshi.catalog.types import VariantView
from quanshi.fulfilment.types import ShipmentView
from quanshi.kernel.money import Money
from quanshi.orders import standing
from quanshi.orders.models import AfterSale, AfterSaleLine, AfterSalePicture, Order
from quanshi.orders.rules.actions import case_actions
from quanshi.orders.services.permission import Viewer
from quanshi.orders.standing import LineStanding
from quanshi.orders.types import (
    Address,
    AfterSaleKind,
    AfterSaleLineView,
    AfterSaleState,
    AfterSaleView,
    CasePicture,
    OrderCard,
    OrderLineView,
    OrderState,
    Pickup,
    RefundStatus,
)
from quanshi.shops import selectors as shops


def address_of(*, order: Order) -> Address:
    """Where the goods go. No query."""
    return msgspec.convert(order.address, Address)


def pickup_of(*, order: Order) -> Pickup | None:
    """Where the buyer fetches it; none where it is delivered. No query."""
    return None if order.pickup is None else msgspec.convert(order.pickup, Pickup)


def line_view(*, standing: LineStanding, variants: Mapping[UUID, VariantView], currency: str) -> OrderLineView:
    """One line; the picture is today's, the words and prices those of the order. No query."""
    line = standing.line
    variant = variants.get(line.variant_id)
    return OrderLineView(
        id=line.id,
        variant_id=line.variant_id,
        product_id=line.product_id,
        title=line.title,
        options=tuple(line.options),
        sku=line.sku,
        quantity=line.quantity,
        shipped=standing.progress.shipped,
        refunded=standing.refunded_units,
        refunded_amount=Money(standing.refunded_minor, currency),
        to_ship=standing.progress.to_ship,
        refundable=standing.progress.refundable,
        returnable=standing.progress.returnable,
        refundable_amount=Money(standing.money.refundable_minor, currency),
        unit=Money(line.unit_minor, currency),
        discount=Money(line.discount_minor, currency),
        total=Money(line.total_minor, currency),
        media=variant.media if variant else None,
    )


def line_views(
    *, orders: Sequence[Order], locale: str, shipments: Sequence[ShipmentView] | None = None
) -> dict[UUID, tuple[OrderLineView, ...]]:
    """The lines of each order, in a fixed number of queries; one less for a caller who has read the orders' parcels."""
    found = standing.of((order.id for order in orders), shipments=shipments)
    variant_ids = {line.line.variant_id for lines in found.values() for line in lines}
    variants = catalog.variants_by_id(variant_ids=list(variant_ids), locale=locale) if variant_ids else {}
    return {
        order.id: tuple(
            line_view(standing=line, variants=variants, currency=order.currency) for line in found.get(order.id, ())
        )
        for order in orders
    }


def order_cards(*, orders: Sequence[Order], locale: str) -> tuple[OrderCard, ...]:
    """Orders as they stand in a list, in a fixed number of queries."""
    if not orders:
        return ()
    lines = line_views(orders=orders, locale=locale)
    views = shops.shops_by_id(shop_ids={order.shop_id for order in orders}, locale=locale)
    return tuple(
        OrderCard(
            id=order.id,
            purchase_id=order.purchase_id,
            number=order.number,
            shop=views[order.shop_id],
            state=OrderState(order.state),
            refund_status=RefundStatus(order.refund_status),
            total=Money(order.total_minor, order.currency),
            recipient=order.address["recipient"],
            lines=lines[order.id],
            placed_at=order.placed_at,
            pay_by=order.pay_by,
            is_pickup=order.pickup is not None,
        )
        for order in orders
    )


def case_views(*, cases: Iterable[AfterSale], viewer: Viewer) -> tuple[AfterSaleView, ...]:
    """Cases with their lines and pictures; give rows with `order` selected. Two queries."""
    rows = {case.id: case for case in cases}
    lines: dict[UUID, list[AfterSaleLineView]] = {case_id: [] for case_id in rows}
    for line in AfterSaleLine.objects.filter(after_sale_id__in=lines).select_related("order_line").order_by("id"):
        lines[line.after_sale_id].append(
            AfterSaleLineView(
                order_line_id=line.order_line_id,
                title=line.order_line.title,
                quantity=line.quantity,
                amount=Money(line.amount_minor, rows[line.after_sale_id].currency),
            )
        )
    pictures: dict[UUID, list[CasePicture]] = {case_id: [] for case_id in rows}
    for picture in AfterSalePicture.objects.filter(after_sale_id__in=pictures).order_by("id"):
        pictures[picture.after_sale_id].append(CasePicture(id=picture.id, width=picture.width, height=picture.height))
    return tuple(
        _case_view(case, tuple(lines[case.id]), tuple(pictures[case.id]), viewer=viewer) for case in rows.values()
    )


def _case_view(
    case: AfterSale, lines: tuple[AfterSaleLineView, ...], pictures: tuple[CasePicture, ...], *, viewer: Viewer
) -> AfterSaleView:
    state = AfterSaleState(case.state)
    return AfterSaleView(
        id=case.id,
        number=case.number,
        order_id=case.order_id,
        order_number=case.order.number,
        shop_id=case.shop_id,
        kind=AfterSaleKind(case.kind),
        state=state,
        lines=lines,
        amount=Money(case.amount_minor, case.currency),
        freight=Money(case.freight_minor, case.currency),
        reason=case.reason,
        answer=case.answer,
        return_carrier=case.return_carrier,
        return_tracking_number=case.return_tracking_number,
        due_at=case.due_at,
        created_at=case.created_at,
        pictures=pictures,
        actions=case_actions(state, is_buyer=viewer.is_buyer, permissions=viewer.permissions),
    )
