"""The reads of the orders room, by who looks."""

from quanshi.orders.selectors.bought import bought_line, bought_lines, lines_of_person
from quanshi.orders.selectors.cart import cart, cart_count, selected_in_cart
from quanshi.orders.selectors.closing import open_business
from quanshi.orders.selectors.console import (
    after_sales_page,
    order_numbers,
    saved_filters,
    shop_after_sales,
    shop_orders,
    shop_today,
)
from quanshi.orders.selectors.exporting import case_rows
from quanshi.orders.selectors.finding import order_rows
from quanshi.orders.selectors.orders import after_sale_page, after_sale_picture, order_page, orders_of
from quanshi.orders.selectors.packing import packing_slips, pick_list
from quanshi.orders.selectors.parcels import open_orders, parcel_file, parcel_files
from quanshi.orders.selectors.personal import bars_of_buyer, data_of_buyer, files_of_buyer
from quanshi.orders.selectors.placements import placement_by_key
from quanshi.orders.selectors.purchases import left_out_of, purchases_of
from quanshi.orders.selectors.sales import shop_sales

__all__ = [
    "after_sale_page",
    "after_sale_picture",
    "after_sales_page",
    "bars_of_buyer",
    "bought_line",
    "bought_lines",
    "cart",
    "cart_count",
    "case_rows",
    "data_of_buyer",
    "files_of_buyer",
    "left_out_of",
    "lines_of_person",
    "open_business",
    "open_orders",
    "order_numbers",
    "order_page",
    "order_rows",
    "orders_of",
    "packing_slips",
    "parcel_file",
    "parcel_files",
    "pick_list",
    "placement_by_key",
    "purchases_of",
    "saved_filters",
    "selected_in_cart",
    "shop_after_sales",
    "shop_orders",
    "shop_sales",
    "shop_today",
]
