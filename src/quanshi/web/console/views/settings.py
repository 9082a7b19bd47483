from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from quanshi.shops import selectors, services
from quanshi.shops.errors import ShopIsClosing, ShopStopped
from quanshi.shops.types import Permission, ShopState, ShopView
from quanshi.web import refusals
from quanshi.web.console.access import ConsoleRequest, for_members
from quanshi.web.console.forms import LogoForm, SettingsForm


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(Permission.MANAGE_SETTINGS)
def settings(request: ConsoleRequest) -> HttpResponse:
    shop = request.shop
    if request.method == "POST":
        form = SettingsForm(request.POST)
        if form.is_valid():
            with form.refusals():
                services.update_shop(actor=request.actor, shop_id=shop.id, **_changes(form.cleaned_data))
                messages.success(request, _("Saved."))
                return redirect("console:settings", shop.slug)
    else:
        form = SettingsForm(initial=_initial(shop))
    return _page(request, form=form, logo_form=LogoForm())


@require_POST
@for_members(Permission.MANAGE_SETTINGS)
def logo(request: ConsoleRequest) -> HttpResponse:
    shop = request.shop
    logo_form = LogoForm(request.POST, request.FILES)
    if logo_form.is_valid():
        with logo_form.refusals():
            services.set_logo(actor=request.actor, shop_id=shop.id, file=logo_form.cleaned_data["logo"])
            messages.success(request, _("The new logo is in place."))
            return redirect("console:settings", shop.slug)
    return _page(request, form=SettingsForm(initial=_initial(shop)), logo_form=logo_form)


@require_POST
@for_members(Permission.MANAGE_SETTINGS)
def logo_remove(request: ConsoleRequest) -> HttpResponse:
    services.remove_logo(actor=request.actor, shop_id=request.shop.id)
    messages.success(request, _("The logo is taken away."))
    return redirect("console:settings", request.shop.slug)


@require_POST
@for_members(Permission.MANAGE_SETTINGS)
def state(request: ConsoleRequest) -> HttpResponse:
    """Open or pause the shop. Setting the state it has already changes nothing."""
    wanted = ShopState.PAUSED if request.POST.get("state") == ShopState.PAUSED else ShopState.OPEN
    told = {ShopState.OPEN: _("The shop takes orders again."), ShopState.PAUSED: _("The shop is paused.")}
    try:
        services.update_shop(actor=request.actor, shop_id=request.shop.id, state=wanted)
    except (ShopIsClosing, ShopStopped) as refusal:
        messages.error(request, refusals.sentence(refusal))
    else:
        messages.success(request, told[wanted])
    return redirect("console:settings", request.shop.slug)


def _page(request: ConsoleRequest, *, form: SettingsForm, logo_form: LogoForm) -> HttpResponse:
    page = {"form": form, "logo_form": logo_form, "colours": selectors.theme_of(accent=request.shop.accent)}
    return render(request, "console/settings.html", page, status=422 if form.errors or logo_form.errors else 200)


def _initial(shop: ShopView) -> dict[str, Any]:
    texts = selectors.shop_texts(shop_id=shop.id)
    english = texts.get("en", {})
    return {
        **texts[""],
        "name_en": english.get("name", ""),
        "tagline_en": english.get("tagline", ""),
        "accent": shop.accent,
        "contact_phone": shop.contact_phone,
        "contact_email": shop.contact_email,
        "contact_wechat": shop.contact_wechat,
    }


def _changes(fields: dict[str, Any]) -> services.ShopChanges:
    return {
        "name": fields["name"],
        "tagline": fields["tagline"],
        "translations": {"en": {"name": fields["name_en"], "tagline": fields["tagline_en"]}},
        "accent": fields["accent"],
        "contact_phone": fields["contact_phone"],
        "contact_email": fields["contact_email"],
        "contact_wechat": fields["contact_wechat"],
    }
