"""Finding something: the market, a shop, a shelf, a product."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from urllib.parse import urljoin
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_GET, require_http_methods

from quanshi.catalog import selectors as catalog
from quanshi.catalog.errors import CategoryNotFound, ProductNotFound
from quanshi.catalog.types import CategoryView, Page, ProductView
from quanshi.kernel import clock
from quanshi.kernel.access import EVERYONE, open_to
from quanshi.kernel.errors import DomainError
from quanshi.orders import services as orders
from quanshi.reviews import selectors as reviews
from quanshi.shops import selectors as shops
from quanshi.shops.types import ShopView
from quanshi.stock import selectors as stock
from quanshi.storefront import selectors as storefront
from quanshi.web.domains.own import own_shop
from quanshi.web.middleware import actor_of, is_known, remember_guest
from quanshi.web.refusal_page import status_of
from quanshi.web.refusals import sentence
from quanshi.web.shop import front, options, structured
from quanshi.web.shop.forms import BuyForm
from quanshi.web.shop.views import search

REVIEWS_SHOWN = 3


@open_to(EVERYONE)
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    page = catalog.list_products(locale=get_language(), cursor=_cursor(request))
    if _wants_more(request):
        return _more(request, page)
    context = {**front.cards_of(page), "shops": shops.list_shops(locale=get_language()), "first": front.FIRST_IN_VIEW}
    return search.vary(render(request, "shop/home.html", context))


@open_to(EVERYONE)
@require_GET
def shop(request: HttpRequest, slug: str) -> HttpResponse:
    here = shops.shop_by_slug(slug=slug, locale=get_language())
    page = catalog.list_products(locale=get_language(), shop_id=here.id, cursor=_cursor(request))
    if _wants_more(request):
        return _more(request, page)
    sections = () if _cursor(request) else storefront.home_sections(shop_id=here.id, locale=get_language())
    return search.vary(render(request, "shop/shop.html", front.page_of(here, goods=page, sections=sections)))


@open_to(EVERYONE)
@require_GET
def category(request: HttpRequest, slug: str, category_slug: str) -> HttpResponse:
    here = shops.shop_by_slug(slug=slug, locale=get_language())
    shelves = catalog.categories(shop_id=here.id, locale=get_language())
    shelf = next((shelf for shelf in shelves if shelf.slug == category_slug), None)
    if shelf is None:
        raise CategoryNotFound(slug=category_slug)
    listing = search.listed(request, shop=here, category=shelf.slug, shelves=shelves)
    if listing["is_part"]:
        return search.part(request, listing)
    context = {
        **listing,
        "shelf": shelf,
        "shelves": _beside(shelf, shelves),
        "above": [other for other in shelves if other.path == shelf.path[: len(other.path)] and other.id != shelf.id],
    }
    return search.vary(render(request, "shop/category.html", {**context, **front.words_of(here)}))


def _leading_on(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Links live longer than addresses: who asks for a former one is led to the present one."""

    @wraps(view)
    def led(request: HttpRequest, slug: str, handle: str) -> HttpResponse:
        try:
            return view(request, slug, handle)
        except ProductNotFound:
            here = shops.shop_by_slug(slug=slug, locale=get_language())
            present = catalog.moved_to(shop_id=here.id, handle=handle)
            return HttpResponsePermanentRedirect(reverse("shop:product", args=[slug, present]))

    return led


