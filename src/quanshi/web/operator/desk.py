"""What operators may look at, and how. Registered here alone; nothing can be added, changed or deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.contrib import admin
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe
from unfold.admin import ModelAdmin
from unfold.decorators import display as labelled

from quanshi.accounts.models import OperatorAction, Person  # house: rooms-have-doors Django's admin lists models
from quanshi.accounts.rules import account_state  # house: rooms-have-doors the list has read the rows already
from quanshi.accounts.types import AccountState, OperatorActionKind
from quanshi.shops.models import Shop, StaffActionRow  # house: rooms-have-doors Django's admin lists models
from quanshi.shops.types import ShopState
from quanshi.web.console import staff_words
from quanshi.web.operator.site import OperatorSite


def column(name: str, label: Any, *, is_flag: bool = False) -> Callable[[Any], Any]:
    """A field under a heading in the reader's language."""

    @admin.display(description=label, ordering=name, boolean=is_flag)
    def shown(row: Any) -> Any:
        return getattr(row, name)

    return shown


class ToRead(ModelAdmin):  # type: ignore[misc]
    """A list and its records. Whoever is let in at the site's door may read them, and that is all."""

    list_per_page = 50
    show_full_result_count = False  # counting a whole table for a heading
    actions = None

    def get_urls(self) -> list[URLPattern]:
        """The list and a record, which take no POST: a form that Django should draw by mistake leads nowhere."""
        kept = [each for each in super().get_urls() if (each.name or "").endswith(("_changelist", "_change"))]
        for each in kept:
            each.callback = require_safe(each.callback)
        return kept

    def has_module_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        return True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False


PERSON_STATES: Final[Mapping[AccountState, Promise]] = {
    AccountState.ACTIVE: pgettext_lazy("person", "may sign in"),
    AccountState.BLOCKED: pgettext_lazy("person", "blocked"),
    AccountState.ERASED: pgettext_lazy("person", "closed their account"),
}
DONE_TO_PEOPLE: Final[Mapping[str, Promise]] = {
    OperatorActionKind.BLOCKED: gettext_lazy("blocked the person"),
    OperatorActionKind.UNBLOCKED: gettext_lazy("let the person in again"),
}


class PersonDesk(ToRead):
    list_display = (
        column("email", gettext_lazy("E-mail address")),
        column("display_name", gettext_lazy("Name")),
        "shown_state",
        column("is_superuser", gettext_lazy("Operator"), is_flag=True),
        column("created_at", gettext_lazy("Since")),
        "change_state",
    )
    list_filter = ("is_active", "is_superuser")
    search_fields = ("email__startswith", "display_name")
    search_help_text = gettext_lazy("The beginning of an e-mail address, or part of a name")
    ordering = ("-id",)
    # named one by one: the password's hash is nobody's to read
    fields = ("email", "display_name", "locale", "is_active", "is_superuser", "created_at", "last_login")

    @labelled(  # type: ignore[untyped-decorator]
        description=gettext_lazy("State"),
        ordering="is_active",
        label={
            AccountState.ACTIVE.value: "success",
            AccountState.BLOCKED.value: "danger",
            AccountState.ERASED.value: "info",
        },
    )
    def shown_state(self, person: Person) -> tuple[str, str]:
        state = account_state(is_active=person.is_active, closed_at=person.closed_at)
        return state.value, str(PERSON_STATES[state])

    @admin.display(description="")
    def change_state(self, person: Person) -> SafeString | str:
        state = account_state(is_active=person.is_active, closed_at=person.closed_at)
        if state is AccountState.ERASED:
            return ""
        word = _("Unblock") if state is AccountState.BLOCKED else _("Block")
        return format_html(
            '<a class="underline" href="{}">{}</a>', reverse("admin:person_state", args=[person.id]), word
        )


