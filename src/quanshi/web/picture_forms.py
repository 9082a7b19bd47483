"""A field that takes several pictures at once, for every form in which people show what they mean."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.core.files.base import File
from django.utils.translation import gettext_lazy as _

PICTURE_MAX_BYTES: Final = 10 * 1024 * 1024
ACCEPT: Final = "image/jpeg,image/png,image/webp,image/avif"


class _Several(forms.FileInput):
    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """At most `most` pictures, cleaned to a list of files. The rooms look into them; this looks at number and size."""

    def __init__(self, *, most: int, **options: Any) -> None:
        self.most = most
        options.setdefault("required", False)
        super().__init__(widget=_Several(attrs={"accept": ACCEPT}), max_length=200, **options)

    def clean(self, data: Any, initial: Any = None) -> list[File[bytes]]:
        files: list[File[bytes]] = [super(PicturesField, self).clean(file, initial) for file in data or []]
        if len(files) > self.most:
            raise forms.ValidationError(_("At most %(most)s pictures."), params={"most": self.most})
        if any((file.size or 0) > PICTURE_MAX_BYTES for file in files):
            limit = PICTURE_MAX_BYTES // (1024 * 1024)
            raise forms.ValidationError(_("A picture has at most %(limit)s MB."), params={"limit": limit})
        return files
