"""Taking money, giving it back and paying it out through a gateway; knows an order only as an opaque payable.

Owns: payments_attempt, payments_attempt_part, payments_notification, payments_refund and payments_payout;
payments_bill, payments_bill_line, payments_bill_difference and payments_bill_difference_note; and the sandbox
provider's own payments_sandbox_charge, payments_sandbox_refund, payments_sandbox_payout and payments_sandbox_notice.
Events in: none. Events out: PaymentSucceeded, PaymentFailed, RefundSucceeded, RefundFailed, RefundAbnormal.
"""
