"""The home page of a shop: the draft that it works on, what everybody sees, and the versions that were."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Router
from ninja.files import UploadedFile
from pydantic import BaseModel, Field

from quanshi.api.v1 import etags, writes
from quanshi.api.v1.caller import FORM, Door, visitor_of
from quanshi.api.v1.shapes import In
from quanshi.catalog.types import MediaView
from quanshi.kernel.access import open_to, staff
from quanshi.shops.types import Permission
from quanshi.storefront import selectors, services
from quanshi.storefront.types import Section, SectionChange, SectionDraft, SectionKind, VersionView, Words
from quanshi.tokens.types import Scope

router = Router(tags=["storefront"])
READ_DRAFT = Door(Scope.READ_SHOP, permission=Permission.MANAGE_SETTINGS)  # what nobody else is to see yet
WRITE = Door(Scope.WRITE_SHOP)
AT = "shops/{uuid:shop_id}/home-page"

Kind = Literal[tuple(SectionKind)]  # type: ignore[valid-type] # each by its value
Title = Annotated[str, Field(max_length=60)]
Body = Annotated[str, Field(max_length=2000, description="of a text")]


class SectionWordsShape(In):
    title: Title = ""
    body: Body = ""


class SectionIn(In):
    section_id: UUID | None = Field(
        default=None, description="one that is there, which keeps its picture; left out: a new one"
    )
    kind: Kind = Field(description="for life")  # type: ignore[valid-type] # as above
    title: Title = ""
    body: Body = ""
    translations: dict[str, SectionWordsShape] = Field(default_factory=dict, max_length=20, description="by language")
    category_id: UUID | None = Field(default=None, description="the shelf that is shown, or where a banner leads")
    product_ids: list[UUID] = Field(default_factory=list, max_length=100, description="featured goods, 12 at most")

    def draft(self) -> SectionDraft:
        own = Words(title=self.title, body=self.body)
        others = {locale: Words(title=said.title, body=said.body) for locale, said in self.translations.items()}
        change = SectionChange(
            words={**others, "": own}, category_id=self.category_id, product_ids=tuple(self.product_ids)
        )
        return SectionDraft(kind=SectionKind(self.kind), change=change, id=self.section_id)


class DraftIn(In):
    sections: list[SectionIn] = Field(max_length=20, description="all of them, in the order of the page")


class SectionPictureOut(BaseModel):
    url: str
    width: int
    height: int

    @classmethod
    def of(cls, media: MediaView) -> SectionPictureOut:
        return cls(url=media.src, width=media.width, height=media.height)


class SectionOut(BaseModel):
    section_id: UUID
    kind: Kind  # type: ignore[valid-type] # as above
    title: str
    body: str
    translations: dict[str, SectionWordsShape]
    picture: SectionPictureOut | None = Field(description="of a banner; set by itself")
    category_id: UUID | None
    product_ids: list[UUID]

    @classmethod
    def of(cls, section: Section) -> SectionOut:
        own = section.words.get("", Words())
        picture = selectors.picture_of(section=section, alt="")
        return cls(
            section_id=section.id,
            kind=section.kind.value,
            title=own.title,
            body=own.body,
            translations={
                locale: SectionWordsShape(title=said.title, body=said.body)
                for locale, said in section.words.items()
                if locale
            },
            picture=None if picture is None else SectionPictureOut.of(picture),
            category_id=section.category_id,
            product_ids=list(section.product_ids),
        )


class DraftOut(BaseModel):
    sections: list[SectionOut]
    is_changed: bool = Field(description="it is not what everybody sees")


class VersionOut(BaseModel):
    number: int
    published_at: datetime

    @classmethod
    def of(cls, version: VersionView) -> VersionOut:
        return cls(number=version.number, published_at=version.published_at)


class HomePageOut(BaseModel):
    version: VersionOut | None = Field(description="null: nothing was published, so the shop shows all its goods")
    sections: list[SectionOut]


class VersionList(BaseModel):
    data: list[VersionOut]


@router.get(AT, response=HomePageOut, operation_id="readHomePage", auth=Door(Scope.READ_SHOP))
@open_to(staff("view_today"))
def read_page(request: HttpRequest, shop_id: UUID) -> HomePageOut:  # noqa: ARG001 - ninja names it
    """What everybody sees now; a section without anything to show is left out there."""
    kept = selectors.kept_page(shop_id=shop_id)
    version = VersionOut.of(kept.versions[0]) if kept.versions else None
    return HomePageOut(version=version, sections=_sections(kept.published))


@router.get(f"{AT}/draft", response=DraftOut, operation_id="readHomePageDraft", auth=READ_DRAFT)
@open_to(staff("manage_settings"))
def read_draft(request: HttpRequest, shop_id: UUID) -> DraftOut:  # noqa: ARG001 - as above
    """What the shop works on; what is published, where nobody has begun anything."""
    return _draft(shop_id)


@router.put(f"{AT}/draft", response=DraftOut, operation_id="replaceHomePageDraft", auth=WRITE)
@open_to(staff("manage_settings"))
def replace_draft(request: HttpRequest, shop_id: UUID, body: DraftIn) -> Any:
    """Make the draft these sections. With If-Match: only if it is still what was read. Nobody else sees it yet."""
    actor = visitor_of(request).actor

    def act() -> DraftOut:
        services.hold_page(actor=actor, shop_id=shop_id)
        etags.check_match(request, _draft(shop_id))
        services.replace_draft(actor=actor, shop_id=shop_id, sections=[one.draft() for one in body.sections])
        return _draft(shop_id)

    return writes.once(request, act)


@router.delete(f"{AT}/draft", response={204: None}, operation_id="discardHomePageDraft", auth=WRITE)
@open_to(staff("manage_settings"))
def discard_draft(request: HttpRequest, shop_id: UUID) -> None:
    """Forget what was changed since the page was published. With If-Match: only if the draft is what was read."""
    actor = visitor_of(request).actor

    def act() -> None:
        services.hold_page(actor=actor, shop_id=shop_id)
        etags.check_match(request, _draft(shop_id))
        services.discard_draft(actor=actor, shop_id=shop_id)

    writes.once_silently(request, act)


@router.post(
    f"{AT}/draft/sections/{{uuid:section_id}}/picture",
    response={201: SectionOut},
    operation_id="setSectionPicture",
    auth=Door(Scope.WRITE_SHOP, content=FORM, has_key=False),
)
@open_to(staff("manage_settings"))
def set_picture(request: HttpRequest, shop_id: UUID, section_id: UUID, file: File[UploadedFile]) -> SectionOut:
    """Give a banner of the draft its picture (PNG, JPEG, WebP, AVIF; 20 MB). The same file again changes nothing."""
    services.set_section_picture(actor=visitor_of(request).actor, shop_id=shop_id, section_id=section_id, file=file)
    return SectionOut.of(selectors.draft_section(shop_id=shop_id, section_id=section_id))


@router.get(f"{AT}/versions", response=VersionList, operation_id="listHomePageVersions", auth=READ_DRAFT)
@open_to(staff("manage_settings"))
def list_versions(request: HttpRequest, shop_id: UUID) -> VersionList:  # noqa: ARG001 - as above
    """What was published, newest first; the newest 50 are kept."""
    return VersionList(data=[VersionOut.of(one) for one in selectors.kept_page(shop_id=shop_id).versions])


@router.post(f"{AT}/versions", response={201: VersionOut}, operation_id="publishHomePage", auth=WRITE)
@open_to(staff("manage_settings"))
def publish(request: HttpRequest, shop_id: UUID) -> Any:
    """Show the draft to everybody. With If-Match: only if the draft is still what was read.

    The version that it becomes; the one before where the draft changes nothing.
    """
    actor = visitor_of(request).actor

    def act() -> VersionOut:
        services.hold_page(actor=actor, shop_id=shop_id)
        etags.check_match(request, _draft(shop_id))
        services.publish_page(actor=actor, shop_id=shop_id)
        return VersionOut.of(selectors.kept_page(shop_id=shop_id).versions[0])

    return writes.once(request, act)


@router.post(
    f"{AT}/versions/{{number}}/restorations",
    response={201: DraftOut},
    operation_id="restoreHomePageVersion",
    auth=WRITE,
)
@open_to(staff("manage_settings"))
def restore(request: HttpRequest, shop_id: UUID, number: int) -> Any:
    """Make the draft what a version was. With If-Match: only if the draft is still what was read."""
    actor = visitor_of(request).actor

    def act() -> DraftOut:
        services.hold_page(actor=actor, shop_id=shop_id)
        etags.check_match(request, _draft(shop_id))
        services.restore_version(actor=actor, shop_id=shop_id, number=number)
        return _draft(shop_id)

    return writes.once(request, act)


def _draft(shop_id: UUID) -> DraftOut:
    kept = selectors.kept_page(shop_id=shop_id)
    return DraftOut(sections=_sections(kept.draft), is_changed=kept.is_changed)


def _sections(sections: Iterable[Section]) -> list[SectionOut]:
    return [SectionOut.of(section) for section in sections]
