"""What a shop's shelves are called in English. They come and go with the goods that stand on them."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from quanshi.catalog import selectors, services
from quanshi.shops.types import Permission
from quanshi.web.console.access import ConsoleRequest, for_members
from quanshi.web.console.forms import ENGLISH
from quanshi.web.console.goods_forms import ShelvesForm
from quanshi.web.console.tabs import part_shown, parts_of

SHELVES_SHOWN: Final = 100


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(Permission.MANAGE_GOODS)
def table(request: ConsoleRequest) -> HttpResponse:
    shelves = selectors.categories(shop_id=request.shop.id, locale="")
    names = selectors.shelf_names(shop_id=request.shop.id)
    shown = part_shown(request, size=SHELVES_SHOWN)
    form = ShelvesForm(request.POST or None, shelves=shelves[shown], names=names)
    if request.method == "POST" and form.is_valid():
        with form.refusals(), transaction.atomic():
            services.hold_shelves(actor=request.actor, shop_id=request.shop.id)
            names = selectors.shelf_names(shop_id=request.shop.id)  # what other languages call them by now
            for shelf_id, name in form.changed_names().items():
                others = {locale: said for locale, said in names.get(shelf_id, {}).items() if locale != ENGLISH}
                services.name_shelf(
                    actor=request.actor, shop_id=request.shop.id, category_id=shelf_id, names=others | {ENGLISH: name}
                )
        if not form.errors:
            messages.success(request, _("Saved."))
            return redirect(request.get_full_path())
    page = {"form": form, "parts": parts_of(len(shelves), size=SHELVES_SHOWN, shown=shown)}
    return render(request, "console/shelves.html", page, status=422 if form.errors else 200)
