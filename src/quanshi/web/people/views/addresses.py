from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quanshi.accounts import selectors, services
from quanshi.accounts.types import MOST_ADDRESSES
from quanshi.kernel.access import EVERYONE, open_to
from quanshi.kernel.errors import InvalidInput, LimitReached
from quanshi.web.address_form import RegionForm, asks_for_next_choice
from quanshi.web.people.access import own_page, person_id
from quanshi.web.people.forms import BookForm
from quanshi.web.refusal_page import status_of
from quanshi.web.refusals import sentence


@open_to(EVERYONE)
@require_GET
def regions(request: HttpRequest) -> HttpResponse:
    """The part of a form that asks where, once something in it was chosen. The same for everybody."""
    return render(request, "parts/regions.html", {"form": RegionForm(initial=request.GET.dict())})


@require_GET
@own_page
def addresses(request: HttpRequest) -> HttpResponse:
    book = selectors.addresses_of(person_id=person_id(request))
    return render(request, "me/addresses.html", {"book": book, "is_full": len(book) >= MOST_ADDRESSES})


@require_http_methods(["GET", "POST"])
@own_page
def edit(request: HttpRequest, address_id: UUID | None = None) -> HttpResponse:
    """A new address, or one of the book."""
    owner = person_id(request)
    known = selectors.address_of(person_id=owner, address_id=address_id) if address_id else None
    form, status = BookForm.of(known) if known else BookForm(), 200
    if request.method == "POST" and asks_for_next_choice(request.POST):
        form = BookForm(initial=request.POST.dict())
    elif request.method == "POST":
        form = BookForm(request.POST)
        status = 422
        if form.is_valid():
            try:
                services.save_address(
                    person_id=owner,
                    address=form.as_input(),
                    address_id=address_id,
                    is_default=form.cleaned_data["is_default"],
                )
            except (InvalidInput, LimitReached) as refusal:
                field = str(refusal.details.get("field", ""))
                form.add_error(field if field in form.fields else None, sentence(refusal))
                status = status_of(refusal)
            else:
                return HttpResponseRedirect(reverse("people:addresses"), status=303)
    return render(request, "me/address.html", {"form": form, "known": known}, status=status)


@require_POST
@own_page
def make_default(request: HttpRequest, address_id: UUID) -> HttpResponse:
    services.make_default_address(person_id=person_id(request), address_id=address_id)
    return HttpResponseRedirect(reverse("people:addresses"), status=303)


@require_POST
@own_page
def delete(request: HttpRequest, address_id: UUID) -> HttpResponse:
    services.delete_address(person_id=person_id(request), address_id=address_id)
    return HttpResponseRedirect(reverse("people:addresses"), status=303)
