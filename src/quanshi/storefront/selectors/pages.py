from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec
from django.db.models import F

from quanshi.catalog import selectors as catalog
from quanshi.catalog.types import MediaView, ProductCard
from quanshi.storefront.errors import SectionNotFound
from quanshi.storefront.models import PageVersion
from quanshi.storefront.types import KeptPage, PageDraft, Section, SectionKind, SectionView, VersionView, Words

CARDS_IN_A_ROW: Final = 8


def home_sections(*, shop_id: UUID, locale: str) -> tuple[SectionView, ...]:
    """The published sections of a shop's home page that have something to show.

    One query, one for all featured goods, one for the newest, and one for each shelf.
    """
    row = PageVersion.objects.filter(shop_id=shop_id, number__isnull=False).order_by("-number").first()
    if row is None:
        return ()
    views = _views(read_sections(row=row), shop_id=shop_id, locale=locale)
    return tuple(view for view in views if not view.is_empty)


def page_draft(*, shop_id: UUID, locale: str) -> PageDraft:
    """The draft as its editor shows it, with its history. As `kept_page` and `home_sections`.

    The caller asks for permission.
    """
    kept = kept_page(shop_id=shop_id)
    return PageDraft(
        sections=_views(kept.draft, shop_id=shop_id, locale=locale), is_changed=kept.is_changed, versions=kept.versions
    )


def kept_page(*, shop_id: UUID) -> KeptPage:
    """The draft and what is published, as they are kept, with the versions. One query. The caller asks for permission.

    What is published stands for a draft that nobody has begun.
    """
    rows = list(PageVersion.objects.filter(shop_id=shop_id).order_by(F("number").desc(nulls_first=True)))
    draft = next((row for row in rows if row.number is None), None)
    published = next((row for row in rows if row.number is not None), None)
    shown = draft or published
    return KeptPage(
        draft=read_sections(row=shown) if shown else (),
        published=read_sections(row=published) if published else (),
        is_changed=draft is not None and draft.sections != (published.sections if published else []),
        versions=tuple(
            VersionView(number=row.number, published_at=row.published_at)
            for row in rows
            if row.number is not None and row.published_at is not None
        ),
    )


def draft_section(*, shop_id: UUID, section_id: UUID) -> Section:
    """One section of the draft as it is kept, for the form that edits it. One query.

    What is published stands for a draft that nobody has begun. Raises: SectionNotFound.
    """
    rows = PageVersion.objects.filter(shop_id=shop_id)
    row = rows.order_by(F("number").desc(nulls_first=True)).first()
    sections = read_sections(row=row) if row else ()
    found = next((section for section in sections if section.id == section_id), None)
    if found is None:
        raise SectionNotFound(section_id=section_id)
    return found


def read_sections(*, row: PageVersion) -> tuple[Section, ...]:
    """The sections of a row. No query."""
    return msgspec.convert(row.sections, tuple[Section, ...])


def _views(sections: Sequence[Section], *, shop_id: UUID, locale: str) -> tuple[SectionView, ...]:
    featured = [product_id for section in sections for product_id in section.product_ids]
    cards = catalog.cards_by_id(shop_id=shop_id, product_ids=featured, locale=locale)
    shelves = {section.category_id for section in sections if section.category_id}
    slugs = {c.id: c.slug for c in catalog.categories(shop_id=shop_id, locale=locale)} if shelves else {}
    on_shelf = {
        section.id: _newest(shop_id, locale, category_id=section.category_id)
        for section in sections
        if section.kind is SectionKind.SHELF and section.category_id in slugs
    }
    has_newest = any(section.kind is SectionKind.NEWEST for section in sections)
    newest = _newest(shop_id, locale) if has_newest else ()
    return tuple(
        SectionView(
            id=section.id,
            kind=section.kind,
            title=_said(section, locale).title,
            body=_said(section, locale).body,
            media=picture_of(section=section, alt=_said(section, locale).title),
            shelf_slug=slugs.get(section.category_id, "") if section.category_id else "",
            cards={
                SectionKind.FEATURED: tuple(cards[one] for one in section.product_ids if one in cards),
                SectionKind.SHELF: on_shelf.get(section.id, ()),
                SectionKind.NEWEST: newest,
            }.get(section.kind, ()),
        )
        for section in sections
    )


def _newest(shop_id: UUID, locale: str, *, category_id: UUID | None = None) -> tuple[ProductCard, ...]:
    page = catalog.list_products(locale=locale, shop_id=shop_id, category_id=category_id, limit=CARDS_IN_A_ROW)
    return page.cards


def _said(section: Section, locale: str) -> Words:
    """The section's words in the reader's language, each one that is missing in the shop's own."""
    own = section.words.get("", Words())
    theirs = section.words.get(locale) or section.words.get(locale.partition("-")[0]) or Words()
    return Words(title=theirs.title or own.title, body=theirs.body or own.body)


def picture_of(*, section: Section, alt: str) -> MediaView | None:
    """The picture of a banner, where it has one. No query."""
    if section.picture is None:
        return None
    kept = section.picture
    return catalog.kept_picture(
        media_id=section.id, alt=alt, width=kept.width, height=kept.height, renditions=kept.renditions
    )
