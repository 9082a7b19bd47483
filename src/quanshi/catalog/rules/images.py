"""Uploaded bytes into the pictures that are served: the pixels alone, in the sizes that pages use."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from quanshi.catalog.errors import PictureRefused

FORMATS: Final = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")  # no SVG: it is a program, not a picture
EXTENSIONS: Final = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "AVIF": "avif", "GIF": "gif"}
PIXELS_MAX: Final = 100_000_000
WIDTHS: Final = (320, 640, 1080)
HEIGHT_MAX: Final = 16_000  # WebP ends at 16,383
AVIF_QUALITY: Final = 60
AVIF_SPEED: Final = 9  # measured on product photographs: twice as fast as 8 and 12 % larger
WEBP_QUALITY: Final = 80
WEBP_METHOD: Final = 3
ORIENTATION: Final = 0x0112  # EXIF
TURNED: Final = frozenset({5, 6, 7, 8})  # lying on a side
ENCODERS: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("image/avif", "avif", {"quality": AVIF_QUALITY, "speed": AVIF_SPEED, "max_threads": 1}),
    ("image/webp", "webp", {"quality": WEBP_QUALITY, "method": WEBP_METHOD}),
)
SVG_MAX_BYTES: Final = 256 * 1024
SVG_BOX: Final = re.compile(rb'<svg[^>]*\sviewBox="0 0 (\d{1,5})(?:\.\d+)? (\d{1,5})(?:\.\d+)?"')
SVG_DANGERS: Final = re.compile(
    rb"<script|<foreignObject|<!ENTITY|\son[a-z]+\s*=|javascript:|(?:href|src)\s*=\s*[\"']\s*[a-z]+:", re.IGNORECASE
)

# Pillow warns at this size and refuses at its double; encode() refuses at it
Image.MAX_IMAGE_PIXELS = PIXELS_MAX


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    mime: str
    extension: str
    width: int
    height: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture upright, in its own size, and as AVIF and WebP from narrow to wide."""

    width: int
    height: int
    extension: str  # of the original
    pictures: tuple[EncodedPicture, ...]


def encode(data: bytes, *, name: str) -> Encoded:
    """Verify `data` and encode it, never larger than it is, without any metadata.

    Raises: PictureRefused for another format, a broken file or too many pixels.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            _check_size(picture, name)
            extension = EXTENSIONS[picture.format or ""]
            is_turned = picture.getexif().get(ORIENTATION, 1) in TURNED
            width, height = picture.size[::-1] if is_turned else picture.size
            # a JPEG can be decoded at half or a quarter of its size at once; twice the widest is kept for sharpness
            picture.draft(None, (WIDTHS[-1] * 2, WIDTHS[-1] * 2))
            upright = _upright(picture)
    except PictureRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureRefused(field="picture", value=name, reason="has more than 100 million pixels") from None
    except UnidentifiedImageError:
        raise PictureRefused(field="picture", value=name, reason="is no JPEG, PNG, WebP, AVIF or GIF") from None
    except (OSError, SyntaxError, ValueError, EOFError, ArithmeticError, MemoryError):
        raise PictureRefused(field="picture", value=name, reason="is broken") from None
    return Encoded(width=width, height=height, extension=extension, pictures=tuple(_renditions(upright)))


def svg_size(svg: bytes) -> tuple[int, int]:
    """Width and height of a drawing of our own. Raises: PictureRefused for what a drawing has no need of."""
    box = SVG_BOX.search(svg[:4096])
    if len(svg) > SVG_MAX_BYTES or box is None or SVG_DANGERS.search(svg):
        raise PictureRefused(field="svg", value="", reason="is no plain drawing with a viewBox from 0 0")
    return int(box[1]), int(box[2])


def _check_size(picture: Image.Image, name: str) -> None:
    if picture.width * picture.height > PIXELS_MAX:
        raise PictureRefused(field="picture", value=name, reason="has more than 100 million pixels")


def _upright(picture: Image.Image) -> Image.Image:
    """The first frame as it is meant to be seen, in sRGB, with nothing attached."""
    profile = picture.info.get("icc_profile")
    has_alpha = picture.has_transparency_data
    frame = ImageOps.exif_transpose(picture)
    if frame.mode.startswith("I"):  # 16 bits of grey: a plain conversion would cut all but the darkest to white
        frame = frame.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
    if profile and frame.mode in {"RGB", "RGBA", "CMYK", "L"}:
        frame = _in_srgb(frame, profile)
    frame = frame.convert("RGBA" if has_alpha else "RGB")
    frame.info.clear()  # the encoders write what they find here: place of the photograph, comments, profiles
    return frame


def _in_srgb(frame: Image.Image, profile: bytes) -> Image.Image:
    mode = "RGBA" if frame.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        changed = ImageCms.profileToProfile(frame, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return frame  # a broken profile: the colours as they are
    return changed or frame


def _renditions(upright: Image.Image) -> list[EncodedPicture]:
    widest = min(upright.width, WIDTHS[-1], max(1, upright.width * HEIGHT_MAX // upright.height))
    widths = [*(width for width in WIDTHS if width < widest), widest]
    # a line one pixel wide cannot be made narrower: it is squeezed instead
    heights = [min(HEIGHT_MAX, max(1, round(upright.height * width / upright.width))) for width in widths]
    sized = [upright.resize(size, Image.Resampling.LANCZOS) for size in zip(widths, heights, strict=True)]
    encoded = []
    for mime, extension, options in ENCODERS:
        for picture in sized:
            buffer = io.BytesIO()
            picture.save(buffer, extension.upper(), **options)
            encoded.append(EncodedPicture(mime, extension, picture.width, picture.height, buffer.getvalue()))
    return encoded
