"""What buyers say of goods: reading, writing, adding, reporting."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from quanshi.catalog import selectors as catalog
from quanshi.kernel.access import BUYER, EVERYONE, open_to
from quanshi.kernel.errors import DomainError, NotFound
from quanshi.orders import selectors as orders
from quanshi.orders.errors import OrderNotFound
from quanshi.orders.types import OrderLineView, OrderView
from quanshi.reviews import selectors, services
from quanshi.reviews.types import STARS, LineReview, LineState
from quanshi.shops import selectors as shops
from quanshi.web.middleware import actor_of, remember_guest, visitor_of
from quanshi.web.refusal_page import status_of
from quanshi.web.refusals import sentence
from quanshi.web.shop.review_forms import AdditionForm, ReportForm, ReviewForm

IMPORTED: Final = "imported"
WITH_PICTURES: Final = "pictures"


@open_to(EVERYONE)
@require_GET
def product_reviews(request: HttpRequest, slug: str, handle: str) -> HttpResponse:
    """All that was said of one product, or what a filter leaves of it."""
    shop = shops.shop_by_slug(slug=slug, locale=get_language())
    product = catalog.product_page(shop_id=shop.id, handle=handle, locale=get_language())
    chosen = request.GET.get("only", "")
    page = selectors.reviews_of_product(
        product_id=product.id,
        stars=int(chosen) if chosen in {str(n) for n in STARS} else None,
        with_pictures=chosen == WITH_PICTURES,
        imported=chosen == IMPORTED,
        cursor=request.GET.get("after", ""),
    )
    context = {
        "shop": shop,
        "product": product,
        "rating": selectors.ratings_of(product_ids=[product.id]).get(product.id),
        "page": page,
        "chosen": chosen,
        "all_stars": STARS,
    }
    return render(request, "shop/reviews.html", context)


@open_to(BUYER)
@never_cache
@require_http_methods(["GET", "POST"])
def review_line(request: HttpRequest, order_id: UUID, line_id: UUID) -> HttpResponse:
    """What the buyer says of one order line; once it is said, what it says, and room for one addition."""
    visitor_of(request).claim_late_orders()
    order = orders.order_page(actor=actor_of(request), order_id=order_id, locale=get_language())
    line = next((line for line in order.lines if line.id == line_id), None)
    told = selectors.reviews_of_order(actor=actor_of(request), order_id=order_id).get(line_id)
    if line is None or told is None:
        raise OrderNotFound(order_id=order_id)
    form: ReviewForm | AdditionForm
    is_addition = told.state is LineState.WRITTEN
    kind = AdditionForm if is_addition else ReviewForm
    form = kind(request.POST, request.FILES) if request.method == "POST" else kind()
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _write(request, form, line_id)
            except NotFound:
                raise
            except DomainError as refusal:
                form.add_error(None, sentence(refusal))
                status = status_of(refusal)
            else:
                messages.success(request, gettext("Thank you. Everybody can read it now."))
                return HttpResponseRedirect(reverse("shop:review_line", args=[order_id, line_id]), status=303)
    return _line_page(request, order=order, line=line, told=told, form=form, status=status)


@open_to(EVERYONE)
@never_cache
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Tell the operator that a review should not stand there."""
    review = selectors.review(review_id=review_id)
    product = catalog.product_names(product_ids=[review.product_id], locale=get_language())[review.product_id]
    back = reverse("shop:product_reviews", args=[product.shop_slug, product.handle])
    form = ReportForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            remember_guest(request)
            try:
                services.report_review(
                    actor=actor_of(request),
                    client=visitor_of(request).client,
                    review_id=review_id,
                    reason=form.cleaned_data["reason"],
                    words=form.cleaned_data["words"],
                )
            except DomainError as refusal:
                form.add_error(None, sentence(refusal))
                status = status_of(refusal)
            else:
                messages.success(request, gettext("Thank you. Somebody will look at it."))
                return HttpResponseRedirect(back, status=303)
    shop = shops.shops_by_id(shop_ids=[review.shop_id], locale=get_language())[review.shop_id]
    context = {"review": review, "product": product, "shop": shop, "form": form, "back": back}
    return render(request, "shop/review_report.html", context, status=status)


def _write(request: HttpRequest, form: ReviewForm | AdditionForm, line_id: UUID) -> None:
    said = form.cleaned_data
    if isinstance(form, AdditionForm):
        services.add_to_review(
            actor=actor_of(request), order_line_id=line_id, text=said["text"], pictures=said["pictures"]
        )
        return
    services.write_review(
        actor=actor_of(request),
        order_line_id=line_id,
        stars=said["stars"],
        text=said["text"],
        pictures=said["pictures"],
        shows_name=said["shows_name"],
    )


def _line_page(
    request: HttpRequest,
    *,
    order: OrderView,
    line: OrderLineView,
    told: LineReview,
    form: ReviewForm | AdditionForm,
    status: int,
) -> HttpResponse:
    context = {
        "order": order,
        "shop": order.shop,
        "line": line,
        "told": told,
        "form": form,
        "is_open": told.state is LineState.OPEN,
        "is_addable": told.review is not None and told.review.is_addable,
    }
    return render(request, "shop/review_write.html", context, status=status)
