from __future__ import annotations

from django.urls import URLPattern, path

from quanshi.web.shop.views import account, after_sales, cart, checkout, market, orders, reviews, shell, tokens, wechat

app_name = "shop"
urlpatterns: list[URLPattern] = [
    path("", market.home, name="home"),
    path("s/<slug:slug>", market.shop, name="shop"),
    path("s/<slug:slug>/theme.css", shell.theme, name="theme"),
    path("s/<slug:slug>/c/<str:category_slug>", market.category, name="category"),
    path("s/<slug:slug>/p/<str:handle>", market.product, name="product"),
    path("s/<slug:slug>/p/<str:handle>/reviews", reviews.product_reviews, name="product_reviews"),
    path("reviews/<uuid:review_id>/report", reviews.report, name="report_review"),
    path("cart", cart.cart, name="cart"),
    path("cart/<uuid:variant_id>", cart.change_line, name="cart_line"),
    path("checkout/refused", checkout.refused, name="refused"),
    path("checkout/<str:slugs>", checkout.checkout, name="checkout"),
    path("orders", orders.orders, name="orders"),
    path("orders/<uuid:order_id>", orders.order, name="order"),
    path("orders/<uuid:order_id>/pay", orders.pay, name="pay"),
    path("wechat/payer", wechat.identified, name="wechat_payer"),
    path("orders/<uuid:order_id>/cancel", orders.cancel, name="cancel"),
    path("orders/<uuid:order_id>/receipt", orders.confirm_receipt, name="confirm_receipt"),
    path("orders/<uuid:order_id>/after-sale", after_sales.request_after_sale, name="request_after_sale"),
    path("orders/<uuid:order_id>/reviews/<uuid:line_id>", reviews.review_line, name="review_line"),
    path("after-sale/<uuid:case_id>", after_sales.after_sale, name="after_sale"),
    path("after-sale/<uuid:case_id>/withdraw", after_sales.withdraw, name="withdraw"),
    path("after-sale/<uuid:case_id>/send-back", after_sales.send_back, name="send_back"),
    path("me", account.me, name="me"),
    path("me/tokens", tokens.tokens, name="tokens"),
    path("me/tokens/<uuid:token_id>/revoke", tokens.revoke, name="token_revoke"),
    path("me/theme", account.choose_theme, name="choose_theme"),
    path("themes.css", shell.themes, name="themes"),
    path("manifest.webmanifest", shell.manifest, name="manifest"),
    path("sw.js", shell.service_worker, name="service_worker"),
    path("offline", shell.offline, name="offline"),
    path("favicon.ico", shell.favicon, name="favicon"),
    path("robots.txt", shell.robots, name="robots"),
]
