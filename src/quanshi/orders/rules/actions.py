"""What a page may offer. The services decide; this only spares people a button that would be refused."""

from __future__ import annotations

from datetime import datetime

from quanshi.orders.rules.after_sale import BUYER_ACTIONS, SHOP_ACTIONS, is_open_for
from quanshi.orders.rules.life import CANCELLABLE_PAID, SHIPPABLE
from quanshi.orders.types import AfterSaleAction, AfterSaleState, OrderAction, OrderState
from quanshi.shops.types import Permission


def order_actions(
    state: OrderState,
    *,
    is_buyer: bool,
    permissions: frozenset[Permission],
    pay_by: datetime,
    after_sale_until: datetime | None,
    is_refundable: bool,
    is_shippable: bool,
    is_pickup: bool,
    now: datetime,
) -> frozenset[OrderAction]:
    is_after_sale_open = is_open_for(state, after_sale_until=after_sale_until, now=now)
    offered = {
        OrderAction.PAY: is_buyer and state is OrderState.PLACED and now < pay_by,
        OrderAction.CANCEL: (is_buyer or Permission.CANCEL_ORDERS in permissions)
        and (state is OrderState.PLACED or state in CANCELLABLE_PAID),
        OrderAction.SHIP: Permission.SHIP_ORDERS in permissions
        and state in SHIPPABLE
        and is_shippable
        and not is_pickup,
        OrderAction.HAND_OVER: Permission.SHIP_ORDERS in permissions
        and state in SHIPPABLE
        and is_shippable
        and is_pickup,
        OrderAction.CONFIRM_RECEIPT: is_buyer and state is OrderState.SHIPPED,
        OrderAction.REQUEST_AFTER_SALE: is_buyer and is_refundable and is_after_sale_open,
    }
    return frozenset(action for action, is_offered in offered.items() if is_offered)


def case_actions(
    state: AfterSaleState, *, is_buyer: bool, permissions: frozenset[Permission]
) -> frozenset[AfterSaleAction]:
    """Staff who bought in their own shop are both."""
    nothing: frozenset[AfterSaleAction] = frozenset()
    as_buyer = BUYER_ACTIONS.get(state, nothing) if is_buyer else nothing
    as_staff = SHOP_ACTIONS.get(state, nothing) if Permission.HANDLE_AFTER_SALE in permissions else nothing
    return as_buyer | as_staff
