from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanshi.catalog import selectors, services
from quanshi.catalog.types import EditableProduct, GoodsFilter, GoodsPage, ProductStatus
from quanshi.fulfilment import selectors as fulfilment
from quanshi.fulfilment import services as fulfilment_services
from quanshi.shops.types import Permission
from quanshi.stock import selectors as stock
from quanshi.stock import services as stock_services
from quanshi.web.console import shelves, words
from quanshi.web.console.access import ConsoleRequest, for_members, searched
from quanshi.web.console.forms import PictureChangeForm, PictureForm
from quanshi.web.console.goods_forms import GoodsFactsForm, NewGoodsForm
from quanshi.web.console.tabs import Tab, part_shown, parts_of
from quanshi.web.console.variant_forms import KnownVariant, more_of

COUNTED: Final = 1000
VARIANTS_SHOWN: Final = 50


@require_safe
@for_members(Permission.VIEW_GOODS)
def table(request: ConsoleRequest) -> HttpResponse:
    """Goods of every status with what is left of them."""
    status = request.GET.get("status", "")
    status = status if status in set(ProductStatus) else ""
    query = searched(request)
    tag = request.GET.get("tag", "")[:80]
    page = selectors.goods(
        shop_id=request.shop.id,
        query=query,
        status=status,
        tag=tag,
        cursor=request.GET.get("cursor", ""),
        locale=request.LANGUAGE_CODE,
    )
    available = stock.available(variant_ids=[variant.id for row in page.rows for variant in row.variants])
    context = {
        "lines": shelves.goods_lines(page.rows, available=available),
        "next_cursor": page.next_cursor,
        "status": status,
        "tabs": [Tab(state="", word=_("All")), *(Tab(state=s, word=str(w)) for s, w in words.STATUSES.items())],
        "query": query,
        "tag": tag,
        "shop_tags": selectors.tags(shop_id=request.shop.id),
        "count": _count(request, page, GoodsFilter(query=query, status=status, tag=tag)),
        "kept": {"status": status, "tag": tag},
    }
    return render(request, "console/goods.html", context)


