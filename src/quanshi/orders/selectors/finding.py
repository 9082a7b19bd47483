"""A shop's orders by whatever somebody knows of them.

Each question has an index that answers it, so that a page does not read what the shop has ever sold: the queue of each
state, an order's number, and for the others orders_lookup and the lines of a variant. A page is one statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from quanshi.accounts.types import Actor
from quanshi.catalog import selectors as catalog
from quanshi.kernel import ids
from quanshi.kernel.errors import InvalidInput
from quanshi.orders.models import Order
from quanshi.orders.rules import finding as rules
from quanshi.orders.selectors import exporting
from quanshi.orders.selectors.exporting import LAST_ID
from quanshi.orders.types import OrderFilter, OrderRow, OrderState, Way
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, beginning_of

OLDEST_QUOTE: Final = timedelta(hours=1)  # an order has its quote's id, which is at most so much older than the order
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(9000, 1, 1)  # no order is older or newer, and no sum leaves the calendar
NOTHING: Final = "false"
TEXTS: Final = ("query", "number", "phone", "recipient", "goods")
MOST_VARIANTS: Final = 200  # that a search for goods may mean; more is no search
# the newest of each state, as their index gives them: whole histories, of this shop or of others, stay unread
NEWEST: Final = """
    SELECT newest.id FROM unnest(%(states)s::text[]) AS one (state)
    CROSS JOIN LATERAL (SELECT o.id FROM orders_order AS o
                        WHERE o.shop_id = %(shop)s AND o.state = one.state AND {where}
                        ORDER BY o.id DESC LIMIT %(limit)s) AS newest
"""
OF_NUMBERS: Final = """
    SELECT o.id FROM orders_order AS o WHERE o.shop_id = %(shop)s AND {where}
"""
OF_LOOKUPS: Final = """
    (SELECT f.order_id FROM orders_lookup AS f JOIN orders_order AS o ON o.id = f.order_id
     WHERE f.shop_id = %(shop)s AND f.order_id < %(before)s AND o.shop_id = %(shop)s AND {where}
     ORDER BY f.order_id DESC LIMIT %(limit)s)
"""
OF_GOODS: Final = """
    SELECT newest.id FROM unnest(%({goods})s::uuid[]) AS one (variant)
    CROSS JOIN LATERAL (SELECT o.id FROM orders_line AS l JOIN orders_order AS o ON o.id = l.order_id
                        WHERE l.variant_id = one.variant AND l.order_id < %(before)s AND o.shop_id = %(shop)s
                          AND {where}
                        ORDER BY l.order_id DESC LIMIT %(limit)s) AS newest
"""
HAS_GOODS: Final = (
    "EXISTS (SELECT FROM orders_line AS g WHERE g.order_id = o.id AND g.variant_id = ANY(%({0})s::uuid[]))"
)
# by itself (OFFSET 0), since no statistics tell the planner how few begin so, and it would rather look at every order
OF_NAME: Final = """
    f.order_id IN (SELECT n.order_id FROM orders_lookup AS n
                   WHERE n.shop_id = %(shop)s AND n.recipient ~>=~ orders_recipient_key(%({0})s)
                     AND n.recipient ~<~ (orders_recipient_key(%({0})s) || chr(1114111)) OFFSET 0)
"""
OF_PHONE: Final = "f.phone_tail = %({0})s"
IS_PHONE: Final = "regexp_replace(o.address ->> 'phone', '[^0-9]', '', 'g') = ANY(%({0})s)"
OF_NUMBER: Final = "o.number BETWEEN %({0}_first)s AND %({0}_last)s"
PAGE: Final = """
    SELECT whole.* FROM orders_order AS whole
    WHERE whole.shop_id = %(shop)s AND whole.id IN (
        SELECT DISTINCT id FROM ({0}) AS found (id) ORDER BY id DESC LIMIT %(limit)s)
    ORDER BY whole.id DESC
"""

Where = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Conditions that are all to be true; `source` is what answers them newest first."""

    where: Where = ()
    is_number: bool = False
    has_keys: bool = False  # conditions on orders_lookup
    goods: str = ""  # the name of a list of variants

    def __and__(self, other: _Asked) -> _Asked:
        goods = self.goods or other.goods
        both = bool(self.goods and other.goods)
        return _Asked(
            where=(*self.where, *other.where, *([HAS_GOODS.format(other.goods)] if both else [])),
            is_number=self.is_number or other.is_number,
            has_keys=self.has_keys or other.has_keys,
            goods=goods,
        )

    @property
    def sql(self) -> str:
        if self.goods and (self.has_keys or self.is_number):
            where = (*self.where, HAS_GOODS.format(self.goods))
        else:
            where = self.where
        source = OF_LOOKUPS if self.has_keys else OF_NUMBERS if self.is_number else OF_GOODS if self.goods else NEWEST
        return source.format(where=" AND ".join(where), goods=self.goods)


