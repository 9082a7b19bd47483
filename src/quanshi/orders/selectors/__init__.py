"""The reads of the orders room, by who looks."""

from quanshi.orders.selectors.bought import bought_line, bought_lines, lines_of_person
from quanshi.orders.selectors.cart import cart, cart_count, selected_in_cart
from quanshi.orders.selectors.console import after_sales_page, order_numbers, shop_after_sales, shop_orders, shop_today
from quanshi.orders.selectors.orders import after_sale_page, order_page, orders_of
from quanshi.orders.selectors.placements import placement_by_key
from quanshi.orders.selectors.purchases import left_out_of, purchases_of
from quanshi.orders.selectors.sales import shop_sales

__all__ = [
    "after_sale_page",
    "after_sales_page",
    "bought_line",
    "bought_lines",
    "cart",
    "cart_count",
    "left_out_of",
    "lines_of_person",
    "order_numbers",
    "order_page",
    "orders_of",
    "placement_by_key",
    "purchases_of",
    "selected_in_cart",
    "shop_after_sales",
    "shop_orders",
    "shop_sales",
    "shop_today",
]
