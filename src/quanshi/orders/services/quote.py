from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from quanshi.accounts.types import Actor
from quanshi.catalog import selectors as catalog
from quanshi.catalog.types import VariantView
from quanshi.kernel import clock, ids
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.orders.errors import QuoteTooLong, ShopClosed, StockShort, VariantNotFound, VariantWithdrawn
from quanshi.orders.quote_token import QUOTE_TTL, sign_quote
from quanshi.orders.rules import price as rules
from quanshi.orders.types import Address, Quote, QuoteLine
from quanshi.shops import selectors as shops
from quanshi.shops.types import ShopState, ShopView
from quanshi.stock import selectors as stock


def make_quote(
    *,
    actor: Actor,
    shop_id: UUID,
    lines: Sequence[tuple[UUID, int]],
    address: Address,
    note: str,
    locale: str,
) -> tuple[Quote, str]:
    """Freeze today's prices of `lines` (variant, quantity) for the actor; the quote and its signed token.

    Stores nothing and holds no stock: placement decides who gets the last unit. Lines of one variant are added up.
    Raises: InvalidInput (field recipient, phone, region, street, postcode, country, note, quantity or lines),
    VariantNotFound, VariantWithdrawn, StockShort, ShopClosed, QuoteTooLong.
    """
    shop = shops.shops_by_id(shop_ids=[shop_id], locale=locale).get(shop_id)
    if shop is None or shop.state is not ShopState.OPEN:
        raise ShopClosed(shop_id=shop_id)
    wanted = _wanted(lines)
    variants = _sellable(wanted, shop_id=shop_id, locale=locale)
    address = rules.checked_address(address)
    note = rules.checked_text(note, field="note", most=rules.NOTE_LENGTH)
    _check_stock(wanted, variants)
    price = _price(wanted, variants, shop)
    now = clock.now()
    quote = Quote(
        quote_id=ids.new_id(),
        shop_id=shop_id,
        buyer_id=actor.id,
        currency=shop.currency,
        lines=tuple(_line(variants[variant_id], quantity) for variant_id, quantity in wanted.items()),
        freight_minor=price.freight.minor,
        total_minor=price.total.minor,
        address=address,
        note=note,
        locale=locale,
        issued_at=now,
        expires_at=now + QUOTE_TTL,
        steps=price.steps,
    )
    return quote, sign_quote(quote)


def _wanted(lines: Sequence[tuple[UUID, int]]) -> Mapping[UUID, int]:
    if not lines:
        raise InvalidInput(field="lines", value="", reason="choose something to buy")
    wanted: Counter[UUID] = Counter()
    for variant_id, quantity in lines:
        wanted[variant_id] += rules.checked_quantity(quantity)
    for quantity in wanted.values():
        rules.checked_quantity(quantity)
    if len(wanted) > rules.QUOTE_LINES_LIMIT:
        raise QuoteTooLong(limit=rules.QUOTE_LINES_LIMIT)
    return wanted


def _sellable(wanted: Mapping[UUID, int], *, shop_id: UUID, locale: str) -> dict[UUID, VariantView]:
    variants = catalog.variants_by_id(variant_ids=list(wanted), locale=locale)
    for variant_id in wanted:
        variant = variants.get(variant_id)
        if variant is None or variant.shop_id != shop_id:
            raise VariantNotFound(variant_id=variant_id)
        if not variant.is_sellable:
            raise VariantWithdrawn(variant_id=variant_id, title=variant.product_title)
    return variants


def _check_stock(wanted: Mapping[UUID, int], variants: Mapping[UUID, VariantView]) -> None:
    """A truthful refusal before the buyer confirms; the binding answer is placement's."""
    available = stock.available(variant_ids=list(wanted))
    for variant_id, quantity in wanted.items():
        free = available.get(variant_id, 0)
        if free < quantity:
            title = variants[variant_id].product_title
            raise StockShort(variant_id=variant_id, title=title, wanted=quantity, available=free)


def _price(wanted: Mapping[UUID, int], variants: Mapping[UUID, VariantView], shop: ShopView) -> rules.Price:
    priced = [
        rules.PricedLine(quantity=quantity, unit=variants[variant_id].price, list_price=variants[variant_id].list_price)
        for variant_id, quantity in wanted.items()
    ]
    free_from = shop.free_freight_from_minor
    return rules.price(
        priced,
        freight=Money(shop.freight_minor, shop.currency),
        free_freight_from=None if free_from is None else Money(free_from, shop.currency),
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
    )
