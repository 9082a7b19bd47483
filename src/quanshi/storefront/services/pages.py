from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec
from django.core.files.base import File
from django.db import connection, transaction

from quanshi.accounts.types import Actor
from quanshi.catalog import selectors as catalog_reads
from quanshi.catalog import services as catalog
from quanshi.kernel import clock, ids
from quanshi.kernel.errors import InvalidInput
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, StaffAction
from quanshi.storefront import rules
from quanshi.storefront.errors import SectionNotFound, TooManySections, VersionNotFound
from quanshi.storefront.models import PageVersion
from quanshi.storefront.selectors.pages import draft_section, read_sections
from quanshi.storefront.services import texts
from quanshi.storefront.types import Picture, Section, SectionChange, SectionDraft, SectionKind, Words

KEPT_VERSIONS: Final = 50


def add_section(*, actor: Actor, shop_id: UUID, kind: SectionKind) -> UUID:
    """Put an empty section at the end of the draft; its id. Not idempotent. Emits nothing.

    Raises: NotAllowed, TooManySections.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    with transaction.atomic():
        draft = _draft(shop_id)
        sections = read_sections(row=draft)
        if (limit := rules.limit_reached(sections, kind)) is not None:
            raise TooManySections(limit=limit, kind=kind.value)
        section = Section(id=ids.new_id(), kind=SectionKind(kind))
        _write(draft, [*sections, section])
        shops.record_action(
            actor=actor, shop_id=shop_id, action=StaffAction.PAGE_CHANGED, after={"added": section.kind.value}
        )
    return section.id


def change_section(
    *, actor: Actor, shop_id: UUID, section_id: UUID, change: SectionChange, file: File[bytes] | None = None
) -> None:
    """Make a section of the draft say what is given; a new picture is re-encoded, without one it stays. Emits nothing.

    Idempotent. Goods and shelves of other shops are refused.
    Raises: NotAllowed, SectionNotFound, InvalidInput, PictureRefused, Unavailable.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    words = _all_words(change)
    _check_goods(shop_id, change)
    picture = _picture(file) if file is not None else None
    with transaction.atomic():
        draft = _draft(shop_id)
        sections = list(read_sections(row=draft))
        at = _at(sections, section_id)
        _check_kind(sections[at].kind, change)
        sections[at] = msgspec.structs.replace(
            sections[at],
            words=words,
            category_id=change.category_id,
            product_ids=tuple(dict.fromkeys(change.product_ids)),
            picture=picture or sections[at].picture,
        )
        _write(draft, sections)
        shops.record_action(
            actor=actor, shop_id=shop_id, action=StaffAction.PAGE_CHANGED, subject=sections[at].kind.value
        )


def set_section_picture(*, actor: Actor, shop_id: UUID, section_id: UUID, file: File[bytes]) -> None:
    """Make a re-encoded `file` the picture of a banner of the draft. Idempotent by content. Emits nothing.

    Call it outside transactions. Raises: NotAllowed, SectionNotFound, InvalidInput, PictureRefused, Unavailable.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    draft_section(shop_id=shop_id, section_id=section_id)  # before the work of encoding
    picture = _picture(file)
    with transaction.atomic():
        draft = _draft(shop_id)
        sections = list(read_sections(row=draft))
        at = _at(sections, section_id)
        if sections[at].kind is not SectionKind.BANNER:
            raise InvalidInput(field="section_id", value=str(section_id), reason="only a banner has a picture")
        if sections[at].picture == picture:
            return
        sections[at] = msgspec.structs.replace(sections[at], picture=picture)
        _write(draft, sections)
        shops.record_action(
            actor=actor, shop_id=shop_id, action=StaffAction.PAGE_CHANGED, subject=sections[at].kind.value
        )


def replace_draft(*, actor: Actor, shop_id: UUID, sections: Sequence[SectionDraft]) -> None:
    """Make the draft these sections in this order. One that is named by its id keeps its picture; the rest are new.

    Idempotent where all are named. Goods and shelves of other shops are refused, but those that a section has already.
    Emits nothing. Raises: NotAllowed, SectionNotFound, TooManySections, InvalidInput.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    with transaction.atomic():
        draft = _draft(shop_id)
        known = {section.id: section for section in read_sections(row=draft)}
        made: list[Section] = []
        for wanted in sections:
            if (limit := rules.limit_reached(made, wanted.kind)) is not None:
                raise TooManySections(limit=limit, kind=wanted.kind.value)
            made.append(_section(shop_id, wanted, known))
            if wanted.id is not None:
                del known[wanted.id]  # named twice, it is there no more
        if made == list(read_sections(row=draft)):
            return
        _write(draft, made)
        shops.record_action(actor=actor, shop_id=shop_id, action=StaffAction.PAGE_CHANGED)


