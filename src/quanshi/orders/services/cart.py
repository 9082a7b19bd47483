from __future__ import annotations

from collections import defaultdict
from typing import Final
from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import Actor
from quanshi.catalog import selectors as catalog
from quanshi.catalog.types import VariantView
from quanshi.kernel import clock, ids, prepared
from quanshi.orders import locks
from quanshi.orders.errors import CartFull, CartLineFull, VariantNotFound, VariantWithdrawn
from quanshi.orders.models import CartLine, Order
from quanshi.orders.rules import price as rules

LOCALE: Final = "zh-hans"  # of the title in a refusal
SET_LINE_SQL: Final = (
    "SELECT orders_set_cart_line(%(line)s, %(buyer)s, %(variant)s, %(quantity)s, false, %(most)s, %(at)s)"
)
CHOOSE_SQL: Final = """
    SELECT outcome, shop, variant, quantity
    FROM orders_choose_in_cart(%(line)s, %(buyer)s, %(variant)s, %(quantity)s, %(most)s, %(at)s)
"""


def put_in_cart(*, actor: Actor, variant_id: UUID, quantity: int) -> None:
    """Add `quantity` units to the actor's cart and select the line. It holds no stock. Emits nothing.

    Not idempotent: twice is twice as many.
    Raises: VariantNotFound, VariantWithdrawn, CartFull, CartLineFull, InvalidInput.
    """
    rules.checked_quantity(quantity)
    variant = _sellable(variant_id)
    with transaction.atomic():
        locks.cart([actor.id])
        line = CartLine.objects.filter(buyer_id=actor.id, variant_id=variant_id).first()
        if line is None:
            _check_room(actor)
            CartLine.objects.create(
                buyer_id=actor.id,
                shop_id=variant.shop_id,
                variant_id=variant_id,
                quantity=quantity,
                added_at=clock.now(),
            )
            return
        if line.quantity + quantity > rules.LINE_QUANTITY_LIMIT:
            raise CartLineFull(variant_id=variant_id, limit=rules.LINE_QUANTITY_LIMIT)
        line.quantity += quantity
        line.is_selected = True
        line.save(update_fields=["quantity", "is_selected"])


def set_cart_quantity(*, actor: Actor, variant_id: UUID, quantity: int) -> None:
    """Make the cart hold `quantity` units; 0 takes the line out. Idempotent. Emits nothing.

    A line that is not there is put in, so a page that was open for long does what it says.
    Raises: VariantNotFound, VariantWithdrawn, CartFull, InvalidInput.
    """
    if quantity == 0:
        CartLine.objects.filter(buyer_id=actor.id, variant_id=variant_id).delete()
        return
    ((outcome,),) = prepared.fetch(sql=SET_LINE_SQL, values=_line(actor, variant_id, quantity))
    _check_set(outcome, variant_id)


def choose_in_cart(*, actor: Actor, variant_id: UUID, quantity: int) -> dict[UUID, list[tuple[UUID, int]]]:
    """As `set_cart_quantity`, and the next checkout takes the line; all that it takes now, as `selected_in_cart` says.

    Idempotent. Emits nothing. Raises: VariantNotFound, VariantWithdrawn, CartFull, InvalidInput, also for 0 units.
    """
    chosen = prepared.fetch(sql=CHOOSE_SQL, values=_line(actor, variant_id, quantity))
    _check_set(chosen[0][0], variant_id)
    found: dict[UUID, list[tuple[UUID, int]]] = defaultdict(list)
    for _outcome, shop_id, chosen_id, units in chosen:
        found[shop_id].append((chosen_id, units))
    return found


def _line(actor: Actor, variant_id: UUID, quantity: int) -> dict[str, object]:
    """Raises: InvalidInput."""
    return {
        "line": ids.new_id(),
        "buyer": actor.id,
        "variant": variant_id,
        "quantity": rules.checked_quantity(quantity),
        "most": rules.CART_LINES_LIMIT,
        "at": clock.now(),
    }


def _check_set(outcome: str, variant_id: UUID) -> None:
    """Raises: VariantNotFound, VariantWithdrawn, CartFull."""
    if outcome == "full":
        raise CartFull(limit=rules.CART_LINES_LIMIT)
    if outcome == "not_sold":
        _sellable(variant_id)
        raise VariantNotFound(variant_id=variant_id)  # it is back since this very moment


def select_in_cart(*, actor: Actor, variant_id: UUID, is_selected: bool) -> None:
    """Choose whether the next checkout takes this line. Idempotent. Emits nothing. Raises: VariantNotFound."""
    if not CartLine.objects.filter(buyer_id=actor.id, variant_id=variant_id).update(is_selected=is_selected):
        raise VariantNotFound(variant_id=variant_id)


def adopt_guest(*, guest_id: UUID, person_id: UUID) -> None:
    """Give a person what they put aside and ordered before they signed in. Idempotent. Emits nothing.

    Cart lines of both are added up, up to what a line and a cart may hold; the newest lines win a place.
    """
    if guest_id == person_id:
        return
    with transaction.atomic():
        locks.cart([guest_id, person_id])
        held = {line.variant_id: line for line in CartLine.objects.filter(buyer_id=person_id)}
        moved = list(CartLine.objects.filter(buyer_id=guest_id).order_by("-added_at", "-id"))
        CartLine.objects.filter(buyer_id=guest_id).delete()
        for line in moved:
            line.id, line.buyer_id = ids.new_id(), person_id
            if (before := held.pop(line.variant_id, None)) is not None:
                line.quantity = min(line.quantity + before.quantity, rules.LINE_QUANTITY_LIMIT)
        room = rules.CART_LINES_LIMIT - len(held)
        CartLine.objects.bulk_create(
            moved[: max(0, room)],
            update_conflicts=True,
            unique_fields=["buyer_id", "variant"],
            update_fields=["quantity", "is_selected"],
        )
        ordered = locks.orders(Order.objects.filter(buyer_id=guest_id).values_list("id", flat=True))
        Order.objects.filter(id__in=ordered).update(buyer_id=person_id)


def _sellable(variant_id: UUID) -> VariantView:
    variant = catalog.priced_variants(variant_ids=[variant_id], locale=LOCALE).get(variant_id)
    if variant is None:
        raise VariantNotFound(variant_id=variant_id)
    if not variant.is_sellable:
        raise VariantWithdrawn(variant_id=variant_id, title=variant.product_title)
    return variant


def _check_room(actor: Actor) -> None:
    if CartLine.objects.filter(buyer_id=actor.id).count() >= rules.CART_LINES_LIMIT:
        raise CartFull(limit=rules.CART_LINES_LIMIT)
