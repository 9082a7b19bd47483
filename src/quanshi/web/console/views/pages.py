"""The home page of a shop: its draft as everybody will see it, each section with what can be done to it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanshi.catalog import selectors as catalog
from quanshi.kernel.errors import InvalidInput
from quanshi.shops.types import Permission
from quanshi.storefront import selectors, services
from quanshi.storefront.types import SectionKind
from quanshi.web.console.access import ConsoleRequest, for_members
from quanshi.web.console.page_forms import KINDS, SectionForm, initial_of
from quanshi.web.shop import front

CHOICE: Final = 100  # goods that can be featured: the newest


@require_safe
@for_members(Permission.MANAGE_SETTINGS)
def page(request: ConsoleRequest) -> HttpResponse:
    return _overview(request)


@require_safe
@for_members(Permission.MANAGE_SETTINGS)
def preview(request: ConsoleRequest) -> HttpResponse:
    """The whole page as a telephone would show the draft."""
    return render(request, "console/page_preview.html")


@require_safe
@for_members(Permission.MANAGE_SETTINGS)
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF]})  # type: ignore[arg-type] # the page above holds it; no other site may
def preview_shop(request: ConsoleRequest) -> HttpResponse:
    """What shoppers would see if the draft were published now. For the shop's people alone, and in no index."""
    shop, locale = request.shop, request.LANGUAGE_CODE
    draft = selectors.page_draft(shop_id=shop.id, locale=locale)
    context = front.page_of(
        shop,
        goods=catalog.list_products(locale=locale, shop_id=shop.id),
        sections=[section for section in draft.sections if not section.is_empty],
    )
    response = render(request, "console/page_preview_shop.html", context)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@require_POST
@for_members(Permission.MANAGE_SETTINGS)
def add(request: ConsoleRequest) -> HttpResponse:
    kind = request.POST.get("kind", "")
    if kind not in set(SectionKind):
        raise InvalidInput(field="kind", value=kind[:20], reason="unknown")
    section_id = services.add_section(actor=request.actor, shop_id=request.shop.id, kind=SectionKind(kind))
    if kind == SectionKind.NEWEST:  # there is nothing to fill in
        return redirect("console:page", request.shop.slug)
    return redirect("console:page_section", request.shop.slug, section_id)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(Permission.MANAGE_SETTINGS)
def section(request: ConsoleRequest, section_id: UUID) -> HttpResponse:
    shop, locale = request.shop, request.LANGUAGE_CODE
    known = selectors.draft_section(shop_id=shop.id, section_id=section_id)
    shelves = catalog.categories(shop_id=shop.id, locale=locale)
    goods = {card.id: card.title for card in catalog.list_products(locale=locale, shop_id=shop.id, limit=CHOICE).cards}
    chosen = catalog.cards_by_id(shop_id=shop.id, product_ids=known.product_ids, locale=locale)
    form = SectionForm(
        request.POST or None,
        request.FILES or None,
        kind=known.kind,
        shelves=[(shelf.id, " / ".join(shelf.path)) for shelf in shelves],
        goods=[*{**{card.id: card.title for card in chosen.values()}, **goods}.items()],
        initial=initial_of(known),
    )
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            services.change_section(
                actor=request.actor,
                shop_id=shop.id,
                section_id=section_id,
                change=form.change(),
                file=form.cleaned_data.get("file"),
            )
            return redirect("console:page", shop.slug)
    _icon, name, _hint = KINDS[known.kind]
    context = {"form": form, "name": name, "section": known}
    return render(request, "console/page_section.html", context, status=422 if form.errors else 200)


@require_POST
@for_members(Permission.MANAGE_SETTINGS)
def move(request: ConsoleRequest, section_id: UUID) -> HttpResponse:
    """Put a section at the position that the form names: by buttons, or where it was dragged."""
    text = request.POST.get("position", "")
    if not text.isdecimal() or len(text) > 3:  # noqa: PLR2004 - no page has a thousand sections
        raise InvalidInput(field="position", value=text[:20], reason="out_of_range")
    services.move_section(actor=request.actor, shop_id=request.shop.id, section_id=section_id, position=int(text))
    return _changed(request)


@require_POST
@for_members(Permission.MANAGE_SETTINGS)
def remove(request: ConsoleRequest, section_id: UUID) -> HttpResponse:
    services.remove_section(actor=request.actor, shop_id=request.shop.id, section_id=section_id)
    return _changed(request)


@require_POST
@for_members(Permission.MANAGE_SETTINGS)
def publish(request: ConsoleRequest) -> HttpResponse:
    services.publish_page(actor=request.actor, shop_id=request.shop.id)
    messages.success(request, _("Everybody sees this page now."))
    return redirect("console:page", request.shop.slug)


@require_POST
@for_members(Permission.MANAGE_SETTINGS)
def discard(request: ConsoleRequest) -> HttpResponse:
    services.discard_draft(actor=request.actor, shop_id=request.shop.id)
    messages.success(request, _("The changes are dropped."))
    return redirect("console:page", request.shop.slug)


@require_POST
@for_members(Permission.MANAGE_SETTINGS)
def restore(request: ConsoleRequest, number: int) -> HttpResponse:
    services.restore_version(actor=request.actor, shop_id=request.shop.id, number=number)
    messages.success(
        request, _("The draft is what version %(number)s was. Publish it to show it.") % {"number": number}
    )
    return redirect("console:page", request.shop.slug)


def _changed(request: ConsoleRequest) -> HttpResponse:
    return _overview(request) if request.htmx else redirect("console:page", request.shop.slug)


def _overview(request: ConsoleRequest) -> HttpResponse:
    draft = selectors.page_draft(shop_id=request.shop.id, locale=request.LANGUAGE_CODE)
    rows = [
        {"section": shown, "name": KINDS[shown.kind][1], "up": at - 1, "down": at + 1, "is_first": at == 0}
        for at, shown in enumerate(draft.sections)
    ]
    kinds = [{"kind": kind.value, "icon": i, "name": name, "hint": hint} for kind, (i, name, hint) in KINDS.items()]
    context = {"draft": draft, "rows": rows, "kinds": kinds, "shop": request.shop}
    template = "console/parts/page_sections.html" if request.htmx else "console/page.html"
    return render(request, template, context)
