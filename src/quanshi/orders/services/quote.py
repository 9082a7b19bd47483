from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from quanshi.accounts.types import Actor
from quanshi.catalog import selectors as catalog
from quanshi.catalog.types import VariantView
from quanshi.fulfilment import selectors as fulfilment
from quanshi.fulfilment.types import FreightCharge, FreightGoods
from quanshi.kernel import clock, ids
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.texts import checked_text
from quanshi.orders.errors import (
    MixedCurrencies,
    OverLimit,
    QuoteTooLong,
    ShopClosed,
    StockShort,
    VariantNotFound,
    VariantWithdrawn,
)
from quanshi.orders.quote_token import QUOTE_TTL, sign_quote
from quanshi.orders.rules import price as rules
from quanshi.orders.selectors import limits
from quanshi.orders.services import pickup
from quanshi.orders.types import Address, Pickup, Quote, QuoteLine, QuoteOrder, ShopWish
from quanshi.shops import selectors as shops
from quanshi.shops.types import Seller
from quanshi.stock import selectors as stock


def make_quote(
    *,
    actor: Actor,
    wishes: Sequence[ShopWish],
    address: Address,
    locale: str,
    is_all_or_nothing: bool = True,
) -> tuple[Quote, str]:
    """Freeze today's prices of what the actor wishes for, an order a shop; the quote and its signed token.

    Stores nothing and holds no stock: placement decides who gets the last unit. Lines of one variant are added up, and
    so are wishes of one shop. `is_all_or_nothing` says what becomes of the other shops' orders when one is short.
    Raises: InvalidInput (field recipient, phone, region, street, postcode, country, note, quantity, lines or wishes),
    VariantNotFound, VariantWithdrawn, StockShort, OverLimit, ShopClosed, MixedCurrencies, QuoteTooLong, NoDelivery,
    PickupPointNotFound.
    """
    wanted = _wanted(wishes)
    views = _open_shops(wanted, locale=locale)
    variants = _sellable(wanted, locale=locale)
    pickups = pickup.chosen_points(wishes=wishes)
    address = rules.checked_address(address, is_delivered=len(pickups) < len(wanted))
    notes = _notes(wishes)
    units = {variant_id: units for lines in wanted.values() for variant_id, units in lines.items()}
    _check_stock(units, variants)
    _check_limits(units, variants, actor)
    delivered = {shop_id: lines for shop_id, lines in wanted.items() if shop_id not in pickups}
    freight = _freight(delivered, variants, address, locale=locale) if delivered else {}
    now = clock.now()
    quote_id = ids.new_id()
    quote = Quote(
        quote_id=quote_id,
        buyer_id=actor.id,
        currency=next(iter(views.values())).currency,
        address=address,
        locale=locale,
        orders=tuple(
            _order(
                quote_id if len(wanted) == 1 else ids.new_id(),
                views[shop_id],
                [(variants[variant_id], quantity) for variant_id, quantity in lines.items()],
                note=notes[shop_id],
                freight=freight.get(shop_id, ()),
                pickup=pickups.get(shop_id),
            )
            for shop_id, lines in wanted.items()
        ),
        is_all_or_nothing=is_all_or_nothing,
        issued_at=now,
        expires_at=now + QUOTE_TTL,
    )
    return quote, sign_quote(quote)


def _wanted(wishes: Sequence[ShopWish]) -> dict[UUID, Counter[UUID]]:
    """Units by shop and variant, in the order of the wishes."""
    wanted: dict[UUID, Counter[UUID]] = {}
    for wish in wishes:
        if not wish.lines:
            raise InvalidInput(field="lines", value="", reason="choose something to buy")
        units = wanted.setdefault(wish.shop_id, Counter())
        for variant_id, quantity in wish.lines:
            units[variant_id] += rules.checked_quantity(quantity)
    if not wanted:
        raise InvalidInput(field="lines", value="", reason="choose something to buy")
    for units in wanted.values():
        for quantity in units.values():
            rules.checked_quantity(quantity)
    if len(wanted) > rules.QUOTE_SHOPS_LIMIT:
        raise QuoteTooLong(limit=rules.QUOTE_SHOPS_LIMIT, counted="shops")
    if sum(len(units) for units in wanted.values()) > rules.QUOTE_LINES_LIMIT:
        raise QuoteTooLong(limit=rules.QUOTE_LINES_LIMIT, counted="lines")
    return wanted