def _section(shop_id: UUID, wanted: SectionDraft, known: Mapping[UUID, Section]) -> Section:
    """Raises: SectionNotFound, InvalidInput."""
    if wanted.id is None:
        before = Section(id=ids.new_id(), kind=wanted.kind)
    elif wanted.id not in known:
        raise SectionNotFound(section_id=wanted.id)
    else:
        before = known[wanted.id]
    if before.kind is not wanted.kind:
        raise InvalidInput(field="kind", value=wanted.kind.value, reason=f"this section is of the kind {before.kind}")
    change = wanted.change
    _check_kind(wanted.kind, change)
    _check_goods(shop_id, change, before=before)
    return msgspec.structs.replace(
        before,
        words=_all_words(change),
        category_id=change.category_id,
        product_ids=tuple(dict.fromkeys(change.product_ids)),
    )


def move_section(*, actor: Actor, shop_id: UUID, section_id: UUID, position: int) -> None:
    """Put a section of the draft at `position`, from 0. Idempotent. Emits nothing.

    Raises: NotAllowed, SectionNotFound.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    with transaction.atomic():
        draft = _draft(shop_id)
        sections = read_sections(row=draft)
        _at(sections, section_id)
        _write(draft, rules.moved(sections, section_id, position=position))
        shops.record_action(actor=actor, shop_id=shop_id, action=StaffAction.PAGE_CHANGED, after={"position": position})


def remove_section(*, actor: Actor, shop_id: UUID, section_id: UUID) -> None:
    """Take a section out of the draft. Not idempotent: the second call finds none. Emits nothing.

    Raises: NotAllowed, SectionNotFound.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    with transaction.atomic():
        draft = _draft(shop_id)
        sections = list(read_sections(row=draft))
        removed = sections.pop(_at(sections, section_id))
        _write(draft, sections)
        shops.record_action(
            actor=actor, shop_id=shop_id, action=StaffAction.PAGE_CHANGED, before={"added": removed.kind.value}
        )


def publish_page(*, actor: Actor, shop_id: UUID) -> int:
    """Show the draft to everybody from now on; the number of the version that it becomes. Emits nothing.

    Idempotent: a draft that changes nothing is no new version. The newest versions are kept to go back to.
    Raises: NotAllowed.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    with transaction.atomic():
        draft = _draft(shop_id)
        newest = _published(shop_id)
        number = newest.number if newest and newest.number else 0
        if newest is None or newest.sections != draft.sections:
            number += 1
            PageVersion.objects.create(
                shop_id=shop_id,
                number=number,
                sections=draft.sections,
                published_at=clock.now(),
                published_by=actor.id,
            )
            PageVersion.objects.filter(shop_id=shop_id, number__lte=number - KEPT_VERSIONS).delete()
            shops.record_action(
                actor=actor, shop_id=shop_id, action=StaffAction.PAGE_PUBLISHED, after={"version": number}
            )
        draft.delete()
    return number


def restore_version(*, actor: Actor, shop_id: UUID, number: int) -> None:
    """Make the draft what a version was; nobody else sees it before it is published. Idempotent. Emits nothing.

    Raises: NotAllowed, VersionNotFound.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    with transaction.atomic():
        draft = _draft(shop_id)
        wanted = PageVersion.objects.filter(shop_id=shop_id, number=number).first()
        if wanted is None:
            raise VersionNotFound(number=number)
        draft.sections = wanted.sections
        draft.save(update_fields=["sections"])
        shops.record_action(actor=actor, shop_id=shop_id, action=StaffAction.PAGE_CHANGED, after={"version": number})


