"""django-allauth's pages that work only where letters are sent."""

from __future__ import annotations

from allauth.account import views
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from quanshi.kernel.access import EVERYONE, SIGNED_IN, open_to


@open_to(EVERYONE)
@never_cache
def request_code(request: HttpRequest) -> HttpResponse:
    """Ask for a code by e-mail to sign in with."""
    if not settings.ACCOUNT_LOGIN_BY_CODE_ENABLED:
        raise Http404
    response: HttpResponse = views.request_login_code(request)
    return response


@open_to(SIGNED_IN)
@never_cache
@login_required
def change_email(request: HttpRequest) -> HttpResponse:
    """A new address counts once a code that was sent there has come back."""
    if not settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED:
        return render(request, "account/email_without_mail.html")
    response: HttpResponse = views.email(request)
    return response
