"""From the chosen lines to a signed quote, on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.forms import BoundField
from django.forms.boundfield import BoundWidget
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from quanshi.accounts import selectors as accounts
from quanshi.accounts import services as people
from quanshi.accounts.errors import TooManyAddresses
from quanshi.accounts.types import ActorKind, AddressView
from quanshi.catalog import selectors as catalog
from quanshi.catalog.types import VariantView
from quanshi.fulfilment import selectors as fulfilment
from quanshi.fulfilment.types import PickupPointView
from quanshi.kernel.access import EVERYONE, open_to
from quanshi.kernel.errors import DomainError, InvalidInput
from quanshi.kernel.money import Money
from quanshi.orders import selectors as orders
from quanshi.orders import services
from quanshi.orders.errors import VariantNotFound
from quanshi.orders.types import PriceWord, Quote, QuoteOrder, ShopWish
from quanshi.shops import selectors as shops
from quanshi.shops.types import ShopView
from quanshi.storefront import selectors as storefront
from quanshi.storefront.types import PolicyLink
from quanshi.web.address_form import as_entries, asks_for_next_choice
from quanshi.web.middleware import actor_of, is_known, remember_guest, visitor_of
from quanshi.web.refusal_page import status_of
from quanshi.web.refusals import SENTENCES, sentence
from quanshi.web.shop.forms import CheckoutForm, DirectForm, RefusedForm

REFUSED: Final = {"too_many_unpaid": 429, "over_limit": 429, "bad_quote": 422, "quote_expired": 410, "unavailable": 503}
BETWEEN: Final = "+"  # the shops of one checkout in its address
ON_THE_PAGE: Final = {"no_delivery", "pickup_point_not_found", "too_many_checkouts"}  # what another try there may mend
ADDRESS_KEY: Final = "checkout_address"  # the last address of this browser's session

Points = Mapping[UUID, Sequence[PickupPointView]]  # of each shop that has some


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line of the checkout."""

    variant: VariantView
    quantity: int

    @property
    def total(self) -> Money:
        return self.variant.price * self.quantity


@dataclass(frozen=True, slots=True)
class Basket:
    """What is wanted of one shop."""

    shop: ShopView
    lines: tuple[Wanted, ...]

    @property
    def goods(self) -> Money:
        return sum((line.total for line in self.lines), Money(0, self.shop.currency))


@dataclass(frozen=True, slots=True)
class Section:
    """One shop's part of the page; `order` once it is quoted."""

    basket: Basket
    note: BoundField
    points: Sequence[PickupPointView]
    way: BoundField | None
    policies: Sequence[PolicyLink]
    order: QuoteOrder | None

    @property
    def ways(self) -> list[tuple[BoundWidget, PickupPointView | None]]:
        """Each choice of how it gets there; the first is delivery."""
        return list(zip(self.way, (None, *self.points), strict=True)) if self.way else []

    @property
    def goods(self) -> Money:
        """At the prices that are charged, as the order says it afterwards; what is crossed out stands at the lines."""
        if self.order is None:
            return self.basket.goods
        minor = sum(line.unit_minor * line.quantity for line in self.order.lines)
        return Money(minor, self.basket.shop.currency)

    @property
    def freight(self) -> list[tuple[str, str, Money]]:
        """The steps of delivery: what each is for, which one of several it is, and its amount."""
        steps = self.order.steps if self.order else ()
        return [
            (step.word, step.note, Money(step.amount_minor, self.basket.shop.currency))
            for step in steps
            if step.word in {PriceWord.FREIGHT, PriceWord.FREE_FREIGHT}
        ]

    @property
    def is_sent_free(self) -> bool:
        """Its shop asks nothing for delivery at all, so no step says that it is free."""
        return self.order is not None and not self.order.pickup and not self.freight

    @property
    def total(self) -> Money | None:
        return Money(self.order.total_minor, self.basket.shop.currency) if self.order else None


