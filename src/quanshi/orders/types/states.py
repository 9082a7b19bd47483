from __future__ import annotations

from enum import StrEnum


class OrderState(StrEnum):
    PLACED = "placed"
    PAID = "paid"
    TO_SHIP = "to_ship"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    RECEIVED = "received"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class RefundStatus(StrEnum):
    """Stands beside the order's state."""

    NONE = "none"
    PART = "part"
    WHOLE = "whole"


class AfterSaleKind(StrEnum):
    REFUND_ONLY = "refund_only"
    RETURN_AND_REFUND = "return_and_refund"


class AfterSaleState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"  # return and refund: waiting for the buyer to send the goods
    DECLINED = "declined"
    RETURNING = "returning"  # the goods are on their way back
    RECEIVED = "received"  # the goods are back and inspected
    REFUNDING = "refunding"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class OrderAction(StrEnum):
    """What the person looking at an order may do with it now."""

    PAY = "pay"
    CANCEL = "cancel"
    SHIP = "ship"
    HAND_OVER = "hand_over"
    CONFIRM_RECEIPT = "confirm_receipt"
    REQUEST_AFTER_SALE = "request_after_sale"


class AfterSaleAction(StrEnum):
    """What the person looking at a case may do with it now."""

    APPROVE = "approve"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    ADD_PICTURES = "add_pictures"
    SEND_BACK = "send_back"
    RECEIVE_BACK = "receive_back"


class Reason(StrEnum):
    """The stable word of a timeline entry. A cancellation may carry the canceller's own words instead."""

    PLACED = "placed"
    PAID = "paid"
    FREE = "free"  # nothing to pay
    PAYMENT_FAILED = "payment_failed"  # the order stays as it was and may be paid again
    UNPAID = "unpaid"  # the time to pay ran out
    BY_BUYER = "by_buyer"
    BY_SHOP = "by_shop"
    BY_TIMER = "by_timer"
    SHIPPED = "shipped"
    READY = "ready"  # to be fetched; the order's state is as it was
    PICKED_UP = "picked_up"  # the buyer has shown the code
    REFUNDED = "refunded"  # money went back; the order's state may be as it was
    REFUND_FAILED = "refund_failed"  # the gateway refused a refund for good


class ParcelFileState(StrEnum):
    READ = "read"  # looked through; nothing has been sent
    WAITING = "waiting"  # for the worker
    DONE = "done"


class ParcelOutcome(StrEnum):
    """What becomes of a row of a parcel file."""

    READY = "ready"
    SHIPPED = "shipped"
    UNCHANGED = "unchanged"  # this parcel had been sent already
    REFUSED = "refused"