def found_orders(*, shop_id: UUID, filters: OrderFilter, before: UUID = LAST_ID, limit: int) -> list[Order]:
    """The newest orders of the shop below `before` for which all of `filters` is true. Three queries at most.

    The caller asks for permission. Raises: InvalidInput for a state that does not exist.
    """
    filters = _clean(filters)
    values: dict[str, Any] = {
        "shop": shop_id,
        "before": before,
        "limit": limit,
        "states": read_states(text=filters.state) if filters.state else [*OrderState],
    }
    asked = _plain(filters, values) & _keys(filters, values) & _goods(filters.goods, values, shop_id)
    if filters.number:
        asked &= _number(filters.number, values, "number")
    meanings = [_Asked()]
    if filters.query:
        meanings = _meanings(filters.query, values, shop_id)
    pieces = " UNION ALL ".join((asked & meaning).sql for meaning in meanings)
    if not pieces:
        return []
    return list(Order.objects.raw(PAGE.format(pieces), values))


def order_rows(*, actor: Actor, shop_id: UUID, filters: OrderFilter) -> Iterator[OrderRow]:
    """The lines of all orders that `filters` lets through, newest order first, for a file. Some queries a 500 orders.

    Raises: NotAllowed and InvalidInput, at once.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.VIEW_ORDERS)
    if filters.state:
        read_states(text=filters.state)
    return _order_rows(shop_id, filters)


def _order_rows(shop_id: UUID, filters: OrderFilter) -> Iterator[OrderRow]:
    before = LAST_ID
    while chunk := found_orders(shop_id=shop_id, filters=filters, before=before, limit=exporting.CHUNK):
        yield from exporting.rows_of(orders=chunk)
        before = chunk[-1].id


def read_states(*, text: str) -> list[OrderState]:
    """One state or several with commas between. Raises: InvalidInput."""
    try:
        return [OrderState(word) for word in text.split(",")]
    except ValueError:
        raise InvalidInput(field="state", value=text[:80], reason="not a state of an order") from None


def _clean(filters: OrderFilter) -> OrderFilter:
    """Without what no text column can hold and nobody means."""
    texts = {name: getattr(filters, name).replace("\x00", "").strip() for name in TEXTS}
    return replace(filters, **texts)


def _plain(filters: OrderFilter, values: dict[str, Any]) -> _Asked:
    """State and days: what the order itself says."""
    where = ["o.id < %(before)s", "o.state = ANY(%(states)s)"]
    if filters.first_day is not None:
        values["from"] = _midnight(filters.first_day)
        values["from_id"] = ids.first_id_at(values["from"] - OLDEST_QUOTE)
        where += ["o.id >= %(from_id)s", "o.placed_at >= %(from)s"]
    if filters.last_day is not None:
        values["until"] = _midnight(min(filters.last_day, LAST_DAY) + timedelta(days=1))
        values["until_id"] = ids.first_id_at(values["until"])
        where += ["o.id < %(until_id)s", "o.placed_at < %(until)s"]
    return _Asked(where=tuple(where))


def _keys(filters: OrderFilter, values: dict[str, Any]) -> _Asked:
    """What orders_lookup knows."""
    asked = _Asked()
    if filters.phone:
        asked &= _phone(filters.phone, values, "phone")
    if filters.recipient:
        asked &= _name(filters.recipient, values, "recipient")
    for name, comparison in (("least_minor", ">="), ("most_minor", "<=")):
        if (minor := getattr(filters, name)) is not None:
            values[name] = minor
            asked &= _Asked(where=(f"f.total_minor {comparison} %({name})s",), has_keys=True)
    if filters.way is not None:
        asked &= _Asked(where=("f.is_pickup" if filters.way is Way.PICKUP else "NOT f.is_pickup",), has_keys=True)
    return asked


def _meanings(query: str, values: dict[str, Any], shop_id: UUID) -> list[_Asked]:
    """Everything that one search field may have been told. An order is found by whichever is true of it."""
    meanings = [_name(query, values, "q_name"), _phone(query, values, "q_phone"), _number(query, values, "q_number")]
    values["q_skus"] = catalog.variants_of_sku(shop_id=shop_id, sku=query)
    if values["q_skus"]:
        meanings.append(_Asked(goods="q_skus"))
    return [meaning for meaning in meanings if NOTHING not in meaning.where]


def _phone(text: str, values: dict[str, Any], name: str) -> _Asked:
    if (phone := rules.telephone(text)) is None:
        return _Asked(where=(NOTHING,))
    values[name] = phone.tail
    where = [OF_PHONE.format(name)]
    if phone.digits:
        values[f"{name}_spelt"] = rules.spellings(phone.digits)
        where.append(IS_PHONE.format(f"{name}_spelt"))
    return _Asked(where=tuple(where), has_keys=True)


def _name(text: str, values: dict[str, Any], name: str) -> _Asked:
    values[name] = rules.name_start(text)
    if values[name] is None:
        return _Asked(where=(NOTHING,))
    return _Asked(where=(OF_NAME.format(name),), has_keys=True)


def _number(text: str, values: dict[str, Any], name: str) -> _Asked:
    if (between := rules.numbers_between(text)) is None:
        return _Asked(where=(NOTHING,))
    values[f"{name}_first"], values[f"{name}_last"] = between
    return _Asked(where=(OF_NUMBER.format(name),), is_number=True)


def _goods(text: str, values: dict[str, Any], shop_id: UUID) -> _Asked:
    if not text:
        return _Asked()
    values["goods"] = catalog.variants_named(shop_id=shop_id, words=text, most=MOST_VARIANTS)
    return _Asked(goods="goods")


def _midnight(day: date) -> datetime:
    return beginning_of(min(max(day, FIRST_DAY), LAST_DAY))
