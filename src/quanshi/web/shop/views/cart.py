from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from quanshi.kernel import clock
from quanshi.kernel.access import EVERYONE, open_to
from quanshi.kernel.errors import DomainError
from quanshi.kernel.money import Money
from quanshi.orders import selectors, services
from quanshi.orders.types import CartGroup
from quanshi.shops.types import ShopView
from quanshi.web.middleware import actor_of, is_known, remember_guest
from quanshi.web.refusals import sentence
from quanshi.web.shop.forms import CartLineForm
from quanshi.web.shop.views.checkout import BETWEEN


@dataclass(frozen=True, slots=True)
class Together:
    """Shops of one currency whose selected goods can be checked out at once."""

    shops: tuple[ShopView, ...]
    goods_total: Money

    @property
    def path(self) -> str:
        return reverse("shop:checkout", args=[BETWEEN.join(shop.slug for shop in self.shops)])


@open_to(EVERYONE)
@never_cache
@require_GET
def cart(request: HttpRequest) -> HttpResponse:
    groups = selectors.cart(actor=actor_of(request), locale=get_language()) if is_known(request) else ()
    template = "shop/parts/cart.html" if request.headers.get("HX-Request") else "shop/cart.html"
    context = {
        "groups": groups,
        "together": _together(groups),
        "has_currencies": len({group.shop.currency for group in groups}) > 1,
    }
    return render(request, template, context)


@open_to(EVERYONE)
@require_POST
def change_line(request: HttpRequest, variant_id: UUID) -> HttpResponse:
    """Change one line; without JavaScript the cart is shown anew, with it only the part that changed."""
    form = CartLineForm(request.POST)
    if form.is_valid():
        remember_guest(request)
        try:
            _change(request, variant_id, quantity=form.cleaned_data["quantity"], selected=form.cleaned_data["selected"])
        except DomainError as refusal:
            messages.error(request, sentence(refusal))
    return HttpResponseRedirect(reverse("shop:cart"), status=303)


def _together(groups: Iterable[CartGroup]) -> list[Together]:
    """One checkout for each currency in which two shops or more have something selected."""
    now = clock.now()
    by_currency: dict[str, list[CartGroup]] = defaultdict(list)
    for group in groups:
        if group.shop.takes_orders(now=now) and group.goods_total:
            by_currency[group.shop.currency].append(group)
    return [
        Together(
            shops=tuple(group.shop for group in ready),
            goods_total=sum((group.goods_total for group in ready), Money(0, currency)),
        )
        for currency, ready in by_currency.items()
        if len(ready) > 1
    ]


def _change(request: HttpRequest, variant_id: UUID, *, quantity: int | None, selected: bool | None) -> None:
    if quantity is not None:
        services.set_cart_quantity(actor=actor_of(request), variant_id=variant_id, quantity=quantity)
    if selected is not None:
        services.select_in_cart(actor=actor_of(request), variant_id=variant_id, is_selected=selected)
