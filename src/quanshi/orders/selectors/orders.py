from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.core.files.storage import storages
from django.db.models import QuerySet

from quanshi.accounts.types import Actor
from quanshi.fulfilment import selectors as fulfilment
from quanshi.kernel import clock
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.orders.errors import AfterSaleNotFound, OrderNotFound
from quanshi.orders.models import AfterSale, AfterSalePicture, Order, Transition
from quanshi.orders.rules.actions import order_actions
from quanshi.orders.rules.after_sale import VOID
from quanshi.orders.selectors import exporting, finding, views
from quanshi.orders.services import permission
from quanshi.orders.types import (
    AfterSaleView,
    OrderFilter,
    OrderPage,
    OrderState,
    OrderView,
    RefundStatus,
    TimelineEntry,
)
from quanshi.payments import selectors as payments
from quanshi.payments.types import RefundState
from quanshi.shops import selectors as shops


def orders_of(*, actor: Actor, locale: str, cursor: str = "", limit: int = 20, state: str = "") -> OrderPage:
    """The actor's own orders, newest first; `state` is one state or several with commas between. Ten queries at most.

    Raises: InvalidInput for a cursor or state that does not exist.
    """
    return page_of(
        orders=Order.objects.filter(buyer_id=actor.id), locale=locale, cursor=cursor, limit=limit, state=state
    )


def page_of(*, orders: QuerySet[Order], locale: str, cursor: str, limit: int, state: str) -> OrderPage:
    """One page of `orders`. Raises: InvalidInput."""
    if state:
        orders = orders.filter(state__in=finding.read_states(text=state))
    if cursor:
        orders = orders.filter(id__lt=read_cursor(text=cursor))
    return _page(list(orders.order_by("-id")[: limit + 1]), locale=locale, limit=limit)


def page_of_shop(*, shop_id: UUID, filters: OrderFilter, locale: str, cursor: str, limit: int) -> OrderPage:
    """One page of the orders of a shop that `filters` lets through. Raises: InvalidInput."""
    before = read_cursor(text=cursor) if cursor else exporting.LAST_ID
    found = finding.found_orders(shop_id=shop_id, filters=filters, before=before, limit=limit + 1)
    return _page(found, locale=locale, limit=limit)


def _page(rows: list[Order], *, locale: str, limit: int) -> OrderPage:
    cards = views.order_cards(orders=rows[:limit], locale=locale)
    return OrderPage(orders=cards, next_cursor=str(cards[-1].id) if len(rows) > limit else "")


def order_page(*, actor: Actor, order_id: UUID, locale: str) -> OrderView:
    """One order with all that belongs to it, for its buyer or staff of its shop. A fixed number of queries.

    Raises: OrderNotFound, for a stranger too.
    """
    trail = list(Transition.objects.filter(order_id=order_id).select_related("order").order_by("id"))
    if not trail:  # an order has a first one: that it was placed
        raise OrderNotFound(order_id=order_id)
    order = trail[0].order
    viewer = permission.viewer(actor=actor, order=order)
    if viewer.is_stranger:
        raise OrderNotFound(order_id=order_id)
    shipments = fulfilment.shipments_of(order_ids=[order_id]).get(order_id, ())
    lines = views.line_views(orders=[order], locale=locale, shipments=shipments)[order_id]
    shop = shops.shops_by_id(shop_ids=[order.shop_id], locale=locale)[order.shop_id]
    cases = list(AfterSale.objects.filter(order_id=order_id).select_related("order").order_by("id"))
    refunds = payments.refunds_of(payable_ids=[order_id]).get(order_id, ())
    freight_taken = sum(case.freight_minor for case in cases if case.state not in VOID)
    refunded = sum(
        refund.amount.minor
        for refund in refunds
        if refund.attempt_id == order.paid_attempt_id and refund.state is RefundState.SUCCEEDED
    )
    return OrderView(
        id=order.id,
        purchase_id=order.purchase_id,
        number=order.number,
        shop=shop,
        buyer_id=order.buyer_id,
        state=OrderState(order.state),
        refund_status=RefundStatus(order.refund_status),
        lines=lines,
        goods_total=Money(order.goods_minor, order.currency),
        discount=Money(order.discount_minor, order.currency),
        freight=Money(order.freight_minor, order.currency),
        total=Money(order.total_minor, order.currency),
        refunded=Money(refunded, order.currency),
        address=views.address_of(order=order),
        pickup=views.pickup_of(order=order),
        note=order.note,
        placed_at=order.placed_at,
        pay_by=order.pay_by,
        after_sale_until=order.after_sale_until,
        timeline=_timeline(trail),
        shipments=shipments,
        attempts=payments.attempts_of(payable_ids=[order_id]).get(order_id, ()),
        refunds=refunds,
        after_sales=views.case_views(cases=cases, viewer=viewer),
        refundable_freight=Money(order.freight_minor - freight_taken, order.currency),
        actions=order_actions(
            OrderState(order.state),
            is_buyer=viewer.is_buyer,
            permissions=viewer.permissions,
            pay_by=order.pay_by,
            after_sale_until=order.after_sale_until,
            is_refundable=any(line.refundable_amount for line in lines),
            is_shippable=any(line.to_ship for line in lines),
            is_pickup=order.pickup is not None,
            now=clock.now(),
        ),
    )


def _timeline(trail: Iterable[Transition]) -> tuple[TimelineEntry, ...]:
    return tuple(TimelineEntry(id=row.id, state=OrderState(row.state), reason=row.reason, at=row.at) for row in trail)


def after_sale_page(
    *,
    actor: Actor,
    after_sale_id: UUID,
    locale: str,  # noqa: ARG001 - every page's selector takes it; a case's words are those of its order
) -> AfterSaleView:
    """One case, for its buyer or staff of its shop. Four queries.

    Raises: AfterSaleNotFound, for a stranger too.
    """
    case = AfterSale.objects.filter(id=after_sale_id).select_related("order").first()
    if case is None:
        raise AfterSaleNotFound(after_sale_id=after_sale_id)
    viewer = permission.viewer(actor=actor, order=case.order)
    if viewer.is_stranger:
        raise AfterSaleNotFound(after_sale_id=after_sale_id)
    return views.case_views(cases=[case], viewer=viewer)[0]


def after_sale_picture(*, actor: Actor, after_sale_id: UUID, picture_id: UUID) -> bytes:
    """A picture of a case, a WebP, for its buyer or staff of its shop. Three queries.

    Raises: AfterSaleNotFound, for a stranger too, and where a back-up without originals was restored.
    """
    picture = (
        AfterSalePicture.objects.filter(id=picture_id, after_sale_id=after_sale_id)
        .select_related("after_sale__order")
        .first()
    )
    if picture is None or permission.viewer(actor=actor, order=picture.after_sale.order).is_stranger:
        raise AfterSaleNotFound(after_sale_id=after_sale_id)
    try:
        with storages["originals"].open(picture.name, "rb") as file:
            content: bytes = file.read()
    except FileNotFoundError:
        raise AfterSaleNotFound(after_sale_id=after_sale_id) from None
    return content


def read_cursor(*, text: str) -> UUID:
    """The row after which a page starts. Raises: InvalidInput."""
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(field="cursor", value=text[:80], reason="not a cursor of this list") from None
