"""Goods for words, or for none: one page, with what it can be narrowed by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from quanshi.catalog import selectors as catalog
from quanshi.catalog.types import CategoryView
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.search.rules import asking, mending
from quanshi.search.rules.asking import Asked, Concept
from quanshi.search.rules.bands import bands
from quanshi.search.rules.matching import Matching, matching
from quanshi.search.rules.segmenting import reading
from quanshi.search.selectors.candidates import CANDIDATES, Answer, answer
from quanshi.search.selectors.vocabulary import beginning_with, near, vocabulary
from quanshi.search.types import Choice, Filters, Found, PriceBand, SearchPage, Sort
from quanshi.shops import selectors as shops

PAGE: Final = 24
MENDED_MAX: Final = 2  # slips in one query
NOTHING: Final = Answer(0, 0, (), {}, {}, {}, {}, "", [])


@dataclass(frozen=True, slots=True)
class _Meant:
    """One way to take a query."""

    asked: Asked
    concepts: tuple[Concept, ...]
    is_weak: bool = False  # bare characters, which may as well be a slip

    @property
    def known(self) -> list[Concept]:
        return [concept for concept in self.concepts if concept.alternatives]

    @property
    def telling(self) -> list[Concept]:
        """Those that say something without the others: no bare character out of a longer word."""
        return [concept for concept in self.known if len(concept.text) > 1 or concept.text in self.asked.runs]

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(concept.text for concept in self.concepts if not concept.alternatives)


def find(
    *,
    query: str,
    locale: str,
    shop_id: UUID | None = None,
    filters: Filters | None = None,
    sort: Sort = Sort.RELEVANCE,
    page: int = 1,
    limit: int = PAGE,
    is_typing: bool = False,
    is_literal: bool = False,
    shelves: Sequence[CategoryView] | None = None,
) -> SearchPage:
    """One page of the goods on sale of one shop, or of all that are open, that are what `query` means.

    Without words: all goods; a shop that is paused shows them then, as its own page does, and nothing else. Where
    nothing has the words, a slip is mended (never with `is_literal`), then goods that have some of the words are given;
    the answer says so. With `is_typing` the last word may be the beginning of one. `shelves` are the
    shop's, from whoever has read them already. At most nine queries.
    Raises: InvalidInput for a page that cannot be.
    """
    limit = max(1, min(limit, 100))
    if not 1 <= page <= CANDIDATES // limit + 1:
        raise InvalidInput(field="page", value=str(page)[:20], reason="out_of_range")
    search = _Search(asking.ask(query), shop_id, filters or Filters(), sort, offset=(page - 1) * limit, limit=limit)
    outcome = (
        search.by_words(is_typing=is_typing, may_mend=not is_literal) if search.asked.text else search.of_all_goods()
    )
    return _page(outcome, search, locale=locale, shelves=shelves, number=page)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What was found, and how the query had to be taken for it."""

    answer: Answer
    corrected: str = ""
    is_partly: bool = False
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Search:
    """One page that somebody wants to see."""

    asked: Asked
    shop_id: UUID | None
    filters: Filters
    sort: Sort
    offset: int
    limit: int

    def of_all_goods(self) -> _Outcome:
        """A shop's own page shows its goods while it is paused."""
        return _Outcome(self._answer(None, is_paused_shown=self.shop_id is not None))

    def by_words(self, *, is_typing: bool, may_mend: bool) -> _Outcome:
        meant, mended = _meanings(self.asked, self.shop_id, is_typing=is_typing, may_mend=may_mend)
        found = NOTHING if meant.missing else self._goods(meant)
        if mended and not mended.missing and (not found.total or meant.is_weak):
            better = self._goods(mended)
            if better.total > found.total:
                return _Outcome(better, corrected=mended.asked.text)
        if found.total:
            return _Outcome(found)
        meant = mended if mended and len(mended.known) > len(meant.known) else meant
        if len(meant.concepts) > 1 and meant.telling:
            found = self._goods(meant, is_partly=True)
        return _Outcome(found, is_partly=found.total > 0, missing=meant.missing)

    def _goods(self, meant: _Meant, *, is_partly: bool = False) -> Answer:
        concepts = meant.telling if is_partly else meant.known
        if not concepts:
            return NOTHING
        return self._answer(matching(concepts, folded=meant.asked.folded, shop_id=self.shop_id, is_partly=is_partly))

    def _answer(self, match: Matching | None, *, is_paused_shown: bool = False) -> Answer:
        return answer(
            match=match,
            shop_id=self.shop_id,
            filters=self.filters,
            sort=self.sort,
            offset=self.offset,
            limit=self.limit,
            is_paused_shown=is_paused_shown,
        )


