"""Filters of the console's templates: `{% load console %}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from quanshi.catalog.types import ListPrice
from quanshi.kernel.money import Money
from quanshi.orders.types import AfterSaleView, TimelineEntry
from quanshi.web import formats
from quanshi.web.console import issues, staff_words, words
from quanshi.web.formats import money_text

register = template.Library()


@register.filter
def transfer_word(kind: str) -> str:
    return str(words.TRANSFERS.get(kind, kind))


@register.filter
def account_word(kind: str) -> str:
    return str(words.ACCOUNTS.get(kind, kind))


@register.filter
def status_word(status: str) -> str:
    return str(words.STATUSES.get(status, status))


@register.filter
def status_tone(status: str) -> str:
    return f"badge {words.STATUS_TONES.get(status, '')}".strip()


@register.filter
def import_word(state: str) -> str:
    return str(words.IMPORT_STATES.get(state, state))


@register.filter
def issue_words(reason: str) -> str:
    """What an import says about a row."""
    return issues.in_words(reason)


@register.filter
def event_word(entry: TimelineEntry) -> str:
    """An order's step in the words of the shop; what happened beside the order's state is a step of its own."""
    return str(words.HAPPENINGS.get(entry.reason) or words.TIMELINE[entry.state])


@register.filter
def event_reason(entry: TimelineEntry) -> str:
    """Why a step happened; a canceller's own words stay as they are."""
    return "" if entry.reason in words.HAPPENINGS else str(words.REASONS.get(entry.reason, entry.reason))


@register.filter
def case_word(state: str) -> str:
    """An after-sale state in the words of the shop."""
    return str(words.CASES.get(state, state))


@register.filter
def redirect_word(target: str) -> str:
    """Where a refund went that could not arrive where it was paid from."""
    return str(words.REDIRECTED.get(target, target))


@register.filter
def role_word(role: str) -> str:
    return str(staff_words.ROLES.get(role, role))


@register.filter
def provider_word(account: str) -> str:
    return str(words.PROVIDERS.get(account, account))


@register.filter
def about_word(about: str) -> str:
    return str(words.ABOUT.get(about, about))


@register.filter
def difference_word(kind: str) -> str:
    return str(words.DIFFERENCES.get(kind, kind))


@register.filter
def difference_meaning(kind: str) -> str:
    return str(words.DIFFERENCE_MEANINGS.get(kind, ""))


@register.filter
def difference_advice(kind: str) -> str:
    """What to do about it."""
    return str(words.DIFFERENCE_ADVICE.get(kind, ""))


@register.filter
def former_words(price: ListPrice) -> str:
    """Whether a former price is shown, and why not."""
    most = formats.money_text(price.most) if price.most else ""
    return str(words.FORMER_PRICES.get(price.verdict, "")) % {"most": most}


@register.filter
def bulk_word(outcome: str) -> str:
    return str(words.BULK.get(outcome, outcome))


@register.filter
def bulk_tone(outcome: str) -> str:
    return f"badge {words.BULK_TONES.get(outcome, '')}".strip()


@register.filter
def bulk_reason(reason: str) -> str:
    return str(words.BULK_REASONS.get(reason, reason))


@register.filter
def of(table: Mapping[Any, str], key: object) -> str:
    """What a table of the view says for a key; nothing where it says nothing."""
    return table.get(key, "")


@register.filter
def signed(amount: Money) -> str:
    """A plus sign for what came in; what went out carries its minus already."""
    return "+" if amount.minor > 0 else ""


@register.filter
def default_outcome(case: AfterSaleView) -> str:
    """What happens to a waiting case by itself at its deadline; see orders, services/sweeps.py."""
    return str(words.DEFAULT_OUTCOMES.get((case.kind, case.state), "")) % {"amount": money_text(case.amount)}


@register.filter
def parcel_state_word(state: str) -> str:
    return str(words.PARCEL_FILES.get(state, state))


@register.filter
def parcel_outcome_word(outcome: str) -> str:
    return str(words.PARCEL_OUTCOMES.get(outcome, outcome))


@register.filter
def take_word(state: str) -> str:
    return str(words.TAKES.get(state, state))
