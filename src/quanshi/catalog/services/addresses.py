"""The addresses of goods, and those that they had."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from quanshi.catalog.models import FormerHandle, Product
from quanshi.catalog.rules.cells import HANDLE
from quanshi.catalog.rules.drafts import HANDLE_MAX, printable
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.lookups import AnyOf


def move_product(*, product: Product, handle: str) -> None:
    """Give a product that the caller has locked, and will save, another address; the old one leads to it from then on.

    The caller holds the shelves' lock. Idempotent. Raises: InvalidInput when another product has the address.
    """
    if handle == product.handle:
        return
    if not HANDLE.fullmatch(handle) or len(handle) > HANDLE_MAX:
        raise InvalidInput(field="handle", value=printable(handle), reason="not_a_handle")
    if Product.objects.filter(shop_id=product.shop_id, handle=handle).exclude(id=product.id).exists():
        raise InvalidInput(field="handle", value=handle, reason="address_taken")
    forget_former_handles(shop_id=product.shop_id, handles=[handle])
    FormerHandle.objects.create(shop_id=product.shop_id, handle=product.handle, product_id=product.id)
    product.handle = handle


def forget_former_handles(*, shop_id: UUID, handles: Collection[str]) -> None:
    """An address that goods have now leads nowhere else. Idempotent."""
    FormerHandle.objects.filter(AnyOf("handle", handles), shop_id=shop_id).delete()