def discard_draft(*, actor: Actor, shop_id: UUID) -> None:
    """Forget what was changed since the page was published. Idempotent. Emits nothing. Raises: NotAllowed."""
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    with transaction.atomic():
        _hold(shop_id)
        count, _ = PageVersion.objects.filter(shop_id=shop_id, number__isnull=True).delete()
        if count:
            shops.record_action(actor=actor, shop_id=shop_id, action=StaffAction.PAGE_DRAFT_DISCARDED)


def hold_page(  # house: staff-work-is-recorded it changes nothing
    *, actor: Actor, shop_id: UUID
) -> None:
    """Let nobody else change the home page until the transaction in progress ends, so that what is read stays true.

    Emits nothing. Raises: NotAllowed.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    _hold(shop_id)


def _draft(shop_id: UUID) -> PageVersion:
    """The shop's draft, held; begun as what is published where there is none."""
    _hold(shop_id)
    draft = PageVersion.objects.filter(shop_id=shop_id, number__isnull=True).first()
    if draft is None:
        newest = _published(shop_id)
        draft = PageVersion.objects.create(shop_id=shop_id, sections=newest.sections if newest else [])
    return draft


def _hold(shop_id: UUID) -> None:
    """The shop's page until the transaction ends: its draft comes and goes, so its name is locked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"page of {shop_id}"])


def _published(shop_id: UUID) -> PageVersion | None:
    return PageVersion.objects.filter(shop_id=shop_id, number__isnull=False).order_by("-number").first()


def _write(draft: PageVersion, sections: Sequence[Section]) -> None:
    draft.sections = msgspec.to_builtins(sections)
    draft.save(update_fields=["sections"])


def _at(sections: Sequence[Section], section_id: UUID) -> int:
    for at, section in enumerate(sections):
        if section.id == section_id:
            return at
    raise SectionNotFound(section_id=section_id)


def _picture(file: File[bytes]) -> Picture:
    kept = catalog.keep_picture(file=file)
    return Picture(width=kept.width, height=kept.height, renditions=tuple(kept.renditions))


def _all_words(change: SectionChange) -> dict[str, Words]:
    """What is said in any language. Raises: InvalidInput."""
    words = {locale: _words(locale, said) for locale, said in change.words.items()}
    return {locale: said for locale, said in words.items() if said != Words()}


def _words(locale: str, said: Words) -> Words:
    texts.check_locale(locale=locale, field="words")
    return Words(
        title=texts.checked_lines(text=" ".join(said.title.split()), field="title", most=rules.TITLE_LENGTH),
        body=texts.checked_lines(text=said.body, field="body", most=rules.BODY_LENGTH),
    )


def _check_kind(kind: SectionKind, change: SectionChange) -> None:
    if field := rules.strange_field(kind, change):
        raise InvalidInput(field=field, value=kind.value, reason="a section of this kind has none")


def _check_goods(shop_id: UUID, change: SectionChange, *, before: Section | None = None) -> None:
    """Raises: InvalidInput. What the section has already stays, be it on sale or not."""
    if len(set(change.product_ids)) > rules.MOST_FEATURED:
        raise InvalidInput(field="product_ids", value=str(len(change.product_ids)), reason="too_many_goods")
    kept = set(before.product_ids) if before else set()
    if new := [product_id for product_id in change.product_ids if product_id not in kept]:
        known = catalog_reads.cards_by_id(shop_id=shop_id, product_ids=new, locale="")
        for product_id in new:
            if product_id not in known:
                raise InvalidInput(field="product_ids", value=str(product_id), reason="unknown")
    if change.category_id is not None and not (before and before.category_id == change.category_id):
        shelves = catalog_reads.categories(shop_id=shop_id, locale="")
        if change.category_id not in {shelf.id for shelf in shelves}:
            raise InvalidInput(field="category_id", value=str(change.category_id), reason="unknown")
