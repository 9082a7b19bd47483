"""Pictures as a telephone takes them, with the place in their metadata."""

from __future__ import annotations

import io

from django.core.files.base import ContentFile
from PIL import Image

GPS_IFD = 0x8825


def make_photograph(
    *, name: str = "photo.jpg", size: tuple[int, int] = (80, 60), colour: str = "red"
) -> ContentFile[bytes]:
    """A JPEG that says where it was taken."""
    picture, buffer = Image.new("RGB", size, colour), io.BytesIO()
    exif = Image.Exif()
    exif.get_ifd(GPS_IFD)[1] = "N"
    exif[0x010F] = "Secret Telephone"
    picture.save(buffer, "JPEG", exif=exif)
    return ContentFile(buffer.getvalue(), name=name)
