"""One change of many goods: what it makes of each, decided without a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from quanshi.catalog.rules import entries
from quanshi.catalog.rules.drafts import PRICE_MAX_MINOR, TAGS_MAX
from quanshi.catalog.types import ProductStatus, Schedule
from quanshi.kernel.errors import InvalidInput

PERCENT_MAX: Final = 1000
BPS: Final = 10_000
ENDINGS: Final = frozenset({1, 10, 100, 500, 1000, 10_000})


class Kind(StrEnum):
    PRICE_BY_PERCENT = "price_percent"
    PRICE_BY_AMOUNT = "price_amount"
    STATUS = "status"
    CATEGORY = "category"
    ADD_TAGS = "add_tags"
    REMOVE_TAGS = "remove_tags"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class Change:
    """`bps` are hundredths of a percent, `amount_minor` may be below zero, prices are rounded to `step_minor`."""

    kind: Kind
    bps: int = 0
    amount_minor: int = 0
    step_minor: int = 1
    status: str = ""
    path: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    publish_at: str = ""
    withdraw_at: str = ""

    def data(self) -> dict[str, Any]:
        """As the database keeps it; `read_change` reads it back."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in self._all().items() if value
        }

    def _all(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class Goods:
    """What a bulk change looks at of one product. Prices are by variant id."""

    status: str
    path: tuple[str, ...]
    tags: tuple[str, ...]
    prices: Mapping[str, int] = field(default_factory=dict)
    publish_at: str = ""
    withdraw_at: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What differs before and after; a `refusal` is a code and leaves both empty. Both empty: nothing to change."""

    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    refusal: str = ""


def read_change(data: Mapping[str, Any]) -> Change:
    """A change from what a form or the database says. Raises: InvalidInput naming the field."""
    known: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list | tuple) else value for name, value in data.items()
    }
    known["kind"] = Kind(str(data["kind"]))
    change = Change(**known)
    change = replace(change, tags=tuple(entries.tags(change.tags)), path=entries.shelves(change.path))
    if change.kind is Kind.PRICE_BY_PERCENT and (change.bps == 0 or not -BPS < change.bps <= PERCENT_MAX * 100):
        raise InvalidInput(field="percent", value=str(change.bps), reason="out_of_range")
    if change.kind is Kind.PRICE_BY_AMOUNT and not 0 < abs(change.amount_minor) <= PRICE_MAX_MINOR:
        raise InvalidInput(field="amount", value=str(change.amount_minor), reason="out_of_range")
    if change.step_minor not in ENDINGS:
        raise InvalidInput(field="step", value=str(change.step_minor), reason="out_of_range")
    if change.kind is Kind.STATUS and change.status not in set(ProductStatus):
        raise InvalidInput(field="status", value=change.status, reason="unknown status")
    if change.kind in {Kind.ADD_TAGS, Kind.REMOVE_TAGS} and not change.tags:
        raise InvalidInput(field="tags", value="", reason="required")
    entries.schedule(Schedule(publish_at=_moment(change.publish_at), withdraw_at=_moment(change.withdraw_at)))
    return change


def effect(change: Change, goods: Goods) -> Effect:
    """What `change` makes of `goods`."""
    match change.kind:
        case Kind.PRICE_BY_PERCENT | Kind.PRICE_BY_AMOUNT:
            return _prices(change, goods)
        case Kind.STATUS:
            return _differs({"status": goods.status}, {"status": change.status})
        case Kind.CATEGORY:
            return _differs({"path": list(goods.path)}, {"path": list(change.path)})
        case Kind.ADD_TAGS | Kind.REMOVE_TAGS:
            return _tags(change, goods)
        case Kind.SCHEDULE:
            before = {"publish_at": goods.publish_at, "withdraw_at": goods.withdraw_at}
            return _differs(before, {"publish_at": change.publish_at, "withdraw_at": change.withdraw_at})


def new_price(change: Change, price_minor: int) -> int:
    """The price after `change`, to the nearest step, half a step upward."""
    if change.kind is Kind.PRICE_BY_PERCENT:
        twice, whole = 2 * price_minor * (BPS + change.bps), 2 * BPS * change.step_minor
    else:
        twice, whole = 2 * (price_minor + change.amount_minor), 2 * change.step_minor
    return (twice + whole // 2) // whole * change.step_minor


def _prices(change: Change, goods: Goods) -> Effect:
    after = {variant_id: new_price(change, price) for variant_id, price in goods.prices.items()}
    if not goods.prices:
        return Effect(refusal="no_variants")
    if any(price <= 0 and goods.prices[variant_id] > 0 for variant_id, price in after.items()):
        return Effect(refusal="price_below")
    if any(price > PRICE_MAX_MINOR for price in after.values()):
        return Effect(refusal="price_above")
    return _differs({"prices": dict(goods.prices)}, {"prices": after})


def _tags(change: Change, goods: Goods) -> Effect:
    kept = [tag for tag in goods.tags if tag not in change.tags]
    after = list(dict.fromkeys((*goods.tags, *change.tags))) if change.kind is Kind.ADD_TAGS else kept
    if len(after) > TAGS_MAX:
        return Effect(refusal="too_many_tags")
    return _differs({"tags": list(goods.tags)}, {"tags": after})


def _differs(before: dict[str, Any], after: dict[str, Any]) -> Effect:
    return Effect() if before == after else Effect(before=before, after=after)


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
