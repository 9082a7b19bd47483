"""The use cases of the orders room, by family."""

from quanshi.orders.quote_token import read_quote
from quanshi.orders.services.after_sale import approve, decline, receive_back, send_back, withdraw
from quanshi.orders.services.after_sale_pictures import add_after_sale_pictures
from quanshi.orders.services.after_sale_request import request_after_sale
from quanshi.orders.services.cart import (
    adopt_guest,
    choose_in_cart,
    put_in_cart,
    select_in_cart,
    set_cart_quantity,
)
from quanshi.orders.services.claim import claim_order
from quanshi.orders.services.closing import close_shop
from quanshi.orders.services.life import cancel, confirm_receipt
from quanshi.orders.services.limits import count_checkout
from quanshi.orders.services.outcomes import apply_refund, note_refund_failed
from quanshi.orders.services.parcel_files import queue_parcel_file, read_parcel_file, ship_parcel_file
from quanshi.orders.services.payment import apply_payments, note_payment_failed, pay
from quanshi.orders.services.personal import forget_buyer, forget_old_orders, forget_parcel_files
from quanshi.orders.services.pickup import find_pickup, hand_over, note_ready
from quanshi.orders.services.placement import place
from quanshi.orders.services.quote import make_quote
from quanshi.orders.services.saved_filters import OF_PEOPLE, delete_filter, save_filter
from quanshi.orders.services.shipping import ship
from quanshi.orders.services.stuck_refunds import redirect_refund, retry_refunds
from quanshi.orders.services.sweeps import (
    cancel_unpaid,
    close_due,
    forget_guest_carts,
    receive_due,
    settle_after_sales_due,
)
from quanshi.orders.stream_token import read_stream_token, stream_token

__all__ = [
    "OF_PEOPLE",
    "add_after_sale_pictures",
    "adopt_guest",
    "apply_payments",
    "apply_refund",
    "approve",
    "cancel",
    "cancel_unpaid",
    "choose_in_cart",
    "claim_order",
    "close_due",
    "close_shop",
    "confirm_receipt",
    "count_checkout",
    "decline",
    "delete_filter",
    "find_pickup",
    "forget_buyer",
    "forget_guest_carts",
    "forget_old_orders",
    "forget_parcel_files",
    "hand_over",
    "make_quote",
    "note_payment_failed",
    "note_ready",
    "note_refund_failed",
    "pay",
    "place",
    "put_in_cart",
    "queue_parcel_file",
    "read_parcel_file",
    "read_quote",
    "read_stream_token",
    "receive_back",
    "receive_due",
    "redirect_refund",
    "request_after_sale",
    "retry_refunds",
    "save_filter",
    "select_in_cart",
    "send_back",
    "set_cart_quantity",
    "settle_after_sales_due",
    "ship",
    "ship_parcel_file",
    "stream_token",
    "withdraw",
]
