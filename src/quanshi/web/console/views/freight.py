"""What delivery costs: a shop's freight templates."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanshi.fulfilment import selectors, services
from quanshi.fulfilment.types import Measure, TemplateView
from quanshi.shops.types import Permission
from quanshi.web.console import freight_forms as forms
from quanshi.web.console.access import ConsoleRequest, for_members

ROWS: Final = 2  # of an empty form: everywhere else, and one region


@require_safe
@for_members(Permission.MANAGE_SETTINGS)
def table(request: ConsoleRequest) -> HttpResponse:
    lines = [_line(request, template) for template in selectors.templates(shop_id=request.shop.id)]
    return render(request, "console/freight.html", {"lines": lines})


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(Permission.MANAGE_SETTINGS)
def edit(request: ConsoleRequest, template_id: UUID | None = None) -> HttpResponse:
    """A new template, or one that is there. "add" gives one more row without saving, for pages without JavaScript."""
    shop, locale = request.shop, request.LANGUAGE_CODE
    known = None if template_id is None else selectors.template(shop_id=shop.id, template_id=template_id)
    words = {} if known is None else forms.initial_of(known, locale=locale)
    rows = [] if known is None else forms.initial_zones(known, currency=shop.currency, locale=locale)
    if request.method != "POST":
        form = forms.TemplateForm(initial=words or {"is_default": False, "name": _("Standard")})
        zones = forms.zones_formset(None, currency=shop.currency, initial=rows, rows=max(ROWS, len(rows)))
        return _page(request, known=known, form=form, zones=zones)
    if "add" in request.POST:
        written = forms.TemplateForm(initial=request.POST.dict())
        data = request.POST.copy()
        data["zone-TOTAL_FORMS"] = str(min(_count(data.get("zone-TOTAL_FORMS")) + 1, forms.MOST_ZONES))
        zones = forms.zones_formset(data, currency=shop.currency, initial=[], rows=0)
        return _page(request, known=known, form=written, zones=zones, is_checked=False)
    form = forms.TemplateForm(request.POST)
    zones = forms.zones_formset(request.POST, currency=shop.currency, initial=[], rows=0)
    if form.is_valid() and zones.is_valid():
        with form.refusals():
            _save(request, form, zones, template_id)
            messages.success(request, _("Saved."))
            return redirect("console:freight", shop.slug)
    return _page(request, known=known, form=form, zones=zones)


@require_POST
@for_members(Permission.MANAGE_SETTINGS)
def delete(request: ConsoleRequest, template_id: UUID) -> HttpResponse:
    services.delete_template(actor=request.actor, shop_id=request.shop.id, template_id=template_id)
    messages.success(request, _("The template is deleted."))
    return redirect("console:freight", request.shop.slug)


def _save(request: ConsoleRequest, form: forms.TemplateForm, zones: forms.Zones, template_id: UUID | None) -> None:
    given = form.cleaned_data
    measure = Measure(given["measure"])
    services.save_template(
        actor=request.actor,
        shop_id=request.shop.id,
        template_id=template_id,
        name=given["name"],
        measure=measure,
        zones=zones.zones(measure),
        refused=given["refused"],
        is_default=given["is_default"],
    )


def _page(
    request: ConsoleRequest,
    *,
    known: TemplateView | None,
    form: forms.TemplateForm,
    zones: forms.Zones,
    is_checked: bool = True,
) -> HttpResponse:
    context = {"template": known, "form": form, "zones": zones, "is_checked": is_checked}
    is_wrong = is_checked and form.is_bound and (bool(form.errors) or not zones.is_valid())
    return render(request, "console/freight_edit.html", context, status=422 if is_wrong else 200)


def _line(request: ConsoleRequest, template: TemplateView) -> dict[str, Any]:
    locale = request.LANGUAGE_CODE
    return {
        "template": template,
        "measure": forms.MEASURES[template.measure],
        "zones": forms.zone_lines(template, currency=request.shop.currency, locale=locale),
        "refused": selectors.region_names(codes=template.refused, locale=locale),
    }


def _count(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 4 else 0  # noqa: PLR2004 - a number of rows