def _count(request: ConsoleRequest, page: GoodsPage, filters: GoodsFilter) -> int | None:
    """How many goods match; none where they are very many, or where it would take to search once more."""
    if not page.next_cursor and "cursor" not in request.GET:
        return len(page.rows)
    if filters.query or filters.tag:
        return None
    count = selectors.goods_count(shop_id=request.shop.id, filters=filters, most=COUNTED + 1)
    return count if count <= COUNTED else None


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(Permission.MANAGE_GOODS)
def new(request: ConsoleRequest) -> HttpResponse:
    """Goods of one variant or many. "more" gives another row or option without saving, for pages without JavaScript."""
    shop = request.shop
    form = NewGoodsForm(currency=shop.currency, rows=1, initial={})
    if request.method == "POST" and (more := more_of(request.POST)) is not None:
        columns, rows = more
        form = NewGoodsForm(currency=shop.currency, initial=request.POST.dict(), columns=columns, rows=rows)
    elif request.method == "POST":
        form = NewGoodsForm(request.POST, currency=shop.currency, initial={})
    if form.is_valid():
        with form.refusals():
            product_id = _save_new(request, form)
            messages.success(request, _("The goods are in. Next: add a picture."))
            return redirect("console:goods_edit", shop.slug, product_id)
    page = {"form": form, "shelves": _shelves(request)}
    return render(request, "console/goods_new.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(Permission.MANAGE_GOODS)
def edit(request: ConsoleRequest, product_id: UUID) -> HttpResponse:
    shop = request.shop
    product = selectors.product_to_edit(shop_id=shop.id, product_id=product_id)
    known = _known(product)
    if request.method != "POST":
        return _page(request, product, known=known)
    if (more := more_of(request.POST)) is not None:
        columns, rows = more
        form = _form(request, product, known, written=request.POST.dict(), columns=columns, rows=rows)
        return _page(request, product, known=known, form=form)
    form = _form(request, product, known, data=request.POST)
    if form.is_valid():
        with form.refusals():
            _save(request, product, form)
            messages.success(request, _("Saved."))
            return redirect(request.get_full_path())
    return _page(request, product, known=known, form=form)


@require_POST
@for_members(Permission.MANAGE_GOODS)
def add_picture(request: ConsoleRequest, product_id: UUID) -> HttpResponse:
    shop = request.shop
    product = selectors.product_to_edit(shop_id=shop.id, product_id=product_id)
    form = PictureForm(request.POST, request.FILES)
    if form.is_valid():
        with form.refusals():
            services.add_picture(
                actor=request.actor,
                shop_id=shop.id,
                product_id=product_id,
                file=form.cleaned_data["file"],
                alt=form.cleaned_data["alt"],
            )
            messages.success(request, _("The picture is added."))
            return redirect("console:goods_edit", shop.slug, product_id)
    return _page(request, product, known=_known(product), picture_form=form)


@require_POST
@for_members(Permission.MANAGE_GOODS)
def change_picture(request: ConsoleRequest, product_id: UUID, picture_id: UUID) -> HttpResponse:
    """Another place among the pictures, or other words for what it shows."""
    form = PictureChangeForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    services.change_picture(
        actor=request.actor, shop_id=request.shop.id, product_id=product_id, picture_id=picture_id, **form.change()
    )
    return _pictures(request, product_id)


@require_POST
@for_members(Permission.MANAGE_GOODS)
def remove_picture(request: ConsoleRequest, product_id: UUID, picture_id: UUID) -> HttpResponse:
    services.remove_picture(actor=request.actor, shop_id=request.shop.id, product_id=product_id, picture_id=picture_id)
    return _pictures(request, product_id)


def _pictures(request: ConsoleRequest, product_id: UUID) -> HttpResponse:
    if not request.htmx:
        return redirect(f"{reverse('console:goods_edit', args=[request.shop.slug, product_id])}#pictures")
    product = selectors.product_to_edit(shop_id=request.shop.id, product_id=product_id)
    return render(request, "console/parts/pictures.html", {"product": product, "picture_form": PictureForm()})


def _save(request: ConsoleRequest, product: EditableProduct, form: GoodsFactsForm) -> None:
    """What the form says is saved together or not at all."""
    shop = request.shop
    with transaction.atomic():
        services.change_goods(
            actor=request.actor,
            shop_id=shop.id,
            product_id=product.id,
            **form.facts(),
        )
        if "freight" in form.fields:
            fulfilment_services.set_product_template(
                actor=request.actor,
                shop_id=shop.id,
                product_id=product.id,
                template_id=form.cleaned_data["freight"],
            )


def _save_new(request: ConsoleRequest, form: NewGoodsForm) -> UUID:
    """Goods and their opening stock are saved together or not at all."""
    shop, fields = request.shop, form.cleaned_data
    with transaction.atomic():
        product_id = services.save_product(
            actor=request.actor,
            shop_id=shop.id,
            handle=fields["handle"].strip() or selectors.free_handle(shop_id=shop.id, title=fields["title"]),
            **form.facts(),
            is_new=True,
        )
        product = selectors.product_to_edit(shop_id=shop.id, product_id=product_id)
        placed = zip(product.variants, form.quantities(), strict=True)
        if quantities := [(variant.id, quantity) for variant, quantity in placed if quantity]:
            stock_services.place_opening_stock(actor=request.actor, shop_id=shop.id, quantities=quantities)
    return product_id


def _form(
    request: ConsoleRequest,
    product: EditableProduct,
    known: Sequence[KnownVariant],
    *,
    data: Any = None,
    written: dict[str, Any] | None = None,
    columns: int | None = None,
    rows: int = 0,
) -> GoodsFactsForm:
    """The form with the variants of the page that the address names; `written`: as somebody has filled it in so far."""
    shown = known[part_shown(request, size=VARIANTS_SHOWN)]
    templates = fulfilment.templates(shop_id=request.shop.id)
    freight = [(template.id, template.name) for template in templates] if len(templates) > 1 else []
    initial = written or {
        **GoodsFactsForm.facts_of(product),
        **GoodsFactsForm.said(shown, product.option_names),
        "freight": fulfilment.product_template(shop_id=request.shop.id, product_id=product.id) if freight else None,
    }
    return GoodsFactsForm(
        data,
        currency=request.shop.currency,
        product=product,
        known=shown,
        freight=freight,
        initial=initial,
        columns=len(product.option_names) if columns is None else columns,
        rows=rows,
    )


def _known(product: EditableProduct) -> list[KnownVariant]:
    views = [*product.variants, *product.withdrawn]
    left = stock.available(variant_ids=[view.id for view in views])
    return [
        KnownVariant(
            view=view,
            barcode=product.barcodes[view.id],
            former=former,
            left=left[view.id],
            is_withdrawn=number >= len(product.variants),
        )
        for number, (view, former) in enumerate(zip(views, product.list_prices, strict=True))
    ]


def _shelves(request: ConsoleRequest) -> list[str]:
    """The shop's shelves, to choose from while typing."""
    return [" > ".join(shelf.path) for shelf in selectors.categories(shop_id=request.shop.id, locale="")]


def _page(
    request: ConsoleRequest,
    product: EditableProduct,
    *,
    known: Sequence[KnownVariant],
    form: GoodsFactsForm | None = None,
    picture_form: PictureForm | None = None,
) -> HttpResponse:
    page = {
        "product": product,
        "form": form or _form(request, product, known),
        "picture_form": picture_form or PictureForm(),
        "shelves": _shelves(request),
        "left": [one for one in known if one.left or not one.is_withdrawn],
        "parts": parts_of(len(known), size=VARIANTS_SHOWN, shown=part_shown(request, size=VARIANTS_SHOWN)),
    }
    has_errors = bool((form and form.errors) or (picture_form and picture_form.errors))
    return render(request, "console/goods_edit.html", page, status=422 if has_errors else 200)
