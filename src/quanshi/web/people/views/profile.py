from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from quanshi.accounts import services
from quanshi.kernel.errors import InvalidInput
from quanshi.web.people.access import own_page, person_id
from quanshi.web.people.forms import NameForm
from quanshi.web.refusals import sentence


@require_http_methods(["GET", "POST"])
@own_page
def profile(request: HttpRequest) -> HttpResponse:
    """What to call the person."""
    form, status = NameForm(initial={"display_name": getattr(request.user, "display_name", "")}), 200
    if request.method == "POST":
        form, status = NameForm(request.POST), 422
        if form.is_valid():
            try:
                services.change_name(person_id=person_id(request), display_name=form.cleaned_data["display_name"])
            except InvalidInput as refusal:
                form.add_error("display_name", sentence(refusal))
            else:
                return HttpResponseRedirect(reverse("shop:me"), status=303)
    return render(request, "me/profile.html", {"form": form}, status=status)
