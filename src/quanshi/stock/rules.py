"""What a quantity may be. How goods are shared out is decided in sql/reserve.sql, beside the rows it locks."""

from __future__ import annotations

from typing import Final

from quanshi.kernel.errors import InvalidInput

LOW_STOCK: Final = 5  # so many units of a variant or fewer are worth a look; sql/low.sql says the same
MAX_UNITS: Final = 2**31 - 1  # a reservation's quantity is an integer of the database


def check_units(quantity: int, *, least: int = 1) -> None:
    """Raises: InvalidInput unless `quantity` is a whole number of units from `least` to MAX_UNITS."""
    if type(quantity) is not int or not least <= quantity <= MAX_UNITS:
        raise InvalidInput(field="quantity", value=str(quantity), reason=f"write a whole number from {least}")
