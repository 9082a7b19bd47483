"""What the sections of a home page are made of, one form a kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quanshi.storefront.types import Section, SectionChange, SectionKind, Words
from quanshi.web.console.forms import ENGLISH, PICTURE_MAX_BYTES, ConsoleForm, UploadField

KINDS: Final[Mapping[SectionKind, tuple[str, Promise, Promise]]] = {  # icon, name, what it shows
    SectionKind.BANNER: ("image", _("Banner"), _("A wide picture with a line of words, leading to a shelf")),
    SectionKind.TEXT: ("type", _("Text"), _("A heading and some sentences")),
    SectionKind.FEATURED: ("star", _("Featured goods"), _("Up to twelve goods that you choose")),
    SectionKind.SHELF: ("rows-3", _("A shelf"), _("The newest of one category")),
    SectionKind.NEWEST: ("sparkles", _("New arrivals"), _("The newest goods of the whole shop")),
}


class SectionForm(ConsoleForm):
    title = forms.CharField(label=_("Heading"), max_length=60, required=False)
    title_en = forms.CharField(label=_("Heading in English"), max_length=60, required=False)

    def __init__(
        self,
        *args: Any,
        kind: SectionKind,
        shelves: Sequence[tuple[UUID, str]],
        goods: Sequence[tuple[UUID, str]],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        if kind is SectionKind.TEXT:
            rows = forms.Textarea(attrs={"rows": 5})
            self.fields["body"] = forms.CharField(label=_("Words"), max_length=2000, required=False, widget=rows)
            self.fields["body_en"] = forms.CharField(
                label=_("Words in English"), max_length=2000, required=False, widget=rows
            )
        if kind is SectionKind.BANNER:
            self.fields["file"] = UploadField(
                label=_("Picture"),
                max_bytes=PICTURE_MAX_BYTES,
                accept="image/png,image/jpeg,image/webp,image/avif",
                required=False,
                help_text=_("About twice as wide as high looks best. Without a new one the picture stays."),
            )
        if kind in {SectionKind.BANNER, SectionKind.SHELF}:
            nothing = _("Leads nowhere") if kind is SectionKind.BANNER else _("Choose a shelf")
            self.fields["category_id"] = forms.TypedChoiceField(
                label=_("Leads to the shelf") if kind is SectionKind.BANNER else _("Shelf"),
                choices=[("", nothing), *((str(one), name) for one, name in shelves)],
                coerce=UUID,
                empty_value=None,
                required=kind is SectionKind.SHELF,
            )
        if kind is SectionKind.FEATURED:
            self.fields["product_ids"] = forms.TypedMultipleChoiceField(
                label=_("Goods"),
                choices=[(str(one), name) for one, name in goods],
                coerce=UUID,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )

    def change(self) -> SectionChange:
        given = self.cleaned_data
        return SectionChange(
            words={
                "": Words(title=given["title"], body=given.get("body", "")),
                ENGLISH: Words(title=given["title_en"], body=given.get("body_en", "")),
            },
            category_id=given.get("category_id"),
            product_ids=tuple(given.get("product_ids", ())),
        )


def initial_of(section: Section) -> dict[str, Any]:
    own, english = section.words.get("", Words()), section.words.get(ENGLISH, Words())
    return {
        "title": own.title,
        "title_en": english.title,
        "body": own.body,
        "body_en": english.body,
        "category_id": section.category_id or "",
        "product_ids": [str(product_id) for product_id in section.product_ids],
    }
