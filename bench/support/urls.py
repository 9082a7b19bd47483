from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from quanshi.config.urls import urlpatterns as own_patterns


def empty(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("<!doctype html><title>empty</title>")


urlpatterns = [path("bench/empty", empty), *own_patterns]
