from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("sandbox-pay/", include("quanshi.web.sandbox.urls")),
    path("console/", include("quanshi.web.console.urls")),
    path("", include("quanshi.web.shop.urls")),
]
