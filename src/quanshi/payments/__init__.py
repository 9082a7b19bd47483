"""Taking money and giving it back through a gateway; knows an order only as an opaque payable.

Owns: payments_attempt, payments_attempt_part, payments_notification, payments_refund, and the sandbox provider's own
payments_sandbox_charge and payments_sandbox_refund; payments_bill, payments_bill_line and payments_bill_difference.
Events in: none. Events out: PaymentSucceeded, PaymentFailed, RefundSucceeded, RefundFailed, RefundAbnormal.
"""
