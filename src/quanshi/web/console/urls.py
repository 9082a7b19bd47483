from __future__ import annotations

from django.urls import URLPattern, path

from quanshi.web.console.views import (
    after_sales,
    differences,
    goods,
    imports,
    money,
    orders,
    refunds,
    settings,
    shops,
    stock,
    today,
)

app_name = "console"
urlpatterns: list[URLPattern] = [
    path("", shops.choose, name="choose"),
    path("open", shops.open_one, name="open"),
    path("open/address", shops.suggest_address, name="open_address"),
    path("differences", differences.of_nobody, name="differences_of_nobody"),
    path("differences/<int:difference_id>/seen", differences.note_of_nobody, name="difference_of_nobody_seen"),
    path("<slug:slug>/", today.today, name="today"),
    path("<slug:slug>/orders", orders.queue, name="orders"),
    path("<slug:slug>/orders/<uuid:order_id>", orders.order, name="order"),
    path("<slug:slug>/orders/<uuid:order_id>/ship", orders.ship, name="order_ship"),
    path("<slug:slug>/orders/<uuid:order_id>/cancel", orders.cancel, name="order_cancel"),
    path("<slug:slug>/orders/<uuid:order_id>/refunds/<uuid:refund_id>", refunds.decide, name="refund"),
    path("<slug:slug>/orders/<uuid:order_id>/refunds", refunds.send_again, name="refund_again"),
    path("<slug:slug>/after-sales", after_sales.queue, name="after_sales"),
    path("<slug:slug>/after-sales/<uuid:case_id>", after_sales.case, name="after_sale"),
    path("<slug:slug>/after-sales/<uuid:case_id>/approve", after_sales.approve, name="after_sale_approve"),
    path("<slug:slug>/after-sales/<uuid:case_id>/decline", after_sales.decline, name="after_sale_decline"),
    path("<slug:slug>/after-sales/<uuid:case_id>/receive", after_sales.receive_back, name="after_sale_receive"),
    path("<slug:slug>/goods", goods.table, name="goods"),
    path("<slug:slug>/goods/new", goods.new, name="goods_new"),
    path("<slug:slug>/goods/<uuid:product_id>", goods.edit, name="goods_edit"),
    path("<slug:slug>/goods/<uuid:product_id>/picture", goods.add_picture, name="goods_picture"),
    path("<slug:slug>/stock", stock.table, name="stock"),
    path("<slug:slug>/stock/count", stock.count, name="stock_count"),
    path("<slug:slug>/stock/locations", stock.add_location, name="stock_location"),
    path("<slug:slug>/import", imports.upload, name="import"),
    path("<slug:slug>/import/<uuid:import_id>", imports.report, name="import_report"),
    path("<slug:slug>/import/<uuid:import_id>/problems.csv", imports.problems, name="import_problems"),
    path("<slug:slug>/money", money.statement, name="money"),
    path("<slug:slug>/money/differences", differences.of_shop, name="differences"),
    path("<slug:slug>/money/differences/<int:difference_id>/seen", differences.note_of_shop, name="difference_seen"),
    path("<slug:slug>/settings", settings.settings, name="settings"),
    path("<slug:slug>/settings/logo", settings.logo, name="settings_logo"),
    path("<slug:slug>/settings/state", settings.state, name="settings_state"),
]
