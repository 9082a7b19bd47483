from __future__ import annotations

from typing import Final

from quanshi.kernel import limits
from quanshi.orders.errors import TooManyCheckouts

MOST_CHECKOUTS: Final = 60
WINDOW_SECONDS: Final = 600


def count_checkout(*, client: str) -> None:
    """Count a new quote of this client's. Guests cost nothing, so it is their network that counts. Emits nothing.

    Raises: TooManyCheckouts for more than MOST_CHECKOUTS within WINDOW_SECONDS.
    """
    if not limits.is_within(key=f"checkouts:{client}"[:128], most=MOST_CHECKOUTS, seconds=WINDOW_SECONDS):
        raise TooManyCheckouts(limit=MOST_CHECKOUTS)
