"""Reviews at work: a shop answers them, the operator decides on what is reported."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanshi.catalog import selectors as catalog
from quanshi.kernel.errors import DomainError, NotAllowed, NotFound
from quanshi.reviews import selectors, services
from quanshi.reviews.types import STARS
from quanshi.shops.types import Permission
from quanshi.web import refusals
from quanshi.web.console.access import ConsoleRequest, for_members, for_operators
from quanshi.web.console.review_forms import DecisionForm, ReplyForm, ReviewImportForm
from quanshi.web.console.tabs import Tab

TABS: Final = {
    "unanswered": pgettext_lazy("reviews", "To answer"),
    "all": pgettext_lazy("reviews", "All"),
    "imported": pgettext_lazy("reviews", "Imported"),
}
ISSUES_SHOWN: Final = 200


@require_safe
@for_members(Permission.REPLY_BUYERS)
def table(request: ConsoleRequest) -> HttpResponse:
    return _page(request)


@require_POST
@for_members(Permission.REPLY_BUYERS)
def reply(request: ConsoleRequest, review_id: UUID) -> HttpResponse:
    form = ReplyForm(request.POST)
    if form.is_valid():
        with form.refusals():
            services.reply(
                actor=request.actor, shop_id=request.shop.id, review_id=review_id, text=form.cleaned_data["text"]
            )
            messages.success(request, _("Answered; everybody can read it."))
            query = request.GET.urlencode()
            here = reverse("console:reviews", args=[request.shop.slug])
            return HttpResponseRedirect(f"{here}?{query}" if query else here, status=303)
    return _page(request, form=form, answered=review_id)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(Permission.IMPORT_GOODS)
def bring(request: ConsoleRequest) -> HttpResponse:
    """Reviews from another system: what landed and what did not is said at once."""
    form = ReviewImportForm(request.POST, request.FILES) if request.method == "POST" else ReviewImportForm()
    done = None
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            done = services.import_reviews(
                actor=request.actor,
                shop_id=request.shop.id,
                file=form.cleaned_data["file"].file,
                source=form.cleaned_data["source"],
            )
    context = {"form": form, "done": done, "issues": done.refused[:ISSUES_SHOWN] if done else ()}
    return render(request, "console/reviews_import.html", context, status=422 if form.errors else 200)


@require_safe
@for_operators
def reported(request: ConsoleRequest) -> HttpResponse:
    """What somebody thinks should not stand there, and what has been hidden."""
    waiting = selectors.reported(locale=request.LANGUAGE_CODE)
    context = {
        "waiting": [(each, DecisionForm(auto_id=f"{each.review.id}_%s")) for each in waiting],
        "hidden": [(each, DecisionForm(auto_id=f"{each.id}_%s")) for each in selectors.hidden()],
    }
    return render(request, "console/reviews_reported.html", context)


@require_POST
@for_operators
def decide(request: ConsoleRequest, review_id: UUID) -> HttpResponse:
    form = DecisionForm(request.POST)
    decision = request.POST.get("decision", "")
    if not form.is_valid():
        messages.error(request, _("This is too long, or no legal reason."))
        return redirect("console:reported_reviews")
    reason, words = form.cleaned_data["reason"], form.cleaned_data["words"]
    try:
        match decision:
            case "hide":
                services.hide_review(actor=request.actor, review_id=review_id, reason=reason, words=words)
                messages.success(request, _("Hidden. The reason stands in its place."))
            case "show":
                services.show_review(actor=request.actor, review_id=review_id, words=words)
                messages.success(request, _("It stands there again."))
            case _keep:
                services.dismiss_reports(actor=request.actor, review_id=review_id, words=words)
                messages.success(request, _("It stays as it is."))
    except (NotAllowed, NotFound):
        raise
    except DomainError as refusal:
        messages.error(request, refusals.sentence(refusal))
    return redirect("console:reported_reviews")


def _page(request: ConsoleRequest, *, form: ReplyForm | None = None, answered: UUID | None = None) -> HttpResponse:
    state = request.GET.get("state", "unanswered")
    state = state if state in TABS else "unanswered"
    only = request.GET.get("only", "")
    page = selectors.reviews_of_shop(
        actor=request.actor,
        shop_id=request.shop.id,
        unanswered=state == "unanswered",
        imported=state == "imported",
        stars=int(only) if only in {str(n) for n in STARS} else None,
        with_pictures=only == "pictures",
        cursor=request.GET.get("cursor", ""),
    )
    count = selectors.count_unanswered(actor=request.actor, shop_id=request.shop.id)
    context = {
        "rows": [
            (
                review,
                form
                if form is not None and review.id == answered
                else ReplyForm(initial={"text": review.reply}, auto_id=f"{review.id}_%s"),
            )
            for review in page.reviews
        ],
        "names": catalog.product_names(
            product_ids={review.product_id for review in page.reviews}, locale=request.LANGUAGE_CODE
        ),
        "next_cursor": page.next_cursor,
        "tabs": [
            Tab(state=name, word=str(word), count=count if name == "unanswered" else None)
            for name, word in TABS.items()
        ],
        "state": state,
        "only": only,
        "answered": answered,
        "all_stars": STARS,
    }
    return render(request, "console/reviews.html", context, status=422 if form is not None else 200)
