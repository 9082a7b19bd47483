"""Orders against everything they caused: their own sums and trail, parcels, stock, books, payments and cases."""

from __future__ import annotations

from typing import Final

from quanshi.orders.audit.goods import GOODS, SUMS
from quanshi.orders.audit.life import ANSWERS, SHOPS, STATES
from quanshi.orders.audit.money import MONEY

CHECKS: Final = (*SUMS, *STATES, *SHOPS, *GOODS, *MONEY, *ANSWERS)
