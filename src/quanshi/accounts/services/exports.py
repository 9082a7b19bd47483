from __future__ import annotations

import io
import logging
import zipfile
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from django.core.files.storage import storages
from django.db import transaction

from quanshi.accounts import locks
from quanshi.accounts.errors import TooManyExports
from quanshi.accounts.keepers import keepers
from quanshi.accounts.models import Export
from quanshi.accounts.types import ExportState
from quanshi.kernel import clock, ids, jobs, limits

MOST_EXPORTS: Final = 3
WINDOW_SECONDS: Final = 24 * 3600
KEPT: Final = timedelta(days=7)
UNDER_WAY_FOR: Final = timedelta(hours=6)  # the job has given up by then, and a person may ask again
MOST_BYTES: Final = 50 * 1024 * 1024
FILES_BYTES: Final = 40 * 1024 * 1024  # of pictures; the newest go first
JOB: Final = "accounts.make_export"
READ_ME: Final = """圈市保存的关于您的全部数据。每个 JSON 文件来自系统的一个部分。
What Quanshi keeps of you. Each JSON file comes from one part of the system.
您上传的图片在同名文件夹里。
The pictures that you have sent lie in the folder of the same name.
"""
LEFT_OUT: Final = "放不下的图片 / pictures for which there was no room:\n"

logger = logging.getLogger(__name__)


def request_export(*, person_id: UUID) -> UUID:
    """Let the worker put all of a person's data into a file; the result is its id. Emits nothing.

    Idempotent while one is being made: that one is the answer.
    Raises: TooManyExports for more than MOST_EXPORTS a day.
    """
    if (under_way := _under_way(person_id)) is not None:
        return under_way
    if not limits.is_within(key=f"exports:{person_id}", most=MOST_EXPORTS, seconds=WINDOW_SECONDS):
        raise TooManyExports(limit=MOST_EXPORTS)
    with transaction.atomic():
        locks.person(person_id)
        if (under_way := _under_way(person_id)) is not None:
            return under_way
        now, export_id = clock.now(), ids.new_id()
        Export.objects.create(id=export_id, person_id=person_id, requested_at=now, expires_at=now + KEPT)
        jobs.defer(JOB, export_id=str(export_id))
    return export_id


def make_export(*, export_id: UUID) -> None:
    """Write the file that was asked for. Idempotent: what is made or gone is left alone. Emits nothing."""
    row = Export.objects.filter(id=export_id, state=ExportState.REQUESTED).first()
    if row is None:
        return
    file = _zip(row.person_id)
    fits = len(file) <= MOST_BYTES
    if not fits:
        logger.error("the data of a person grew to %s bytes, more than a file may have", len(file))
    Export.objects.filter(id=export_id, state=ExportState.REQUESTED).update(
        state=ExportState.READY if fits else ExportState.FAILED,
        file=file if fits else None,
        size_bytes=len(file),
        expires_at=clock.now() + KEPT,
    )


def forget_exports(*, now: datetime) -> int:
    """Delete files that have expired; how many."""
    count, _ = Export.objects.filter(expires_at__lte=now).delete()
    return count


def _under_way(person_id: UUID) -> UUID | None:
    since = clock.now() - UNDER_WAY_FOR
    waiting = Export.objects.filter(person_id=person_id, state=ExportState.REQUESTED, requested_at__gt=since)
    return waiting.values_list("id", flat=True).first()


def _zip(person_id: UUID) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", READ_ME)
        for keeper in keepers():
            content = msgspec.json.encode(keeper.tell(person_id=person_id))
            archive.writestr(f"{keeper.room}.json", msgspec.json.format(content, indent=2))
        _add_files(archive, person_id)
    return written.getvalue()


def _add_files(archive: zipfile.ZipFile, person_id: UUID) -> None:
    room_left, left_out = FILES_BYTES, list[str]()
    for keeper in keepers():
        for storage, name in keeper.files(person_id=person_id):
            try:
                with storages[storage].open(name) as file:
                    content = file.read()
            except FileNotFoundError:  # it was taken away a moment ago
                continue
            room_left -= len(content)
            if room_left < 0:
                left_out.append(f"{keeper.room}/{name}")
            else:
                archive.writestr(zipfile.ZipInfo(f"{keeper.room}/{name}"), content)  # a picture is small already
    if left_out:
        archive.writestr("LEFT-OUT.txt", LEFT_OUT + "\n".join(left_out) + "\n")
