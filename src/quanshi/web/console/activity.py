"""The lines of a shop's activity as the console tells them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.html import strip_tags

from quanshi.accounts import selectors as people
from quanshi.kernel.money import Money
from quanshi.shops.types import Facts, StaffAction, StaffActionView
from quanshi.storefront.types import SectionKind
from quanshi.web.console import page_forms, staff_words, words
from quanshi.web.formats import moment, money_text
from quanshi.web.review_words import HIDE_REASONS
from quanshi.web.words import CARRIER, POLICY

LONGEST_FACT: Final = 80


@dataclass(frozen=True, slots=True)
class Change:
    """One fact: what it was, where that is known, and what it is now."""

    word: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    id: int
    who: str
    role: str
    what: str
    subject: str
    href: str  # the page of the object, where there is one
    changes: tuple[Change, ...]
    request_id: str
    at: datetime


def lines(actions: Iterable[StaffActionView], *, slug: str, currency: str) -> tuple[Line, ...]:
    """As many lines as actions. One query, for the names of people."""
    found = tuple(actions)
    about = {action.subject_id for action in found if action.action.kind == "member" and action.subject_id}
    names = people.names_of(person_ids={action.person_id for action in found} | about)
    return tuple(
        Line(
            id=action.id,
            who=names.get(action.person_id, str(action.person_id)[-8:]),
            role=str(staff_words.DOERS.get(action.role, action.role)),
            what=str(staff_words.ACTIONS[action.action]),
            subject=_subject(action) or (names.get(action.subject_id, "") if action.subject_id in about else ""),
            href=_page_of(action, slug),
            changes=_changes(action, currency),
            request_id=action.request_id,
            at=action.at,
        )
        for action in found
    )


def _subject(action: StaffActionView) -> str:
    """What a section or a policy is called; what a shop has named itself stands as it is."""
    if action.action is StaffAction.PAGE_CHANGED:
        return _section(action.subject)
    if action.action is StaffAction.SHOP_POLICY_PUBLISHED:
        return str(POLICY.get(action.subject, action.subject))
    return action.subject


def _section(kind: str) -> str:
    return str(page_forms.KINDS[SectionKind(kind)][1]) if kind in set(SectionKind) else kind


def _page_of(action: StaffActionView, slug: str) -> str:
    routes = {"order": "console:order", "after_sale": "console:after_sale", "goods": "console:goods_edit"}
    route = routes.get(action.action.kind)
    return reverse(route, args=[slug, action.subject_id]) if route and action.subject_id else ""


def _changes(action: StaffActionView, currency: str) -> tuple[Change, ...]:
    names = dict.fromkeys([*action.before, *action.after])
    money = str(action.after.get("currency", currency))
    return tuple(
        Change(word=_word(name), before=_said(name, action.before, money), after=_said(name, action.after, money))
        for name in names
        if name not in staff_words.HIDDEN_FACTS
    )


def _word(name: str) -> str:
    """A variant's price is "price Red / L": the first word is ours, the rest the shop's."""
    first, _, rest = name.partition(" ")
    return f"{staff_words.FACTS.get(first, first)} {rest}".strip()


def _said(name: str, facts: Facts, currency: str) -> str:
    value = facts.get(name)
    if value is None or value == "":
        return "–" if name in facts else ""
    if type(value) is int and (name.endswith("_minor") or name.startswith(("price ", "list_price "))):
        return money_text(Money(value, currency))
    if name in staff_words.MOMENTS:
        return moment(datetime.fromisoformat(str(value)))
    tables: Mapping[str, Mapping[str, object]] = {
        "role": staff_words.ROLES,
        "status": words.STATUSES,
        "state": staff_words.STATES,
        "carrier": CARRIER,
        "target": words.REDIRECTED,
        "ground": HIDE_REASONS,
    }
    if name == "added":
        return _section(str(value))
    if name in tables:
        return str(tables[name].get(str(value), value))
    text = " ".join(strip_tags(str(value)).split())
    return text if len(text) <= LONGEST_FACT else f"{text[:LONGEST_FACT]}…"


def people_to_choose(person_ids: Iterable[UUID]) -> list[tuple[str, str]]:
    """For a filter: each person with their name, by name. One query."""
    names = people.names_of(person_ids=person_ids)
    return [(str(person_id), name) for person_id, name in sorted(names.items(), key=lambda pair: pair[1])]
