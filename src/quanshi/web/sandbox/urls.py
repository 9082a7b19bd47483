from __future__ import annotations

from django.urls import path

from quanshi.web.sandbox import views

urlpatterns = [
    path("pay", views.pay, name="sandbox_pay"),
    path("v1/payments/<str:reference>", views.payment, name="sandbox_payment"),
    path("v1/refunds", views.refund, name="sandbox_refund"),
    path("v1/refunds/<str:reference>", views.refunded, name="sandbox_refunded"),
    path("v1/payouts", views.payout, name="sandbox_payout"),
    path("v1/payouts/<str:reference>", views.paid_out, name="sandbox_paid_out"),
]
