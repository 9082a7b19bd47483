from __future__ import annotations

from quanshi.kernel.errors import Conflict, InvalidInput, LimitReached, NotAllowed, NotFound, Unavailable


class BadSignature(NotAllowed):
    """Not signed by who it claims to come from, altered on the way, or too old. Details: `reason`."""

    code = "bad_signature"
    message = "The signature is not valid."


class GatewayNotFound(NotFound):
    """No such gateway is installed here, or it is switched off. Details: `gateway`."""

    code = "gateway_not_found"
    message = "This way to pay is not offered."


class GatewayUnreachable(Unavailable):
    """No usable answer: the outcome is unknown, not failed. Details: `gateway`, `reason`."""

    code = "gateway_unreachable"
    message = "The payment provider cannot be reached just now."


class GatewayRefused(Conflict):
    """The provider will not take this payment. Details: `gateway`, `reason`, the provider's own code."""

    code = "gateway_refused"
    message = "The payment provider refused this payment."


class MoneyNotTaken(InvalidInput):
    """A currency that the gateway does not take, or an amount of it. Details: `gateway`, `amount`."""

    code = "money_not_taken"
    message = "This way to pay does not take this amount."


class PayerNotKnown(InvalidInput):
    """A channel that must know more of who pays. Details: `gateway`, `missing`."""

    code = "payer_not_known"
    message = "This way to pay needs to know more about the payer."


class AttemptNotFound(NotFound):
    """Details: `attempt_id` or `refund_id`, and `payable_id` where the attempt has no part of it."""

    code = "attempt_not_found"
    message = "This payment does not exist."


class AlreadyPaid(Conflict):
    """The payable has a succeeded attempt. Details: `payable_id`, `attempt_id`."""

    code = "already_paid"
    message = "This is already paid."


class TooManyAttempts(LimitReached):
    """So many attempts to pay one thing have failed that another one is no use. Details: `payable_id`, `limit`."""

    code = "too_many_attempts"
    message = "This was tried to be paid too often."


class PaymentWindowClosed(Conflict):
    """Details: `expires_at`."""

    code = "payment_window_closed"
    message = "The time to pay is over."


class AttemptNotPaid(Conflict):
    """Only money that has arrived can go back. Details: `attempt_id`, `state`."""

    code = "attempt_not_paid"
    message = "This payment has not succeeded, so there is nothing to refund."


class RefundExceedsPayment(Conflict):
    """Details: `wanted`, `refundable`."""

    code = "refund_exceeds_payment"
    message = "The refund is larger than what is left of the payment."


class PayoutNotOffered(InvalidInput):
    """The account cannot pay in this way. Details: `account`, `missing`, what would have to be set up or named."""

    code = "payout_not_offered"
    message = "This account cannot pay out in this way."


class PayoutNotFound(NotFound):
    """Details: `payout_id`."""

    code = "payout_not_found"
    message = "This pay-out does not exist."


class PayoutKeyReused(Conflict):
    """The key exists with other content. Details: `key`."""

    code = "payout_key_reused"
    message = "This pay-out was already asked for differently."


class PayoutExceedsSource(Conflict):
    """More than is left of the payment's part, or of the split that is taken back. Details: `wanted`, `left`."""

    code = "payout_exceeds_source"
    message = "This is more than is left of the money it is taken from."


class RefundKeyReused(Conflict):
    """The key exists with other content. Details: `key`."""

    code = "refund_key_reused"
    message = "This refund was already asked for differently."


class RefundNotAbnormal(Conflict):
    """Only a refund that could not arrive is sent elsewhere. Details: `refund_id`, `state`."""

    code = "refund_not_abnormal"
    message = "This refund does not wait for a decision."


class RedirectRefused(GatewayRefused):
    """The provider will not send the refund there; it waits as before. Details: `gateway`, `reason`, its own code."""

    code = "redirect_refused"
    message = "The payment provider will not send the refund there."


class DifferenceNotFound(NotFound):
    """Details: `difference_id`."""

    code = "difference_not_found"
    message = "This difference does not exist."
