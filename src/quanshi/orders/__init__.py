"""Cart, signed quote, placement, the life of an order, after-sale.

Owns: orders_cart_line, orders_order, orders_line, orders_claim_kind, orders_transition, orders_after_sale,
orders_after_sale_line, orders_after_sale_picture, orders_after_sale_transition, orders_parcel_file,
orders_parcel_file_row.
Events in: PaymentSucceeded, PaymentFailed, RefundSucceeded, RefundFailed, RefundAbnormal.
Events out: OrderPlaced, OrderPaid, OrderCancelled, OrderShipped, OrderReceived, OrderClosed, AfterSaleChanged.
"""
