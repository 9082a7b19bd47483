"""Changes of many goods: looked at first, then applied by the worker, each product by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import Actor
from quanshi.catalog.errors import BulkNotFound
from quanshi.catalog.models import BulkChange, BulkLine, Product, Variant
from quanshi.catalog.rules.bulk import Change, Effect, Goods, effect, read_change
from quanshi.catalog.selectors.console import filtered
from quanshi.catalog.services.changing import keep_price_range
from quanshi.catalog.services.prices import note_prices
from quanshi.catalog.services.shelves import ensure_shelves
from quanshi.catalog.services.writing import lock_shelves
from quanshi.catalog.types import BulkOutcome, BulkState, GoodsFilter
from quanshi.kernel import clock, jobs
from quanshi.kernel.errors import InvalidInput
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, StaffAction

GOODS_MAX: Final = 10_000
CHUNK: Final = 100
APPLY_TASK: Final = "console.apply_bulk"  # as older versions have queued it


def preview_bulk(  # house: staff-work-is-recorded a preview changes nothing of the shop
    *,
    actor: Actor,
    shop_id: UUID,
    change: Mapping[str, Any],
    product_ids: Collection[UUID] | None = None,
    filters: GoodsFilter | None = None,
) -> UUID:
    """Look at what `change` would make of the goods named, or of all that a filter lets through; the preview's id.

    Each product's line keeps the moment of its last change, so that `apply_bulk` sees what was changed meanwhile.
    Changes nothing. Raises: NotAllowed, InvalidInput for a change that is none, no goods or too many.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_GOODS)
    checked = read_change(change)
    rows = filtered(shop_id=shop_id, filters=filters or GoodsFilter())
    if product_ids is not None:
        rows = rows.filter(id__in=list(product_ids)[: GOODS_MAX + 1])
    products = list(rows.select_related("category").defer("body_html").order_by("id")[: GOODS_MAX + 1])
    if not products or len(products) > GOODS_MAX:
        raise InvalidInput(
            field="goods", value=str(len(products)), reason="none" if not products else "too_many_chosen"
        )
    with transaction.atomic():
        bulk = BulkChange.objects.create(shop_id=shop_id, actor_id=actor.id, change=checked.data())
        goods = _goods(products)
        lines = [_line(bulk, product, effect(checked, goods[product.id])) for product in products]
        BulkLine.objects.bulk_create(lines, batch_size=1000)
    bulk_id: UUID = bulk.id
    return bulk_id


def start_bulk(*, actor: Actor, shop_id: UUID, bulk_id: UUID) -> bool:
    """Have the worker apply a preview, after any import of the shop; whether this call did it.

    Idempotent: a second call changes nothing. Emits nothing. Raises: NotAllowed, BulkNotFound.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_GOODS)
    bulk = BulkChange.objects.filter(shop_id=shop_id, id=bulk_id)
    with transaction.atomic():
        if bulk.filter(state=BulkState.PREVIEW).update(state=BulkState.WAITING):
            goods = BulkLine.objects.filter(bulk_id=bulk_id, outcome=BulkOutcome.READY).count()
            shops.record_action(
                actor=actor, shop_id=shop_id, action=StaffAction.GOODS_CHANGED_TOGETHER, after={"goods": goods}
            )
            jobs.defer(
                APPLY_TASK,
                lock=f"import:{shop_id}",
                person_id=str(actor.id),
                shop_id=str(shop_id),
                bulk_id=str(bulk_id),
            )
            return True
    if not bulk.exists():
        raise BulkNotFound(bulk_id=bulk_id)
    return False


def apply_bulk(  # house: staff-work-is-recorded it was on record when it was started
    *, actor: Actor, shop_id: UUID, bulk_id: UUID
) -> None:
    """Apply what was started, a hundred goods a transaction; goods changed since the preview are told and left alone.

    Idempotent: lines that are done stay done, so a run that was cut off goes on. Emits nothing.
    Raises: NotAllowed, BulkNotFound.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_GOODS)
    bulk = BulkChange.objects.filter(shop_id=shop_id, id=bulk_id).exclude(state=BulkState.PREVIEW).first()
    if bulk is None:
        raise BulkNotFound(bulk_id=bulk_id)
    BulkChange.objects.filter(id=bulk_id, state=BulkState.WAITING).update(
        state=BulkState.RUNNING, started_at=clock.now()
    )
    change = read_change(bulk.change)
    while _apply_chunk(shop_id, bulk_id, change):
        pass
    BulkChange.objects.filter(id=bulk_id, state=BulkState.RUNNING).update(state=BulkState.DONE, ended_at=clock.now())


