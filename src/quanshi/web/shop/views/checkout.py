"""From the chosen lines to a signed quote, on one page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from quanshi.catalog import selectors as catalog
from quanshi.catalog.types import VariantView
from quanshi.kernel.errors import DomainError, InvalidInput
from quanshi.kernel.money import Money
from quanshi.orders import selectors as orders
from quanshi.orders import services
from quanshi.orders.errors import VariantNotFound
from quanshi.orders.types import Address, ShopWish
from quanshi.shops import selectors as shops
from quanshi.shops.types import ShopView
from quanshi.web.middleware import actor_of, is_known, remember_guest, visitor_of
from quanshi.web.refusal_page import status_of
from quanshi.web.refusals import SENTENCES, sentence
from quanshi.web.shop.forms import AddressForm, DirectForm, RefusedForm

REFUSED: Final = {"too_many_unpaid": 429, "bad_quote": 422, "quote_expired": 410, "unavailable": 503}
ADDRESS_KEY: Final = "checkout_address"  # the last address of this browser's session


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line of the checkout."""

    variant: VariantView
    quantity: int

    @property
    def total(self) -> Money:
        return self.variant.price * self.quantity


@never_cache
@require_http_methods(["GET", "POST"])
def checkout(request: HttpRequest, slug: str) -> HttpResponse:
    """Address, goods and, once the address is known, the quote to confirm. A known address is quoted at once."""
    shop = shops.shop_by_slug(slug=slug, locale=get_language())
    wanted = _wanted(request, shop)
    if not wanted:
        return HttpResponseRedirect(reverse("shop:cart"))
    known = request.session.get(ADDRESS_KEY)
    if request.method == "POST":
        remember_guest(request)
        form = AddressForm(request.POST)
    elif known:
        form = AddressForm({**known, "note": ""})
    else:
        form = AddressForm(initial={"recipient": getattr(request.user, "display_name", "")})
    if not form.is_bound or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return _page(request, shop=shop, wanted=wanted, form=form, status=status)
    return _quoted(request, shop=shop, wanted=wanted, form=form)


@require_GET
def refused(request: HttpRequest) -> HttpResponse:
    """Where edge sends a browser whose order it could not place, with a code and what was short."""
    code = request.GET.get("code", "")
    facts = RefusedForm(request.GET)
    facts.is_valid()
    variant_id, order_id = facts.cleaned_data.get("variant_id"), facts.cleaned_data.get("order_id")
    found = catalog.variants_by_id(variant_ids=[variant_id] if variant_id else [], locale=get_language())
    # whoever made the address up is not to learn the title of what is not on sale
    variant = next((one for one in found.values() if one.is_sellable), None)
    context = {
        "code": code,
        "sentence": SENTENCES.get(code),
        "variant": variant,
        "available": facts.cleaned_data.get("available"),
        "order_id": order_id,
    }
    return render(request, "shop/refused.html", context, status=REFUSED.get(code, 409))


def _wanted(request: HttpRequest, shop: ShopView) -> list[Wanted]:
    """One variant named in the address, or else what is selected of this shop in the cart. Raises: VariantNotFound."""
    direct = DirectForm(request.GET)
    if direct.is_valid():
        variant_id: UUID = direct.cleaned_data["variant"]
        found = catalog.variants_by_id(variant_ids=[variant_id], locale=get_language()).get(variant_id)
        if found is None or found.shop_id != shop.id or not found.is_sellable:
            raise VariantNotFound(variant_id=variant_id)
        return [Wanted(found, direct.cleaned_data["quantity"])]
    if not is_known(request):
        return []
    groups = orders.cart(actor=actor_of(request), locale=get_language())
    return [
        Wanted(line.variant, line.quantity)
        for group in groups
        if group.shop.id == shop.id
        for line in group.lines
        if line.is_selected
    ]


def _quoted(request: HttpRequest, *, shop: ShopView, wanted: list[Wanted], form: AddressForm) -> HttpResponse:
    address = form.address()
    try:
        services.count_checkout(client=visitor_of(request).client)
        quote, token = services.make_quote(
            actor=actor_of(request),
            wishes=[
                ShopWish(
                    shop_id=shop.id,
                    lines=[(line.variant.id, line.quantity) for line in wanted],
                    note=form.cleaned_data["note"],
                )
            ],
            address=address,
            locale=get_language(),
        )
    except InvalidInput as refusal:
        field = str(refusal.details.get("field", ""))
        form.add_error(field if field in form.fields else None, sentence(refusal))
        return _page(request, shop=shop, wanted=wanted, form=form, status=status_of(refusal))
    except DomainError as refusal:
        context = {"refusal_sentence": sentence(refusal)}
        return _page(request, shop=shop, wanted=wanted, form=form, status=status_of(refusal), **context)
    request.session[ADDRESS_KEY] = _as_session(address)
    steps = [(step.word, Money(step.amount_minor, quote.currency)) for step in quote.orders[0].steps]
    confirm = {
        "quote": quote,
        "token": token,
        "address": address,
        "steps": steps,
        "total": Money(quote.total_minor, quote.currency),
    }
    return _page(request, shop=shop, wanted=wanted, form=form, status=200, **confirm)


def _page(
    request: HttpRequest, *, shop: ShopView, wanted: list[Wanted], form: AddressForm, status: int, **more: Any
) -> HttpResponse:
    goods = sum((line.total for line in wanted), Money(0, shop.currency))
    context = {"shop": shop, "wanted": wanted, "goods": goods, "form": form, **more}
    template = "shop/parts/checkout.html" if request.headers.get("HX-Request") else "shop/checkout.html"
    return render(request, template, context, status=status)


def _as_session(address: Address) -> dict[str, str]:
    return {name: getattr(address, name) for name in Address.__struct_fields__}
