"""The state machine of the whole trade, by family of steps. `Market` is all of them together."""

from __future__ import annotations

from tests.support.market.after_sale import AfterSaleSteps
from tests.support.market.buying import BuyingSteps
from tests.support.market.time import TimeSteps
from tests.support.market.world import Log, World, build_world

__all__ = ["Log", "Market", "World", "build_world"]


class Market(BuyingSteps, AfterSaleSteps, TimeSteps):
    """Everything that can happen to a shop's trade, in any order."""
