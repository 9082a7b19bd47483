"""Pictures: encoded outside any transaction, kept by their content, then tied to a product."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, default_storage, storages
from django.db import transaction
from django.db.models import Max

from quanshi.accounts.types import Actor
from quanshi.catalog.errors import PictureRefused, PictureUnreachable, ProductNotFound
from quanshi.catalog.gateways import PICTURE_MAX_BYTES, PictureSource
from quanshi.catalog.models import Media, Product, Variant
from quanshi.catalog.rules.drafts import ALT_MAX, printable
from quanshi.catalog.rules.images import Encoded, encode, svg_size
from quanshi.catalog.types import MediaState
from quanshi.kernel.errors import Unavailable
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, StaffAction

THREADS: Final = 2  # encoders let go of the interpreter lock, and each may hold a decoded 100-megapixel picture
PATIENCE_SECONDS: Final = 20.0
_encoders = threading.BoundedSemaphore(THREADS)  # uploads come in on more threads than the memory suffices for


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A picture whose files lie in storage. `renditions` are as Media keeps them."""

    sha256: str
    original: str
    width: int
    height: int
    renditions: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class MissingPicture:
    """A picture that could not be had or used, and why. `is_passing`: it may be had later."""

    reason: str
    is_passing: bool = False


@dataclass(frozen=True, slots=True)
class PictureTask:
    """One picture to get. `known_sha256` is what is stored of it already, if anything."""

    source: str
    known_sha256: str = ""


# None: what is stored already is still right
PictureResult = StoredPicture | MissingPicture | None


class PictureRoom:
    """Gets and encodes pictures in a few threads; see `picture_room`."""

    def __init__(self, pool: ThreadPoolExecutor, *, web: PictureSource, folder: PictureSource) -> None:
        self._pool = pool
        self._web = web
        self._folder = folder

    def results(self, *, tasks: Iterable[PictureTask]) -> Iterator[tuple[PictureTask, PictureResult]]:
        """Every task with its result, in order. Touches no database, so it may run long."""
        tasks = list(tasks)
        return zip(tasks, self._pool.map(self._one, tasks), strict=True)

    def _one(self, task: PictureTask) -> PictureResult:
        is_web = "://" in task.source
        if is_web and task.known_sha256:
            return None  # asking again at every import would be impolite
        try:
            data = (self._web if is_web else self._folder).read(task.source)
            if hashlib.sha256(data).hexdigest() == task.known_sha256:
                return None
            return store_picture(data=data, name=task.source)
        except PictureUnreachable as error:
            return MissingPicture(error.reason, is_passing=error.is_passing)
        except PictureRefused as error:
            return MissingPicture(str(error.details["reason"]))
        except Unavailable:
            return MissingPicture("waited too long for other pictures; import again", is_passing=True)


@contextmanager
def picture_room(*, web: PictureSource, folder: PictureSource) -> Iterator[PictureRoom]:
    """A PictureRoom whose threads end with the block."""
    with ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="pictures") as pool:
        yield PictureRoom(pool, web=web, folder=folder)


def store_picture(*, data: bytes, name: str) -> StoredPicture:
    """Verify, encode and keep a picture; call it outside transactions. Idempotent: files are named by their content.

    Raises: PictureRefused, Unavailable when other pictures keep the encoders for too long.
    """
    encoded = _encoded(data, name=name)
    sha256 = hashlib.sha256(data).hexdigest()
    renditions = _keep_renditions(default_storage, encoded, prefix="goods")
    original = _keep(storages["originals"], data, prefix="pictures", extension=encoded.extension)
    return StoredPicture(
        sha256=sha256, original=original, width=encoded.width, height=encoded.height, renditions=renditions
    )


def keep_photograph(*, file: File[bytes], folder: str, storage: Storage, most_bytes: int) -> dict[str, Any]:
    """Keep what a buyer has photographed: the pixels alone, encoded as pictures of goods are, and nothing as it came.

    The result is width, height and the renditions as Media keeps them. Call it outside transactions.
    Raises: PictureRefused, Unavailable when other pictures keep the encoders for too long.
    """
    encoded = _encoded(_read_upload(file=file, most_bytes=most_bytes), name=str(file.name or ""))
    renditions = _keep_renditions(storage, encoded, prefix=folder)
    return {"width": encoded.width, "height": encoded.height, "renditions": renditions}


def _read_upload(*, file: File[bytes], most_bytes: int = PICTURE_MAX_BYTES) -> bytes:
    """The bytes of an uploaded picture. Raises: PictureRefused for more than `most_bytes`."""
    file.seek(0)
    data: bytes = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        name = printable(str(file.name or ""))
        raise PictureRefused(field="picture", value=name, reason=f"is larger than {most_bytes // 2**20} MB")
    return data


