"""What the shop tells everybody: five texts, each in versions."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from quanshi.shops.types import Permission
from quanshi.storefront import selectors, services
from quanshi.storefront.errors import PolicyNotFound
from quanshi.storefront.types import PolicyKind
from quanshi.web.console.access import ConsoleRequest, for_members
from quanshi.web.console.forms import PolicyForm
from quanshi.web.console.words import POLICY_HINTS


@require_safe
@for_members(Permission.MANAGE_SETTINGS)
def table(request: ConsoleRequest) -> HttpResponse:
    said = selectors.current_policies(shop_id=request.shop.id)
    lines = [
        {"kind": kind.value, "hint": POLICY_HINTS[kind], "is_written": kind in said and any(said[kind].texts.values())}
        for kind in PolicyKind
    ]
    return render(request, "console/policies.html", {"lines": lines})


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(Permission.MANAGE_SETTINGS)
def edit(request: ConsoleRequest, kind: str) -> HttpResponse:
    if kind not in set(PolicyKind):
        raise PolicyNotFound(kind=kind[:20])
    known = PolicyKind(kind)
    current = selectors.current_policies(shop_id=request.shop.id).get(known)
    texts = {} if current is None else current.texts
    form = PolicyForm(request.POST or None, initial={"text_": texts.get("", ""), "text_en": texts.get("en", "")})
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            given = {"": form.cleaned_data["text_"], "en": form.cleaned_data["text_en"]}
            services.save_policy(actor=request.actor, shop_id=request.shop.id, kind=known, texts=given)
            messages.success(request, _("Saved."))
            return redirect("console:policies", request.shop.slug)
    context = {"form": form, "kind": kind, "hint": POLICY_HINTS[known]}
    return render(request, "console/policy.html", context, status=422 if form.errors else 200)
