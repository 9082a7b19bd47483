"""Product lists that were uploaded: kept, and imported by the worker. Durable: one that was killed begins again."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import BinaryIO, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.files.base import File
from django.core.files.storage import storages
from django.db import connection, transaction

from quanshi.accounts.types import Actor, ActorKind
from quanshi.catalog import services as catalog
from quanshi.catalog.errors import FileRefused, ImportRunning
from quanshi.catalog.types import OpeningStock
from quanshi.interop import uploads
from quanshi.kernel import ids, jobs
from quanshi.kernel.errors import NotAllowed
from quanshi.shops import services as shops
from quanshi.shops.types import SHOP_TIME_ZONE, Permission, StaffAction
from quanshi.stock import services as stock

log = logging.getLogger(__name__)


def import_upload(*, person_id: UUID, shop_id: UUID, upload: str, filename: str, zone: str) -> None:
    """Bring the goods of an uploaded file into the shop. The run and its problems are catalog's own records.

    Idempotent: a run that was cut off is begun again, one that has ended finds no file. Emits nothing.
    Raises: ImportRunning while another import of the shop runs.
    """
    actor = Actor(kind=ActorKind.PERSON, id=person_id)

    def place_stock(opening: Sequence[OpeningStock]) -> None:
        quantities = [(level.variant_id, level.quantity) for level in opening]
        stock.place_opening_stock(actor=actor, shop_id=shop_id, quantities=quantities)

    folder = storages["originals"]
    try:
        with folder.open(upload, "rb") as file:
            catalog.import_products(
                actor=actor,
                shop_id=shop_id,
                source=cast("BinaryIO", file.file),
                filename=filename,
                picture_folder=None,
                place_stock=place_stock,
                upload=upload,
                zone=ZoneInfo(zone),
            )
    except ImportRunning:
        raise
    except FileRefused:
        pass  # the run says why, line by line; nothing is left to do
    except NotAllowed:  # the uploader has left the shop since
        log.warning("import of %s for shop %s not started", filename, shop_id)
    except FileNotFoundError:  # a run that was cut off after its end comes once more, or the folder is not shared
        log.warning("import of %s for shop %s found no file", filename, shop_id)
        catalog.note_lost_file(shop_id=shop_id, upload=upload, filename=filename)
    folder.delete(upload)


def start_import(*, actor: Actor, shop_id: UUID, file: File[bytes], zone: str = SHOP_TIME_ZONE.key) -> None:
    """Keep an uploaded file where every worker can read it, and have it imported; moments in it are of `zone`.

    Not idempotent, but refused while another upload of the shop waits or is worked on. Emits nothing.
    Raises: NotAllowed, ImportRunning: one upload after the other fills the disk.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.IMPORT_GOODS)
    with transaction.atomic():
        with connection.cursor() as cursor:  # two uploads at once count one after another
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"import {shop_id}"])
        if uploads.of_shop(shop_id).filter(status__in=("todo", "doing")).exists():
            raise ImportRunning(shop_id=shop_id)
        upload = storages["originals"].save(f"imports/{ids.new_id()}.list", file)
        jobs.defer(
            uploads.IMPORT_TASK,
            lock=f"import:{shop_id}",
            person_id=str(actor.id),
            shop_id=str(shop_id),
            upload=upload,
            filename=str(file.name)[:200],
            zone=zone,
        )
        shops.record_action(actor=actor, shop_id=shop_id, action=StaffAction.GOODS_FILE_SENT, subject=str(file.name))
