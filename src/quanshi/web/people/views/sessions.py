from __future__ import annotations

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from quanshi.accounts import selectors, services
from quanshi.web.people.access import own_page, person_id


@require_GET
@own_page
def sessions(request: HttpRequest) -> HttpResponse:
    """Every browser in which the person is signed in."""
    found = selectors.sessions_of(person_id=person_id(request), current_key=request.session.session_key or "")
    return render(request, "me/sessions.html", {"sessions": found})


@require_POST
@own_page
def end(request: HttpRequest, session_id: int) -> HttpResponse:
    key = request.session.session_key or ""
    own = selectors.sessions_of(person_id=person_id(request), current_key=key)
    if any(one.id == session_id and one.is_current for one in own):
        logout(request)
        return HttpResponseRedirect("/", status=303)
    services.end_session(person_id=person_id(request), session_id=session_id)
    return HttpResponseRedirect(reverse("people:sessions"), status=303)


@require_POST
@own_page
def end_others(request: HttpRequest) -> HttpResponse:
    services.end_other_sessions(person_id=person_id(request), current_key=request.session.session_key or "")
    return HttpResponseRedirect(reverse("people:sessions"), status=303)