def add_picture(*, actor: Actor, shop_id: UUID, product_id: UUID, file: File[bytes], alt: str = "") -> UUID:
    """Add an uploaded picture behind the product's others; the id of its media.

    Idempotent by content: the same file again is the same picture. Emits nothing.
    Raises: NotAllowed, ProductNotFound, PictureRefused, Unavailable.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_GOODS)
    if not Product.objects.filter(shop_id=shop_id, id=product_id).exists():
        raise ProductNotFound(product_id=product_id)
    stored = keep_picture(file=file)
    with transaction.atomic():
        product = lock_product(shop_id=shop_id, product_id=product_id)
        known = Media.objects.filter(product_id=product_id, sha256=stored.sha256).first()
        media = known or Media(
            shop_id=shop_id,
            product_id=product_id,
            position=_next_position(product_id),
            **media_fields(stored=stored),
        )
        media.alt = " ".join(alt.split())[:ALT_MAX]
        media.save()
        media_id: UUID = media.id
        if known is None:
            shops.record_action(
                actor=actor,
                shop_id=shop_id,
                action=StaffAction.GOODS_PICTURE_ADDED,
                subject_id=product_id,
                subject=product.title,
            )
    return media_id


def keep_picture(*, file: File[bytes]) -> StoredPicture:
    """Verify, encode and keep an uploaded picture that belongs to no product; who keeps it asks for permission.

    Call it outside transactions. Idempotent by content. Emits nothing. Raises: PictureRefused, Unavailable.
    """
    return store_picture(data=_read_upload(file=file), name=str(file.name or ""))


def add_drawn_media(
    *,
    shop_id: UUID,
    product_id: UUID,
    svg: bytes,
    alt: str,
    position: int = 1,
    variant_ids: Collection[UUID] = (),
) -> UUID:
    """Put a drawing of the project's own at `position`; the id of its media. Never for what people upload.

    The variants of `variant_ids` show it as theirs.

    Idempotent by position: another drawing there takes the place of the first. Emits nothing.
    Raises: ProductNotFound, PictureRefused.
    """
    width, height = svg_size(svg)
    name = _keep(default_storage, svg, prefix="goods", extension="svg")
    with transaction.atomic():
        lock_product(shop_id=shop_id, product_id=product_id)
        media, _ = Media.objects.update_or_create(
            product_id=product_id,
            position=position,
            defaults={
                "shop_id": shop_id,
                "alt": " ".join(alt.split())[:ALT_MAX],
                "state": MediaState.DRAWN,
                "sha256": hashlib.sha256(svg).hexdigest(),
                "width": width,
                "height": height,
                "renditions": [{"name": name, "mime": "image/svg+xml", "width": width, "height": height}],
            },
        )
        media_id: UUID = media.id
        if variant_ids:
            Variant.objects.filter(product_id=product_id, id__in=variant_ids).update(media_id=media_id)
    return media_id


def media_fields(*, stored: StoredPicture) -> dict[str, Any]:
    """The columns of Media that say where a picture's files lie."""
    return {
        "state": MediaState.READY.value,
        "sha256": stored.sha256,
        "original": stored.original,
        "width": stored.width,
        "height": stored.height,
        "renditions": stored.renditions,
        "fault": "",
        "attempts": 0,
        "next_try_at": None,
    }


def picture_address(*, source: str, renditions: Sequence[Mapping[str, Any]]) -> str:
    """What a product list calls a picture: where it came from, else where this installation shows it."""
    if source:
        return source
    plain = [r for r in renditions if r["mime"] != "image/avif"]
    widest = max(plain, key=lambda r: int(r["width"]), default=None)
    return "" if widest is None else urljoin(f"{settings.BASE_URL}/", default_storage.url(widest["name"]))


def lock_product(*, shop_id: UUID, product_id: UUID) -> Product:
    """The product, held until the transaction ends. Raises: ProductNotFound, also for another shop's product."""
    product = Product.objects.select_for_update().filter(shop_id=shop_id, id=product_id).first()
    if product is None:
        raise ProductNotFound(product_id=product_id)
    return product


def _next_position(product_id: UUID) -> int:
    return (Media.objects.filter(product_id=product_id).aggregate(last=Max("position"))["last"] or 0) + 1


def _encoded(data: bytes, *, name: str) -> Encoded:
    if not _encoders.acquire(timeout=PATIENCE_SECONDS):
        raise Unavailable(what="encoders")
    try:
        return encode(data, name=printable(name))
    finally:
        _encoders.release()


def _keep_renditions(storage: Storage, encoded: Encoded, *, prefix: str) -> list[dict[str, Any]]:
    return [
        {
            "name": _keep(storage, p.data, prefix=prefix, extension=p.extension),
            "mime": p.mime,
            "width": p.width,
            "height": p.height,
        }
        for p in encoded.pictures
    ]


def _keep(storage: Storage, data: bytes, *, prefix: str, extension: str) -> str:
    """The name under which `data` lies in `storage`; written only when it does not lie there whole."""
    digest = hashlib.sha256(data).hexdigest()[:40]
    name = f"{prefix}/{digest[:2]}/{digest[2:]}.{extension}"
    if storage.exists(name):
        if storage.size(name) == len(data):
            return name
        storage.delete(name)  # a process that was killed while it wrote left a part
    return storage.save(name, ContentFile(data))
