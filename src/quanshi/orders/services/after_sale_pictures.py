from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.core.files.base import File
from django.core.files.storage import storages
from django.db import transaction

from quanshi.accounts.types import Actor
from quanshi.catalog import services as catalog
from quanshi.kernel import limits
from quanshi.orders import locks
from quanshi.orders.errors import AfterSaleMoved, AfterSaleNotFound, OrderNotFound, TooManyCasePictures
from quanshi.orders.models import AfterSale, AfterSalePicture
from quanshi.orders.services import permission
from quanshi.orders.types import AfterSaleState

PICTURES_LIMIT: Final = 6
PICTURE_MAX_BYTES: Final = 10 * 1024 * 1024
SENDS_A_DAY: Final = 40  # of one person: every picture costs a second of the processor
DAY_SECONDS: Final = 24 * 60 * 60


def add_after_sale_pictures(*, actor: Actor, after_sale_id: UUID, pictures: Sequence[File[bytes]]) -> None:
    """The buyer shows what is wrong while the shop has not answered yet: six pictures a case.

    They are encoded anew without their metadata, and lie where nobody but the buyer and the shop gets at them.
    Idempotent by content: the same picture again is the same picture, and none is none. Emits nothing.
    Raises: AfterSaleNotFound, AfterSaleMoved, TooManyCasePictures, PictureRefused.
    """
    case = AfterSale.objects.filter(id=after_sale_id).select_related("order").first()
    if case is None:
        raise AfterSaleNotFound(after_sale_id=after_sale_id)
    try:
        permission.require_buyer(actor=actor, order=case.order)
    except OrderNotFound:
        raise AfterSaleNotFound(after_sale_id=after_sale_id) from None
    if not pictures:
        return
    _check_is_open(case)
    if len(pictures) > PICTURES_LIMIT:
        raise TooManyCasePictures(limit=PICTURES_LIMIT)
    if not limits.is_within(key=f"case pictures {actor.id}", most=SENDS_A_DAY, seconds=DAY_SECONDS):
        raise TooManyCasePictures(limit=SENDS_A_DAY)
    kept = [
        catalog.keep_photograph(
            file=picture,
            folder=_folder(after_sale_id),
            storage=storages["originals"],
            most_bytes=PICTURE_MAX_BYTES,
        )
        for picture in pictures
    ]
    # one rendition is enough for the few who look: the widest that every browser shows
    shown = [[r for r in each["renditions"] if r["mime"] == "image/webp"][-1] for each in kept]
    with transaction.atomic():
        _order, case = locks.case(after_sale_id)
        _check_is_open(case)
        there = set(AfterSalePicture.objects.filter(after_sale_id=case.id).values_list("name", flat=True))
        fresh = {picture["name"]: picture for picture in shown if picture["name"] not in there}
        if len(there) + len(fresh) > PICTURES_LIMIT:
            raise TooManyCasePictures(limit=PICTURES_LIMIT)
        AfterSalePicture.objects.bulk_create(
            AfterSalePicture(after_sale=case, name=name, width=picture["width"], height=picture["height"])
            for name, picture in fresh.items()
        )


def forget_after_sale_pictures(*, case_ids: Sequence[UUID]) -> None:
    """Take away what buyers have shown of these cases, in the caller's transaction; the files once that is over.

    Idempotent: files that a process left behind when it was killed go the next time. Emits nothing.
    """
    AfterSalePicture.objects.filter(after_sale_id__in=case_ids).delete()
    transaction.on_commit(lambda: _delete_files(case_ids))


def _delete_files(case_ids: Sequence[UUID]) -> None:
    storage = storages["originals"]
    for case_id in case_ids:
        folder = _folder(case_id)
        for part in storage.listdir(folder)[0] if storage.exists(folder) else ():
            for name in storage.listdir(f"{folder}/{part}")[1]:
                storage.delete(f"{folder}/{part}/{name}")


def _folder(case_id: UUID) -> str:
    return f"after-sales/{case_id}"


def _check_is_open(case: AfterSale) -> None:
    if case.state != AfterSaleState.REQUESTED:
        raise AfterSaleMoved(after_sale_id=case.id, state=case.state, wanted=AfterSaleState.REQUESTED.value)
