from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from quanshi.catalog import selectors
from quanshi.catalog.types import ImportIssue, ImportState
from quanshi.interop import selectors as interop
from quanshi.interop import services
from quanshi.kernel.tables import csv_lines
from quanshi.shops.types import Permission
from quanshi.web.console.access import ConsoleRequest, for_members
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
            services.start_import(actor=request.actor, shop_id=shop.id, file=form.cleaned_data["file"])
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


def _csv(issues: Iterator[ImportIssue]) -> Iterator[str]:
    heading = [_("Line"), _("Column"), _("Value"), _("Reason"), _("Kind")]
    kinds = {True: _("refused"), False: _("warning")}
    return csv_lines(
        heading=heading,
        rows=(
            [issue.line, issue.column, issue.value, in_words(issue.reason), kinds[issue.is_refusal]] for issue in issues
        ),
    )
