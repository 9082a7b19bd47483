"""Where a provider's bill, our payments and the books disagree: looked at by people, mended by nobody else."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from quanshi.accounts import selectors as accounts
from quanshi.orders import selectors as orders
from quanshi.payments import selectors, services
from quanshi.shops.types import Permission
from quanshi.web.console.access import ConsoleRequest, for_members, for_operators
from quanshi.web.console.difference_forms import DifferenceFilter, NoteForm

PAGE_LENGTH: Final = 25


@require_safe
@for_members(Permission.VIEW_MONEY)
def of_shop(request: ConsoleRequest) -> HttpResponse:
    """Those of the shop's own orders."""
    return render(request, "console/differences.html", _page(request, request.shop.id))


@require_safe
@for_operators
def of_nobody(request: ConsoleRequest) -> HttpResponse:
    """Money that no shop's order speaks of, for whoever keeps the installation."""
    return render(request, "console/differences_of_nobody.html", _page(request, None))


@require_POST
@for_members(Permission.MANAGE_MONEY)
def note_of_shop(request: ConsoleRequest, difference_id: int) -> HttpResponse:
    _note(request, difference_id, request.shop.id)
    return _back(request, reverse("console:differences", args=[request.shop.slug]))


@require_POST
@for_operators
def note_of_nobody(request: ConsoleRequest, difference_id: int) -> HttpResponse:
    _note(request, difference_id, None)
    return _back(request, reverse("console:differences_of_nobody"))


def _page(request: ConsoleRequest, shop_id: UUID | None) -> dict[str, Any]:
    form = DifferenceFilter(request.GET)
    cursor = request.GET.get("cursor", "")
    found = selectors.bill_differences(
        shop_id=shop_id,
        before=int(cursor) if cursor.isascii() and cursor.isdecimal() and len(cursor) < 19 else 0,  # noqa: PLR2004
        limit=PAGE_LENGTH + 1,
        **form.wanted(),
    )
    shown = found[:PAGE_LENGTH]
    order_ids = [each.payable_id for each in shown if each.payable_id is not None]
    return {
        "differences": shown,
        "next_cursor": str(shown[-1].id) if len(found) > PAGE_LENGTH else "",
        "form": form,
        "is_filtered": any(form.wanted().values()) or "is_seen" in form.wanted(),
        "numbers": orders.order_numbers(shop_id=shop_id, order_ids=order_ids) if shop_id else {},
        "names": accounts.names_of(person_ids={note.by_id for each in shown for note in each.notes}),
        "has_bills": bool(selectors.billed_accounts()),
    }


def _note(request: ConsoleRequest, difference_id: int, shop_id: UUID | None) -> None:
    form = NoteForm(request.POST)
    if form.is_valid():
        services.note_difference(
            actor=request.actor, shop_id=shop_id, difference_id=difference_id, text=form.cleaned_data["text"]
        )
        messages.success(request, _("Noted. The difference stays listed."))
    else:
        messages.error(request, _("This note is too long, or holds characters that cannot be stored."))


def _back(request: ConsoleRequest, address: str) -> HttpResponse:
    """To the list as it was filtered."""
    query = request.GET.urlencode()
    return HttpResponseRedirect(f"{address}?{query}" if query else address, status=303)