@open_to(EVERYONE)
@never_cache
@require_http_methods(["GET", "POST"])
def checkout(request: HttpRequest, slugs: str) -> HttpResponse:
    """Address, goods by shop and, once the address is known, the quote to confirm. A known address is quoted at once.

    `slugs` names the shops with a plus between; one shop is a checkout of one.
    """
    baskets = _baskets(request, slugs.split(BETWEEN))
    if not baskets:
        return HttpResponseRedirect(reverse("shop:cart"))
    shops_here = [basket.shop for basket in baskets]
    book = _book(request)
    points = fulfilment.pickup_points(shop_ids=[shop.id for shop in shops_here])
    choices: dict[str, Any] = {"shops": shops_here, "points": points, "book": book}
    known = request.session.get(ADDRESS_KEY) or ({"saved": str(book[0].id)} if book else None)
    if request.method == "POST" and asks_for_next_choice(request.POST):
        form = CheckoutForm(initial=request.POST.dict(), **choices)
        return _page(request, baskets=baskets, points=points, form=form, status=200)
    if request.method == "POST":
        remember_guest(request)
        form = CheckoutForm(request.POST, **choices)
    elif known:
        if known.get("saved") not in {str(one.id) for one in book or ()}:  # it has left the book meanwhile
            known = {**known, "saved": ""}
        form = CheckoutForm({**known, "if_short": CheckoutForm.NOTHING}, **choices)
    else:
        form = CheckoutForm(initial={"recipient": getattr(request.user, "display_name", "")}, **choices)
    if not form.is_bound or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return _page(request, baskets=baskets, points=points, form=form, status=status)
    return _quoted(request, baskets=baskets, points=points, form=form)


@open_to(EVERYONE)
@require_GET
def refused(request: HttpRequest) -> HttpResponse:
    """Where edge sends a browser whose order it could not place, with a code and what was short."""
    code = request.GET.get("code", "")
    facts = RefusedForm(request.GET)
    facts.is_valid()
    variant_id = facts.cleaned_data.get("variant_id")
    found = catalog.variants_by_id(variant_ids=[variant_id] if variant_id else [], locale=get_language())
    # whoever made the address up is not to learn the title of what is not on sale
    variant = next((one for one in found.values() if one.is_sellable), None)
    context = {
        **{name: facts.cleaned_data.get(name) for name in ("available", "limit", "held", "order_id")},
        "code": code,
        "sentence": SENTENCES.get(code),
        "variant": variant,
    }
    return render(request, "shop/refused.html", context, status=REFUSED.get(code, 409))


def _book(request: HttpRequest) -> tuple[AddressView, ...] | None:
    """The person's address book; None for a guest, who has none."""
    actor = actor_of(request)
    return accounts.addresses_of(person_id=actor.id) if actor.kind is ActorKind.PERSON else None


def _baskets(request: HttpRequest, slugs: Sequence[str]) -> list[Basket]:
    """What is selected of these shops in the cart, or the one variant that the address names.

    Raises: ShopNotFound, VariantNotFound.
    """
    direct = DirectForm(request.GET)
    if len(slugs) == 1 and direct.is_valid():
        shop = shops.shop_by_slug(slug=slugs[0], locale=get_language())
        variant_id: UUID = direct.cleaned_data["variant"]
        found = catalog.variants_by_id(variant_ids=[variant_id], locale=get_language()).get(variant_id)
        if found is None or found.shop_id != shop.id or not found.is_sellable:
            raise VariantNotFound(variant_id=variant_id)
        return [Basket(shop, (Wanted(found, direct.cleaned_data["quantity"]),))]
    if not is_known(request):
        return []
    groups = orders.cart(actor=actor_of(request), locale=get_language())
    baskets = [
        Basket(group.shop, tuple(Wanted(line.variant, line.quantity) for line in group.lines if line.is_selected))
        for group in groups
        if group.shop.slug in slugs
    ]
    return [basket for basket in baskets if basket.lines]


