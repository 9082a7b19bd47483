from __future__ import annotations

from quanshi.kernel.errors import Conflict, InvariantBroken, NotFound


class Unbalanced(InvariantBroken):
    """Legs that are fewer than two, zero, or do not sum to zero per currency. No caller may handle it: it is a bug."""


class TransferConflict(Conflict):
    """The key exists with other content. Details: `key`."""

    code = "transfer_conflict"
    message = "This movement of money is already booked differently."


class TransferNotFound(NotFound):
    """Details: `key`."""

    code = "transfer_not_found"
    message = "This movement of money does not exist."


class BalanceTooLow(Conflict):
    """The account does not hold so much. Details: `account`, `wanted`, `balance`."""

    code = "balance_too_low"
    message = "There is not so much money in this account."


class AlreadyReversed(Conflict):
    """Another key has already reversed this transfer. Details: `transfer_id`."""

    code = "already_reversed"
    message = "This movement of money is already reversed."