def _apply_chunk(shop_id: UUID, bulk_id: UUID, change: Change) -> bool:
    """Whether there was anything left to do."""
    with transaction.atomic():
        lock_shelves(shop_id=shop_id)
        waiting = BulkLine.objects.select_for_update().filter(bulk_id=bulk_id, outcome=BulkOutcome.READY)
        lines = list(waiting.order_by("id")[:CHUNK])
        held = Product.objects.select_related("category").select_for_update(no_key=True, of=("self",))
        rows = held.filter(shop_id=shop_id, id__in=[line.product_id for line in lines])
        products = {product.id: product for product in rows.order_by("id")}
        goods = _goods(list(products.values()))
        shelves = ensure_shelves(shop_id=shop_id, paths=[change.path]) if change.path else {}
        changed = []
        for line in lines:
            product = products.get(line.product_id)
            if product is None or product.updated_at != line.version:
                line.outcome = BulkOutcome.STALE
                continue
            found = effect(change, goods[product.id])
            if found.before != line.before or found.after != line.after:
                line.outcome = BulkOutcome.STALE
                continue
            _apply(product, found.after, shelves)
            line.outcome = BulkOutcome.APPLIED
            changed.append(product)
        Product.objects.bulk_update(changed, ["status", "tags", "category_id", "publish_at", "withdraw_at", *PRICES])
        note_prices(product_ids=[product.id for product in changed])
        BulkLine.objects.bulk_update(lines, ["outcome"])
    return bool(lines)


PRICES: Final = ("price_from_minor", "price_to_minor", "updated_at")


def _apply(product: Product, after: Mapping[str, Any], shelves: Mapping[tuple[str, ...], UUID]) -> None:
    if "status" in after:
        product.status = after["status"]
    if "tags" in after:
        product.tags = after["tags"]
    if "path" in after:
        product.category_id = shelves.get(tuple(after["path"]))
    if "publish_at" in after:
        product.publish_at, product.withdraw_at = _moment(after["publish_at"]), _moment(after["withdraw_at"])
    if "prices" in after:
        variants = list(Variant.objects.filter(product_id=product.id))
        for variant in variants:
            variant.price_minor = after["prices"].get(str(variant.id), variant.price_minor)
            if variant.list_price_minor is not None and variant.list_price_minor <= variant.price_minor:
                variant.list_price_minor = None
        Variant.objects.bulk_update(variants, ["price_minor", "list_price_minor"])
        keep_price_range(product=product, variants=variants)
    product.updated_at = clock.now()


def _goods(products: Sequence[Product]) -> dict[UUID, Goods]:
    prices: dict[UUID, dict[str, int]] = defaultdict(dict)
    rows = Variant.objects.filter(product_id__in=[p.id for p in products], is_withdrawn=False).order_by(
        "position", "id"
    )
    for product_id, variant_id, price in rows.values_list("product_id", "id", "price_minor"):
        prices[product_id][str(variant_id)] = price
    return {
        product.id: Goods(
            status=product.status,
            path=tuple(product.category.path) if product.category else (),
            tags=tuple(product.tags),
            prices=prices[product.id],
            publish_at=product.publish_at.isoformat() if product.publish_at else "",
            withdraw_at=product.withdraw_at.isoformat() if product.withdraw_at else "",
        )
        for product in products
    }


def _line(bulk: BulkChange, product: Product, found: Effect) -> BulkLine:
    outcome = BulkOutcome.REFUSED if found.refusal else BulkOutcome.READY if found.after else BulkOutcome.SAME
    return BulkLine(
        bulk=bulk,
        product_id=product.id,
        title=product.title,
        version=product.updated_at,
        before=found.before,
        after=found.after,
        outcome=outcome,
        reason=found.refusal,
    )


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