def _meanings(asked: Asked, shop_id: UUID | None, *, is_typing: bool, may_mend: bool) -> tuple[_Meant, _Meant | None]:
    """What the words say, and what they would say without a slip. At most three queries."""
    known = vocabulary(asked=asked, shop_id=shop_id)
    concepts = asking.understand(asked, known)
    if is_typing and concepts and asked.runs:
        more = beginning_with(letters=asked.runs[-1], shop_id=shop_id, most=asking.ALTERNATIVES_MAX)
        if more:
            whole_run = [c for c in concepts if not asked.runs[-1].endswith(c.text)]
            last = Concept(asked.runs[-1], concepts[-1].alternatives if len(concepts) == 1 else (), 0.0)
            concepts = [*whole_run, asking.begin_of(more, last, known)]
    meant = _Meant(asked, tuple(concepts), mending.is_weak(asked, known))
    some = mending.suspects(asked, known) if may_mend else []
    if not some or (is_typing and not meant.missing):
        return meant, None
    by_gap, by_reading = mending.slip_keys(some, _read)
    entries = near(gaps=by_gap, readings=by_reading, shop_id=shop_id)
    mended: Asked | None = None
    for _ in range(MENDED_MAX):
        better = mending.correct(mended or asked, mending.suspects(mended or asked, known), entries, _read)
        if better is None:
            break
        known.add(entries)
        mended = better
    if mended is None:
        return meant, None
    known.add(entries)
    return meant, _Meant(mended, tuple(asking.understand(mended, known)))


def _read(word: str) -> str:
    return reading(word).whole


def _page(
    outcome: _Outcome, search: _Search, *, locale: str, shelves: Sequence[CategoryView] | None, number: int
) -> SearchPage:
    found, shop_id = outcome.answer, search.shop_id
    total = min(found.total, CANDIDATES)
    cards = catalog.cards_by_id(product_ids=[product_id for product_id, _left in found.page], locale=locale)
    return SearchPage(
        query=search.asked.text,
        corrected=outcome.corrected,
        is_partly=outcome.is_partly,
        missing=outcome.missing,
        found=tuple(Found(cards[product_id], left) for product_id, left in found.page if product_id in cards),
        total=total,
        is_more_than_counted=found.total > CANDIDATES,
        number=number,
        pages=-(-total // search.limit),
        in_stock=min(found.in_stock, total),
        categories=_categories(found.categories, shop_id=shop_id, shelves=shelves, locale=locale),
        shops=() if shop_id else _shops(found.shops, locale=locale),
        vendors=tuple(Choice(name, name, count) for name, count in found.vendors.items()),
        tags=tuple(Choice(name, name, count) for name, count in found.tags.items()),
        bands=tuple(
            PriceBand(Money(start, found.currency), None if end is None else Money(end, found.currency), count)
            for start, end, count in bands(found.prices)
        ),
    )


def _categories(
    counts: Mapping[UUID, int], *, shop_id: UUID | None, shelves: Sequence[CategoryView] | None, locale: str
) -> tuple[tuple[CategoryView, int], ...]:
    """A shop's shelves with what was found on each and below it."""
    if shop_id is None or not counts:
        return ()
    if shelves is None:
        shelves = catalog.categories(shop_id=shop_id, locale=locale)
    below: Counter[tuple[str, ...]] = Counter()
    for shelf in shelves:
        for depth in range(1, len(shelf.path) + 1):
            below[shelf.path[:depth]] += counts.get(shelf.id, 0)
    return tuple((shelf, below[shelf.path]) for shelf in shelves if below[shelf.path])


def _shops(counts: Mapping[UUID, int], *, locale: str) -> tuple[Choice, ...]:
    views = shops.shops_by_id(shop_ids=counts, locale=locale)
    return tuple(Choice(views[key].slug, views[key].name, count) for key, count in counts.items() if key in views)