class ShopDesk(ToRead):
    list_display = (
        column("name", gettext_lazy("Name")),
        column("slug", gettext_lazy("Address")),
        "shown_state",
        column("currency", gettext_lazy("Currency")),
        column("is_demo", gettext_lazy("Demo"), is_flag=True),
        column("created_at", gettext_lazy("Since")),
        "change_state",
    )
    list_filter = ("state", "is_demo")
    search_fields = ("slug__startswith", "name")
    search_help_text = gettext_lazy("The beginning of an address, or part of a name")
    ordering = ("-id",)
    fields = ("name", "slug", "tagline", "state", "currency", "created_at")

    @labelled(  # type: ignore[untyped-decorator]
        description=gettext_lazy("State"),
        ordering="state",
        label={
            ShopState.OPEN.value: "success",
            ShopState.PAUSED.value: "warning",
            ShopState.STOPPED.value: "danger",
            ShopState.CLOSING.value: "warning",
            ShopState.CLOSED.value: "info",
        },
    )
    def shown_state(self, shop: Shop) -> tuple[str, str]:
        return shop.state, str(staff_words.STATES[shop.state])

    @admin.display(description="")
    def change_state(self, shop: Shop) -> SafeString | str:
        if shop.state == ShopState.CLOSED:  # for good: there is nothing to stop
            return ""
        word = _("Let it go on") if shop.state == ShopState.STOPPED else _("Stop")
        return format_html('<a class="underline" href="{}">{}</a>', reverse("admin:shop_state", args=[shop.id]), word)


class ActivityDesk(ToRead):
    list_display = (
        column("at", gettext_lazy("When")),
        "shop_address",
        "person",
        column("role", gettext_lazy("Role")),
        "done",
        column("subject", pgettext_lazy("record", "About")),
    )
    list_filter = ("kind", "role")
    list_select_related = ("shop",)
    search_fields = ("shop__slug__startswith", "subject__startswith", "request_id__exact")
    search_help_text = gettext_lazy("The beginning of a shop's address or of a subject, or a request's id")
    ordering = ("-id",)
    fields = (
        "at",
        "shop_address",
        "person",
        "role",
        "action",
        "subject_id",
        "subject",
        "before",
        "after",
        "request_id",
    )
    readonly_fields = ("person", "shop_address")

    def get_queryset(self, request: HttpRequest) -> QuerySet[StaffActionRow]:
        rows: QuerySet[StaffActionRow] = super().get_queryset(request)
        emails = Person.objects.filter(id=OuterRef("person_id")).values("email")
        return rows.annotate(email=Subquery(emails))

    @admin.display(description=gettext_lazy("Shop"), ordering="shop__slug")
    def shop_address(self, row: StaffActionRow) -> str:
        return row.shop.slug

    @admin.display(description=gettext_lazy("What"), ordering="action")
    def done(self, row: StaffActionRow) -> str:
        return str(staff_words.ACTIONS[row.action])

    @admin.display(description=gettext_lazy("Person"))
    def person(self, row: Any) -> str:
        return str(row.email or row.person_id)


class OperatorActionDesk(ToRead):
    """What operators did to people; what they did to shops and reviews stands in the staff actions."""

    list_display = (
        column("at", gettext_lazy("When")),
        "operator",
        "done",
        "person",
        column("reason", gettext_lazy("Reason")),
    )
    list_filter = ("action",)
    search_fields = ("person_id__exact", "operator_id__exact", "request_id__exact")
    search_help_text = gettext_lazy("The id of a person or of a request")
    ordering = ("-id",)
    fields = ("at", "operator", "done", "person", "person_id", "reason", "request_id")
    readonly_fields = ("operator", "done", "person")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OperatorAction]:
        rows: QuerySet[OperatorAction] = super().get_queryset(request)
        return rows.annotate(
            email=Subquery(Person.objects.filter(id=OuterRef("person_id")).values("email")),
            operator_email=Subquery(Person.objects.filter(id=OuterRef("operator_id")).values("email")),
        )

    @admin.display(description=gettext_lazy("Operator"))
    def operator(self, row: Any) -> str:
        return str(row.operator_email or row.operator_id)

    @admin.display(description=gettext_lazy("What"), ordering="action")
    def done(self, row: OperatorAction) -> str:
        return str(DONE_TO_PEOPLE[row.action])

    @admin.display(description=gettext_lazy("Person"))
    def person(self, row: Any) -> str:
        return str(row.email or row.person_id)


operator_site = OperatorSite(name="admin")
operator_site.register(Person, PersonDesk)
operator_site.register(Shop, ShopDesk)
operator_site.register(StaffActionRow, ActivityDesk)
operator_site.register(OperatorAction, OperatorActionDesk)