@open_to(EVERYONE)
@require_http_methods(["GET", "POST"])
@_leading_on
def product(request: HttpRequest, slug: str, handle: str) -> HttpResponse:
    """The product's page; a POST puts the chosen variant into the cart or takes it straight to checkout."""
    here = shops.shop_by_slug(slug=slug, locale=get_language())
    goods = catalog.product_page(shop_id=here.id, handle=handle, locale=get_language())
    available = stock.available(variant_ids=[variant.id for variant in goods.variants])
    if request.method != "POST":
        form = BuyForm(product=goods, available=available)
        return _product_page(request, here=here, goods=goods, available=available, form=form)
    form = BuyForm(request.POST, product=goods, available=available)
    if not form.is_valid() or form.variant is None:
        return _product_page(request, here=here, goods=goods, available=available, form=form, status=409)
    variant_id, quantity = form.variant.id, form.cleaned_data["quantity"]
    if form.cleaned_data["then"] == BuyForm.BUY:
        return HttpResponseRedirect(_direct_checkout(slug, variant_id, quantity))
    remember_guest(request)
    try:
        orders.put_in_cart(actor=actor_of(request), variant_id=variant_id, quantity=quantity)
    except DomainError as refusal:
        form.add_error(None, sentence(refusal))
        status = status_of(refusal)
        return _product_page(request, here=here, goods=goods, available=available, form=form, status=status)
    messages.success(request, gettext("In your cart"), extra_tags="cart")
    if request.headers.get("HX-Request"):
        # the parts of this answer know their own places; the choice itself stays as it is
        return HttpResponse(
            render_to_string("shop/parts/in_cart.html", request=request),
            headers={"HX-Reswap": "none", "HX-Trigger": "in-cart"},
        )
    return HttpResponseRedirect(reverse("shop:product", args=[slug, handle]))


def _product_page(
    request: HttpRequest,
    *,
    here: ShopView,
    goods: ProductView,
    available: Mapping[UUID, int],
    form: BuyForm,
    status: int = 200,
) -> HttpResponse:
    address = iri_to_uri(f"{shops.home_of(shop=here)}/p/{goods.handle}")
    shown = form.variant or options.first_offer(goods, available=available)
    offers = options.offers_of(goods, available=available)
    rating = reviews.ratings_of(product_ids=[goods.id]).get(goods.id)
    context = {
        **front.words_of(here, product_id=goods.id),
        "rating": rating,
        "reviews": reviews.reviews_of_product(product_id=goods.id, limit=REVIEWS_SHOWN).reviews if rating else (),
        "is_open": here.takes_orders(now=clock.now()),
        "product": goods,
        # at a shop's own domain nobody is known to the platform, where the list is
        "can_keep": not own_shop.get(),
        "is_favourite": is_known(request) and catalog.is_favourite(actor=actor_of(request), product_id=goods.id),
        "form": form,
        "options": options.options_of(goods, available=available, chosen=shown),
        "offers": offers,
        "chosen": shown,
        "most": next((offer.most for offer in offers if shown and offer.variant.id == shown.id), 0),
        "is_sold_out": not any(available.get(variant.id, 0) for variant in goods.variants),
        "structured": structured.product(goods, shop=here, available=available, rating=rating, url=address),
        "description": goods.seo_description or structured.description(goods.body_html),
        "address": address,
        "share_picture": next((urljoin(address, media.src) for media in goods.media if media.src), ""),
    }
    if request.headers.get("HX-Request"):
        return search.vary(render(request, "shop/parts/choose.html", context, status=status))
    return search.vary(render(request, "shop/product.html", context, status=status))


def _direct_checkout(slug: str, variant_id: UUID, quantity: int) -> str:
    query = QueryDict(mutable=True)
    query.update({"variant": str(variant_id), "quantity": str(quantity)})
    return f"{reverse('shop:checkout', args=[slug])}?{query.urlencode()}"


def _beside(shelf: CategoryView, shelves: Sequence[CategoryView]) -> list[CategoryView]:
    """The shelves to go on to: those below this one, or else its neighbours."""
    below = [other for other in shelves if other.path[:-1] == shelf.path and other.product_count]
    return below or [other for other in shelves if other.path[:-1] == shelf.path[:-1] and other.product_count]


def _cursor(request: HttpRequest) -> str:
    return request.GET.get("after", "")


def _wants_more(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request")) and "after" in request.GET


def _more(request: HttpRequest, page: Page) -> HttpResponse:
    return search.vary(render(request, "shop/parts/cards.html", {**front.cards_of(page), "is_more": True}))
