"""Pictures that could not be fetched are tried again, later and later, until they come or are given up."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from quanshi.accounts.types import Actor
from quanshi.catalog.errors import PictureNotMissing
from quanshi.catalog.gateways import NoPictures, PictureSource, WebPictures
from quanshi.catalog.models import Media
from quanshi.catalog.rules.retries import HOLD, next_try
from quanshi.catalog.services.pictures import (
    MissingPicture,
    PictureTask,
    StoredPicture,
    media_fields,
    picture_room,
)
from quanshi.catalog.types import MediaState
from quanshi.kernel import clock
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, StaffAction

CHUNK: Final = 16
CHUNKS: Final = 4  # a pass ends before the patience with silent hosts does, and the worker's watch sees it


@dataclass(frozen=True, slots=True)
class _Due:
    id: UUID
    source: str
    attempts: int


def retry_pictures(*, now: datetime, web_pictures: PictureSource | None = None) -> int:
    """Fetch the pictures whose next try is due; how many were tried. Emits nothing.

    A picture is taken for HOLD before it is fetched, outside any transaction: two workers never fetch one picture, and
    one that was killed leaves it for later. Private addresses stay refused, as at the import.
    """
    count = 0
    with closing(WebPictures()) as web, picture_room(web=web_pictures or web, folder=NoPictures()) as room:
        for _ in range(CHUNKS):
            due = _take(now)
            results = room.results(tasks=[PictureTask(media.source) for media in due])
            for media, (_task, result) in zip(due, results, strict=True):
                _note(media, result)
            count += len(due)
            if len(due) < CHUNK:
                break
    return count


def retry_picture(*, actor: Actor, shop_id: UUID, media_id: UUID) -> None:
    """Have one missing picture tried again with the next sweep, from the first wait on. Idempotent. Emits nothing.

    Raises: NotAllowed, PictureNotMissing.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.IMPORT_GOODS)
    missing = Media.objects.filter(shop_id=shop_id, id=media_id, state=MediaState.UNREACHABLE, source__contains="://")
    with transaction.atomic():
        media = missing.select_related("product").select_for_update(of=("self",)).first()
        if media is None:
            raise PictureNotMissing(media_id=media_id)
        media.next_try_at, media.attempts = clock.now(), 0
        media.save(update_fields=["next_try_at", "attempts"])
        shops.record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.GOODS_PICTURE_RETRIED,
            subject_id=media.product_id,
            subject=media.product.title,
        )


def _take(now: datetime) -> Sequence[_Due]:
    with transaction.atomic():
        free = Media.objects.select_for_update(skip_locked=True).filter(next_try_at__lte=now)
        rows = list(free.order_by("next_try_at", "id")[:CHUNK])
        Media.objects.filter(id__in=[row.id for row in rows]).update(next_try_at=now + HOLD, attempts=F("attempts") + 1)
    return [_Due(row.id, row.source, row.attempts + 1) for row in rows]


def _note(media: _Due, result: StoredPicture | MissingPicture | None) -> None:
    """Keep what came of it, unless an import has brought the picture, or taken it away, meanwhile."""
    rows = Media.objects.filter(id=media.id, source=media.source, state=MediaState.UNREACHABLE)
    if isinstance(result, StoredPicture):
        rows.update(**media_fields(stored=result))
    elif isinstance(result, MissingPicture):
        later = next_try(attempts=media.attempts, now=clock.now()) if result.is_passing else None
        rows.update(fault=result.reason[:500], next_try_at=later)
