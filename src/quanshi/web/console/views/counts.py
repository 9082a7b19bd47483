"""Counting a whole place: the sheet, what was found, and what it changes."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanshi.kernel.errors import DomainError, NotAllowed, NotFound
from quanshi.kernel.tables import XLSX, RefusedRow, write_sheet
from quanshi.shops.types import Permission
from quanshi.stock import selectors, services
from quanshi.web import refusals
from quanshi.web.console.access import ConsoleRequest, for_members
from quanshi.web.console.forms import COUNT_MAX, ConsoleForm, UploadField
from quanshi.web.console.review_forms import TABLE_ACCEPT, TABLE_MAX_BYTES

HEADING: Final = ("编号", "货号", "商品", "规格", "实盘数")
ISSUES_SHOWN: Final = 200


class BeginForm(ConsoleForm):
    location_id = forms.TypedChoiceField(label=gettext_lazy("Place"), coerce=UUID)
    reason = forms.CharField(label=gettext_lazy("Reason, for the journal"), max_length=120)

    def __init__(self, data: object = None, *, places: object) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.fields["location_id"].choices = [(place.id, place.name) for place in places]  # type: ignore[attr-defined]


class SheetForm(ConsoleForm):
    file = UploadField(label="CSV / XLSX", max_bytes=TABLE_MAX_BYTES, accept=TABLE_ACCEPT)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(Permission.MANAGE_STOCK)
def counts(request: ConsoleRequest) -> HttpResponse:
    """The counts so far, and the beginning of a new one."""
    form = BeginForm(request.POST or None, places=selectors.locations(shop_id=request.shop.id))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            take_id = services.begin_take(actor=request.actor, shop_id=request.shop.id, **form.cleaned_data)
            return redirect("console:count", request.shop.slug, take_id)
    context = {"form": form, "takes": selectors.takes(actor=request.actor, shop_id=request.shop.id)}
    return render(request, "console/counts.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(Permission.MANAGE_STOCK)
def count(request: ConsoleRequest, take_id: UUID) -> HttpResponse:
    """One sheet; a POST writes down what was typed into it."""
    if request.method != "POST":
        return _page(request, take_id)
    typed = {
        int(name.removeprefix("line_")): text.strip()
        for name, text in request.POST.items()
        if name.startswith("line_")
        and name.removeprefix("line_").isdecimal()
        and isinstance(text, str)
        and text.strip()
    }
    if wrong := [line for line, text in typed.items() if not _is_count(text)]:
        messages.error(request, _("Line %(line)s: write a whole number.") % {"line": wrong[0]})
        return _page(request, take_id, status=422)
    try:
        services.type_counts(
            actor=request.actor,
            shop_id=request.shop.id,
            take_id=take_id,
            counts={line: int(text) for line, text in typed.items()},
        )
    except (NotAllowed, NotFound):
        raise
    except DomainError as refusal:
        messages.error(request, refusals.sentence(refusal))
    return redirect("console:count", request.shop.slug, take_id)


@require_POST
@for_members(Permission.MANAGE_STOCK)
def upload(request: ConsoleRequest, take_id: UUID) -> HttpResponse:
    form = SheetForm(request.POST, request.FILES)
    refused: tuple[RefusedRow, ...] = ()
    if form.is_valid():
        with form.refusals():
            refused = services.read_counts(
                actor=request.actor,
                shop_id=request.shop.id,
                take_id=take_id,
                file=form.cleaned_data["file"].file,
            )
    if not form.errors and not refused:
        messages.success(request, _("The counts are written down."))
        return redirect("console:count", request.shop.slug, take_id)
    return _page(request, take_id, form=form, refused=refused, status=422 if form.errors else 200)


@require_POST
@for_members(Permission.MANAGE_STOCK)
def end(request: ConsoleRequest, take_id: UUID) -> HttpResponse:
    """Apply the differences, or drop the count."""
    try:
        if request.POST.get("then") == "apply":
            moved = services.apply_take(actor=request.actor, shop_id=request.shop.id, take_id=take_id)
            told = ngettext("%(number)s level was corrected.", "%(number)s levels were corrected.", moved)
            messages.success(request, told % {"number": moved})
        else:
            services.drop_take(actor=request.actor, shop_id=request.shop.id, take_id=take_id)
            messages.success(request, _("The count is dropped; nothing has changed."))
    except (NotAllowed, NotFound):
        raise
    except DomainError as refusal:
        messages.error(request, refusals.sentence(refusal))
    return redirect("console:count", request.shop.slug, take_id)


@require_safe
@for_members(Permission.MANAGE_STOCK)
def sheet(request: ConsoleRequest, take_id: UUID) -> HttpResponse:
    """The sheet to print or fill in. What the books say is not on it: whoever counts should count."""
    view = selectors.take(actor=request.actor, shop_id=request.shop.id, take_id=take_id, locale=request.LANGUAGE_CODE)
    rows = [
        [row.line, row.variant.sku, row.variant.product_title, " / ".join(row.variant.options), row.counted]
        for row in view.rows
    ]
    response = HttpResponse(write_sheet(heading=HEADING, rows=rows, title=view.location_name), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="count-{request.shop.slug}.xlsx"'
    return response


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= len(str(COUNT_MAX)) and int(text) <= COUNT_MAX


def _page(
    request: ConsoleRequest,
    take_id: UUID,
    *,
    form: SheetForm | None = None,
    refused: tuple[RefusedRow, ...] = (),
    status: int = 200,
) -> HttpResponse:
    view = selectors.take(actor=request.actor, shop_id=request.shop.id, take_id=take_id, locale=request.LANGUAGE_CODE)
    context = {
        "take": view,
        "form": form or SheetForm(),
        "issues": refused[:ISSUES_SHOWN],
        "refused": len(refused),
        "differing": [row for row in view.rows if row.difference or row.problem],
    }
    return render(request, "console/count.html", context, status=status)