def _quoted(request: HttpRequest, *, baskets: Sequence[Basket], points: Points, form: CheckoutForm) -> HttpResponse:
    address = form.address()
    try:
        services.count_checkout(client=visitor_of(request).client)
        quote, token = services.make_quote(
            actor=actor_of(request),
            wishes=[
                ShopWish(
                    shop_id=basket.shop.id,
                    lines=[(line.variant.id, line.quantity) for line in basket.lines],
                    note=form.cleaned_data[form.note(basket.shop).name],
                    pickup_point_id=form.cleaned_data.get(f"way-{basket.shop.slug}"),
                )
                for basket in baskets
            ],
            address=address,
            locale=get_language(),
            is_all_or_nothing=form.is_all_or_nothing,
        )
    except InvalidInput as refusal:
        field = str(refusal.details.get("field", ""))
        form.add_error(field if field in form.fields else None, sentence(refusal))
        return _page(request, baskets=baskets, points=points, form=form, status=status_of(refusal))
    except DomainError as refusal:
        said: dict[str, Any] = {"refusal_sentence": sentence(refusal), "refusal_about": _about(refusal, baskets)}
        if refusal.code not in ON_THE_PAGE:
            _remember(request, form)
            said["way_back"] = _way_back(request, baskets)
        return _page(request, baskets=baskets, points=points, form=form, status=status_of(refusal), **said)
    _remember(request, form)
    if form.is_to_be_kept:
        _keep(request, form)
    total = Money(quote.total_minor, quote.currency)
    told: dict[str, Any] = {"quote": quote, "token": token, "address": address, "total": total}
    return _page(request, baskets=baskets, points=points, form=form, status=200, **told)


def _remember(request: HttpRequest, form: CheckoutForm) -> None:
    if form.has_place:
        request.session[ADDRESS_KEY] = {**as_entries(form.address()), "saved": form.cleaned_data.get("saved", "")}


def _way_back(request: HttpRequest, baskets: Sequence[Basket]) -> str:
    """Where other goods are chosen: the page of what is bought without the cart, or else the cart."""
    if not DirectForm(request.GET).is_valid():
        return reverse("shop:cart")
    return reverse("shop:product", args=[baskets[0].shop.slug, baskets[0].lines[0].variant.product_handle])


def _about(refusal: DomainError, baskets: Sequence[Basket]) -> str:
    """The shop or the goods that a refusal speaks of, where the page shows more than one."""
    if (title := refusal.details.get("title")) is not None:
        return str(title) if sum(len(basket.lines) for basket in baskets) > 1 else ""
    if len(baskets) > 1:
        return next((b.shop.name for b in baskets if b.shop.id == refusal.details.get("shop_id")), "")
    return ""


def _page(
    request: HttpRequest,
    *,
    baskets: Sequence[Basket],
    points: Points,
    form: CheckoutForm,
    status: int,
    quote: Quote | None = None,
    **more: Any,
) -> HttpResponse:
    policies = storefront.policies(shop_ids=[basket.shop.id for basket in baskets])
    quoted = quote.orders if quote else (None,) * len(baskets)
    context = {
        "sections": [
            Section(
                basket,
                form.note(basket.shop),
                points.get(basket.shop.id, ()),
                form.way(basket.shop),
                policies.get(basket.shop.id, ()),
                order,
            )
            for basket, order in zip(baskets, quoted, strict=True)
        ],
        "shop": baskets[0].shop if len(baskets) == 1 else None,  # whose colour the page has
        "form": form,
        "quote": quote,
        **more,
    }
    template = "shop/parts/checkout.html" if request.headers.get("HX-Request") else "shop/checkout.html"
    return render(request, template, context, status=status)


def _keep(request: HttpRequest, form: CheckoutForm) -> None:
    """Put the address into the book. A full book is no reason to refuse the order."""
    with suppress(TooManyAddresses):
        people.save_address(person_id=actor_of(request).id, address=form.entry())
