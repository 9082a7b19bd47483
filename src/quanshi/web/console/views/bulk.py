"""One change of many goods: chosen, looked at, applied by the worker, reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanshi.catalog import selectors, services
from quanshi.catalog.types import BulkLineView, BulkOutcome, BulkState, GoodsFilter, ProductStatus
from quanshi.kernel.money import Money
from quanshi.kernel.tables import csv_lines
from quanshi.shops.types import Permission
from quanshi.web import formats
from quanshi.web.console import words
from quanshi.web.console.access import ConsoleRequest, for_members, searched
from quanshi.web.console.goods_forms import BulkForm

LINES_SHOWN = 200
CHOSEN_MAX = 500  # by hand; all that match are chosen by their filter


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(Permission.MANAGE_GOODS)
def begin(request: ConsoleRequest) -> HttpResponse:
    """Choose what to change of the goods that the address names, and see what would come of it."""
    shop = request.shop
    chosen = _chosen(request)
    filters = _filters(request)
    form = BulkForm(request.POST or None, currency=shop.currency)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            bulk_id = services.preview_bulk(
                actor=request.actor,
                shop_id=shop.id,
                change=form.change(),
                product_ids=None if "all" in request.GET else chosen,
                filters=filters,
            )
            return redirect("console:bulk", shop.slug, bulk_id)
    count = selectors.goods_count(shop_id=shop.id, filters=filters) if "all" in request.GET else len(chosen)
    page = {"form": form, "count": count}
    return render(request, "console/bulk_begin.html", page, status=422 if form.errors else 200)


@require_safe
@for_members(Permission.MANAGE_GOODS)
def show(request: ConsoleRequest, bulk_id: UUID) -> HttpResponse:
    """What it would do, is doing, or has done."""
    bulk = selectors.bulk_change(shop_id=request.shop.id, bulk_id=bulk_id)
    lines = selectors.bulk_lines(shop_id=request.shop.id, bulk_id=bulk_id, limit=LINES_SHOWN)
    counts = bulk.counts
    page = {
        "bulk": bulk,
        "lines": [(line, *_words(line, request.shop.currency)) for line in lines],
        "ready": counts[BulkOutcome.READY],
        "applied": counts[BulkOutcome.APPLIED],
        "refused": counts[BulkOutcome.REFUSED],
        "same": counts[BulkOutcome.SAME],
        "stale": counts[BulkOutcome.STALE],
        "total": sum(counts.values()),
        "to_do": counts[BulkOutcome.READY] + counts[BulkOutcome.APPLIED] + counts[BulkOutcome.STALE],
        "done": counts[BulkOutcome.APPLIED] + counts[BulkOutcome.STALE],
        "is_busy": bulk.state in {BulkState.WAITING, BulkState.RUNNING},
        "is_cut": sum(counts.values()) > LINES_SHOWN,
    }
    return render(request, "console/parts/bulk.html" if request.htmx else "console/bulk.html", page)


@require_POST
@for_members(Permission.MANAGE_GOODS)
def apply(request: ConsoleRequest, bulk_id: UUID) -> HttpResponse:
    services.start_bulk(actor=request.actor, shop_id=request.shop.id, bulk_id=bulk_id)
    return redirect("console:bulk", request.shop.slug, bulk_id)


@require_safe
@for_members(Permission.MANAGE_GOODS)
def report(request: ConsoleRequest, bulk_id: UUID) -> HttpResponseBase:
    """Every line with the values before and after, as a CSV that opens in a spreadsheet as text."""
    selectors.bulk_change(shop_id=request.shop.id, bulk_id=bulk_id)  # 404 for another shop's
    lines = selectors.bulk_lines(shop_id=request.shop.id, bulk_id=bulk_id)
    response = StreamingHttpResponse(_csv(lines, request.shop.currency), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="change-{bulk_id}.csv"'
    return response


def _csv(lines: Iterator[BulkLineView], currency: str) -> Iterator[str]:
    heading = [_("Goods"), _("Before"), _("After"), _("Outcome"), _("Reason")]
    rows = (
        (
            line.title,
            *_words(line, currency),
            str(words.BULK[line.outcome]),
            str(words.BULK_REASONS.get(line.reason, "")),
        )
        for line in lines
    )
    return csv_lines(heading=heading, rows=rows)


def _chosen(request: ConsoleRequest) -> list[UUID]:
    found = []
    for text in request.GET.getlist("goods")[:CHOSEN_MAX]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _filters(request: ConsoleRequest) -> GoodsFilter:
    status = request.GET.get("status", "")
    return GoodsFilter(
        query=searched(request), status=status if status in set(ProductStatus) else "", tag=request.GET.get("tag", "")
    )


def _words(line: BulkLineView, currency: str) -> tuple[str, str]:
    """Both sides of one line as people read them."""
    return _side(line.before, currency), _side(line.after, currency)


def _side(values: Mapping[str, Any], currency: str) -> str:
    said = []
    for name, value in values.items():
        if name == "prices":
            amounts = list(dict.fromkeys(formats.money_text(Money(minor, currency)) for minor in value.values()))
            said.append(", ".join(amounts))
        elif name == "status":
            said.append(str(words.STATUSES[value]))
        elif name == "path":
            said.append(" > ".join(value) or "–")
        elif name == "tags":
            said.append(", ".join(value) or "–")
        else:
            at = parse_datetime(value) if value else None
            said.append(f"{localtime(at):%Y-%m-%d %H:%M}" if at else "–")
    return " → ".join(said) if "publish_at" in values else "".join(said)
