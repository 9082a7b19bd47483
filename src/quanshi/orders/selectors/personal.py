"""What this room keeps of a person: all of it for themselves, and what of it cannot be given up yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from quanshi.accounts.types import Bar, StoredFile
from quanshi.fulfilment import selectors as fulfilment
from quanshi.orders.models import AfterSale, AfterSalePicture, CartLine, Order, SavedFilter, Transition
from quanshi.orders.rules.life import ENDED
from quanshi.orders.types import AfterSaleState
from quanshi.payments import selectors as payments
from quanshi.payments.types import RefundState

LINE: Final = ("id", "title", "options", "sku", "quantity", "unit_minor", "discount_minor", "total_minor")
CASE: Final = ("number", "kind", "state", "amount_minor", "reason", "answer", "return_tracking_number", "created_at")
CASE_ENDS: Final = (AfterSaleState.DECLINED, AfterSaleState.DONE, AfterSaleState.WITHDRAWN)


def data_of_buyer(*, person_id: UUID) -> Mapping[str, Any]:
    """A person's orders with their lines, way, cases, payments and parcels, cart and filters. Twelve queries."""
    orders = list(
        Order.objects.filter(buyer_id=person_id).order_by("-id").select_related("shop").prefetch_related("lines")
    )
    order_ids = [order.id for order in orders]
    steps, cases = defaultdict[UUID, list[Any]](list), defaultdict[UUID, list[Any]](list)
    for step in Transition.objects.filter(order_id__in=order_ids).order_by("id"):
        steps[step.order_id].append({"state": step.state, "reason": step.reason, "at": step.at})
    for case in AfterSale.objects.filter(order_id__in=order_ids).order_by("id").prefetch_related("pictures"):
        shown = [picture.name for picture in case.pictures.all()]
        cases[case.order_id].append({**{name: getattr(case, name) for name in CASE}, "pictures": shown})
    attempts = payments.attempts_of(payable_ids=order_ids)
    refunds = payments.refunds_of(payable_ids=order_ids)
    parcels = fulfilment.shipments_of(order_ids=order_ids)
    cart = CartLine.objects.filter(buyer_id=person_id).order_by("id")
    return {
        "orders": [
            {
                "number": order.number,
                "shop": order.shop.name,
                "state": order.state,
                "placed_at": order.placed_at,
                "currency": order.currency,
                "total_minor": order.total_minor,
                "freight_minor": order.freight_minor,
                "discount_minor": order.discount_minor,
                "address": order.address,
                "pickup": order.pickup,
                "note": order.note,
                "lines": [{name: getattr(line, name) for name in LINE} for line in order.lines.all()],
                "timeline": steps[order.id],
                "after_sales": cases[order.id],
                "payments": attempts.get(order.id, ()),
                "refunds": refunds.get(order.id, ()),
                "parcels": parcels.get(order.id, ()),
            }
            for order in orders
        ],
        "filters": list(SavedFilter.objects.filter(person_id=person_id).values("shop__name", "name", "filters")),
        "cart": list(cart.values("shop__name", "variant__product__title", "quantity", "added_at")),
    }


def files_of_buyer(*, person_id: UUID) -> tuple[StoredFile, ...]:
    """What a person has shown in after-sale cases, newest first. One query."""
    shown = AfterSalePicture.objects.filter(after_sale__order__buyer_id=person_id).order_by("-id")
    return tuple(StoredFile("originals", name) for name in shown.values_list("name", flat=True))


def bars_of_buyer(*, person_id: UUID) -> tuple[Bar, ...]:
    """Why a person's orders cannot lose their name yet: goods, cases or money are still under way. Three queries."""
    numbers = dict(Order.objects.filter(buyer_id=person_id).order_by("-id").values_list("id", "number"))
    open_orders = Order.objects.filter(buyer_id=person_id).exclude(state__in=ENDED).order_by("-id")
    open_numbers = list(open_orders.values_list("number", flat=True))
    cases = AfterSale.objects.filter(order__buyer_id=person_id).exclude(state__in=CASE_ENDS).order_by("-id")
    case_numbers = list(cases.values_list("number", flat=True))
    refunds = payments.refunds_of(payable_ids=numbers)
    owed = [
        numbers[order_id]
        for order_id, views in refunds.items()
        if any(view.state is not RefundState.SUCCEEDED for view in views)
    ]
    found = (("open_order", open_numbers), ("open_case", case_numbers), ("open_refund", owed))
    return tuple(Bar(reason, len(named), named[0]) for reason, named in found if named)
