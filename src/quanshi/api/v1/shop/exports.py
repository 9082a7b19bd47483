"""A shop's goods as a file of one of the formats that an import reads back."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header
from ninja import Router

from quanshi.api.v1.caller import Door, visitor_of
from quanshi.catalog import services
from quanshi.catalog.types import Format
from quanshi.kernel.access import open_to, staff
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, StaffAction
from quanshi.stock import selectors as stock
from quanshi.tokens.types import Scope

router = Router(tags=["imports"])

FILE: Final = {"schema": {"type": "string", "format": "binary"}}


@router.get(
    "shops/{uuid:shop_id}/exports/{form}",
    operation_id="exportProducts",
    auth=Door(Scope.READ_GOODS, permission=Permission.IMPORT_GOODS),
    openapi_extra={
        "responses": {200: {"content": {kind.partition(";")[0]: FILE for kind in services.MEDIA_TYPES.values()}}}
    },
)
@open_to(staff("import_goods"))
def export_products(request: HttpRequest, shop_id: UUID, form: Format) -> StreamingHttpResponse:
    """All goods of every status: csv of a Shopify shop, tsv or xml of Google Merchant, or xlsx with Chinese headers.

    Sent while it is written. Words in other languages and withdrawn variants stay behind.
    """
    actor = visitor_of(request).actor
    pieces = services.export_products(
        actor=actor,
        shop_id=shop_id,
        form=form,
        count_stock=lambda variant_ids: stock.available(variant_ids=variant_ids),
    )
    shops.record_taking(actor=actor, shop_id=shop_id, action=StaffAction.GOODS_EXPORTED, subject=f"goods.{form}")
    named = content_disposition_header(as_attachment=True, filename=f"goods.{form}") or "attachment"
    return StreamingHttpResponse(
        pieces,
        content_type=services.MEDIA_TYPES[form],
        headers={"Content-Disposition": named, "Cache-Control": "no-store"},
    )
