from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from quanshi.catalog import selectors, services
from quanshi.catalog.types import Format, ImportIssue, ImportState
from quanshi.interop import selectors as interop
from quanshi.interop import services as uploads
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.tables import csv_lines
from quanshi.shops.types import Permission, StaffAction
from quanshi.stock import selectors as stock
from quanshi.web.console.access import ConsoleRequest, for_members, takes_along
from quanshi.web.console.forms import ImportForm
from quanshi.web.console.issues import in_words

ISSUES_SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(Permission.IMPORT_GOODS)
def upload(request: ConsoleRequest) -> HttpResponse:
    """The runs so far, those under way with their progress; a file sent here becomes the next."""
    shop = request.shop
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            uploads.start_import(
                actor=request.actor,
                shop_id=shop.id,
                file=form.cleaned_data["file"],
                zone=timezone.get_current_timezone_name(),
            )
            messages.success(request, _("The file is here; the import begins in a moment."))
            return redirect("console:import", shop.slug)
    runs = selectors.import_runs(shop_id=shop.id)
    waiting = interop.waiting_imports(shop_id=shop.id)
    page = {
        "form": form,
        "runs": runs,
        "waiting": waiting,
        "is_busy": bool(waiting) or any(run.state is ImportState.RUNNING for run in runs),
    }
    template = "console/parts/runs.html" if request.htmx else "console/import.html"
    return render(request, template, page, status=422 if form.errors else 200)


@require_safe
@for_members(Permission.IMPORT_GOODS)
def report(request: ConsoleRequest, import_id: UUID) -> HttpResponse:
    """What one run did, and every row that it could not take."""
    run = selectors.import_report(shop_id=request.shop.id, import_id=import_id)
    return render(
        request,
        "console/import_report.html",
        {"run": run, "issues": run.issues[:ISSUES_SHOWN], "is_cut": len(run.issues) > ISSUES_SHOWN},
    )


@require_safe
@for_members(Permission.IMPORT_GOODS)
def problems(request: ConsoleRequest, import_id: UUID) -> HttpResponseBase:
    """All problems of a run as a CSV that opens in a spreadsheet as text."""
    selectors.import_report(shop_id=request.shop.id, import_id=import_id)  # 404 for another shop's run
    issues = selectors.import_issues(shop_id=request.shop.id, import_id=import_id)
    response = StreamingHttpResponse(_csv(issues), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="problems-{import_id}.csv"'
    return response


@require_safe
@for_members(Permission.IMPORT_GOODS)
def template(request: ConsoleRequest) -> HttpResponseBase:  # noqa: ARG001 - a view's signature
    """An empty workbook with examples and a sheet that explains each column."""
    return _download(services.template_workbook(), filename="商品模板.xlsx", form=Format.XLSX)


@require_safe
@for_members(Permission.IMPORT_GOODS)
@takes_along(StaffAction.GOODS_EXPORTED)
def export(request: ConsoleRequest, form: str) -> HttpResponseBase:
    """The shop's goods in one of the formats that the import reads."""
    if form not in set(Format):
        raise Http404
    wanted = Format(form)
    try:
        pieces = services.export_products(
            actor=request.actor,
            shop_id=request.shop.id,
            form=wanted,
            count_stock=lambda variant_ids: stock.available(variant_ids=variant_ids),
        )
    except InvalidInput as refusal:
        messages.error(request, in_words(str(refusal.details["reason"])))
        return redirect("console:import", request.shop.slug)
    return _download(pieces, filename=f"{request.shop.slug}.{wanted}", form=wanted)


def _download(pieces: Iterator[bytes], *, filename: str, form: Format) -> StreamingHttpResponse:
    response = StreamingHttpResponse(pieces, content_type=services.MEDIA_TYPES[form])
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=filename) or "attachment"
    return response


def _csv(issues: Iterator[ImportIssue]) -> Iterator[str]:
    heading = [_("Line"), _("Column"), _("Value"), _("Reason"), _("Kind")]
    rows = (
        (
            issue.line,
            issue.column,
            issue.value,
            in_words(issue.reason),
            _("refused") if issue.is_refusal else _("warning"),
        )
        for issue in issues
    )
    return csv_lines(heading=heading, rows=rows)