def _open_shops(wanted: Mapping[UUID, Counter[UUID]], *, locale: str) -> dict[UUID, Seller]:
    views = shops.sellers(shop_ids=list(wanted), locale=locale)
    now = clock.now()
    for shop_id in wanted:
        if shop_id not in views or not views[shop_id].takes_orders(now=now):
            raise ShopClosed(shop_id=shop_id)
    currencies = sorted({view.currency for view in views.values()})
    if len(currencies) > 1:
        raise MixedCurrencies(currencies=currencies)
    return views


def _sellable(wanted: Mapping[UUID, Counter[UUID]], *, locale: str) -> dict[UUID, VariantView]:
    asked = [(shop_id, variant_id) for shop_id, units in wanted.items() for variant_id in units]
    variants = catalog.priced_variants(variant_ids=[variant_id for _shop, variant_id in asked], locale=locale)
    for shop_id, variant_id in asked:
        variant = variants.get(variant_id)
        if variant is None or variant.shop_id != shop_id:
            raise VariantNotFound(variant_id=variant_id)
        if not variant.is_sellable:
            raise VariantWithdrawn(variant_id=variant_id, title=variant.product_title)
    return variants


def _notes(wishes: Sequence[ShopWish]) -> dict[UUID, str]:
    notes: dict[UUID, str] = {}
    for wish in wishes:
        text = " ".join(filter(None, (notes.get(wish.shop_id), wish.note)))
        notes[wish.shop_id] = checked_text(text, field="note", most=rules.NOTE_LENGTH)
    return notes


def _check_stock(units: Mapping[UUID, int], variants: Mapping[UUID, VariantView]) -> None:
    """A truthful refusal before the buyer confirms; the binding answer is placement's."""
    available = stock.available(variant_ids=list(units))
    for variant_id, quantity in units.items():
        free = available.get(variant_id, 0)
        if free < quantity:
            title = variants[variant_id].product_title
            raise StockShort(variant_id=variant_id, title=title, wanted=quantity, available=free)


def _check_limits(units: Mapping[UUID, int], variants: Mapping[UUID, VariantView], actor: Actor) -> None:
    """As with stock: the binding answer is placement's."""
    limited = {variant_id: variants[variant_id].person_limit for variant_id in units}
    asked = [variant_id for variant_id, limit in limited.items() if limit is not None]
    held = limits.units_ordered(buyer_id=actor.id, variant_ids=asked) if asked else {}
    for variant_id in asked:
        limit = limited[variant_id] or 0
        if held.get(variant_id, 0) + units[variant_id] > limit:
            title = variants[variant_id].product_title
            raise OverLimit(variant_id=variant_id, title=title, limit=limit, held=held.get(variant_id, 0))


def _freight(
    wanted: Mapping[UUID, Counter[UUID]], variants: Mapping[UUID, VariantView], address: Address, *, locale: str
) -> dict[UUID, tuple[FreightCharge, ...]]:
    goods = [
        FreightGoods(
            shop_id=shop_id,
            product_id=variants[variant_id].product_id,
            title=variants[variant_id].product_title,
            units=units,
            grams=variants[variant_id].weight_grams * units,
            amount_minor=variants[variant_id].price.minor * units,
        )
        for shop_id, lines in wanted.items()
        for variant_id, units in lines.items()
    ]
    return fulfilment.charges(goods=goods, region=address.region, country=address.country, locale=locale)


def _order(
    order_id: UUID,
    shop: Seller,
    wanted: Sequence[tuple[VariantView, int]],
    *,
    note: str,
    freight: Sequence[FreightCharge],
    pickup: Pickup | None,
) -> QuoteOrder:
    price = rules.price(
        [
            rules.PricedLine(quantity=units, unit=variant.price, list_price=variant.list_price)
            for variant, units in wanted
        ],
        currency=shop.currency,
        freight=freight,
    )
    return QuoteOrder(
        order_id=order_id,
        shop_id=shop.id,
        lines=tuple(_line(variant, units) for variant, units in wanted),
        freight_minor=price.freight.minor,
        total_minor=price.total.minor,
        note=note,
        steps=price.steps,
        pickup=pickup,
    )


def _line(variant: VariantView, quantity: int) -> QuoteLine:
    return QuoteLine(
        line_id=ids.new_id(),
        variant_id=variant.id,
        product_id=variant.product_id,
        title=variant.product_title,
        options=variant.options,
        sku=variant.sku,
        quantity=quantity,
        unit_minor=variant.price.minor,
        person_limit=variant.person_limit,
    )
