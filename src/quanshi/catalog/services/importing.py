"""The import of a product list that another system wrote."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count

from quanshi.accounts.types import Actor
from quanshi.catalog import selectors
from quanshi.catalog.errors import FileRefused, ImportRunning
from quanshi.catalog.gateways import FolderPictures, NoPictures, PictureSource, WebPictures
from quanshi.catalog.models import Import, ImportProblem, Media, Variant
from quanshi.catalog.rules.drafts import FAULT_TEXT_MAX, Fault, ProductDraft, printable
from quanshi.catalog.rules.rows import MORE_PICTURES, RawRow, Reading, in_words_of_the_file, read_product
from quanshi.catalog.services.batches import Outcome
from quanshi.catalog.services.pictures import (
    MissingPicture,
    PictureResult,
    PictureRoom,
    PictureTask,
    StoredPicture,
    picture_address,
    picture_room,
)
from quanshi.catalog.services.reading import ProductFile, Rows, open_source
from quanshi.catalog.services.sources import rows_of
from quanshi.catalog.services.writing import Written, write_products
from quanshi.catalog.types import ImportReport, ImportState, MediaState, OpeningStock
from quanshi.kernel import clock
from quanshi.kernel.lookups import AnyOf
from quanshi.shops import selectors as shop_views
from quanshi.shops import services as shops
from quanshi.shops.errors import ShopNotFound
from quanshi.shops.types import SHOP_TIME_ZONE, Permission

PRODUCTS_IN_A_CHUNK: Final = 1000
ROWS_IN_A_CHUNK: Final = 2000
CHARACTERS_IN_A_CHUNK: Final = 1_000_000
PICTURES_IN_A_CHUNK: Final = 16  # each may take a second: people see progress, and a kill costs little
MOST_BEGINNINGS: Final = 3  # of one upload, of which none came to an end
PATIENCE_SECONDS: Final = 2.0  # the server needs a moment to notice that a process was killed

PlaceStock = Callable[[Sequence[OpeningStock]], None]
OnProgress = Callable[[int, int], None]


def import_products(  # house: staff-work-is-recorded the file was on record when it was sent
    *,
    actor: Actor,
    shop_id: UUID,
    source: Path | BinaryIO,
    filename: str,
    picture_folder: Path | None,
    place_stock: PlaceStock,
    on_progress: OnProgress | None = None,
    web_pictures: PictureSource | None = None,
    upload: str = "",
    zone: tzinfo = SHOP_TIME_ZONE,
) -> ImportReport:
    """Take the goods of a product list in any of the formats into the shop; what was done, with every refused row.

    The file is read as a stream and written in chunks, each in a transaction of its own together with the opening
    stock that `place_stock` writes for variants made here. A run that is cut off leaves whole chunks; running it again
    gives what one run would have given. Products are known by their handle, variants by their options: a second import
    updates, and writes nothing where nothing has changed. Pictures are fetched and encoded between the transactions.
    `on_progress` gets rows done and rows in all. `upload` names the file for a caller who begins again after a crash;
    one that has crashed MOST_BEGINNINGS times is refused, and its last run says so. Moments in the file that name no
    offset are in `zone`. Emits nothing.
    Raises: NotAllowed, ShopNotFound, ImportRunning; FileRefused when the file as a whole is no product list.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.IMPORT_GOODS)
    shop = shop_views.shops_by_id(shop_ids=[shop_id], locale="").get(shop_id)
    if shop is None:
        raise ShopNotFound(shop_id=shop_id)
    with _one_at_a_time(shop_id):
        if upload:
            _refuse_deadly(shop_id, upload, filename)
        run = Import.objects.create(shop_id=shop_id, filename=printable(filename, limit=255), upload=upload)
        tally = Tally()
        try:
            with (
                open_source(source=source) as file,
                rows_of(file=file) as found,
                closing(WebPictures()) as web,
                picture_room(
                    web=web_pictures or web, folder=FolderPictures(picture_folder) if picture_folder else NoPictures()
                ) as room,
            ):
                products = ProductFile(found)
                tally.rows = products.rows
                run.counts = tally.counts()
                run.save(update_fields=["counts"])  # whoever watches the run sees how far it has to go
                readings = _readings(products, found, currency=shop.currency, zone=zone)
                with closing(_ahead(readings)) as chunks:
                    for chunk in chunks:
                        _import_chunk(run, chunk, tally=tally, room=room, place_stock=place_stock)
                        if on_progress is not None:
                            on_progress(tally.rows_read, products.rows)
        except FileRefused as error:
            fault = Fault(1, "", str(error.details["value"]), f"the file {error.details['reason']}")
            ImportProblem.objects.bulk_create([_problem(run, fault)])
            raise
        else:
            run.state = ImportState.DONE
        finally:
            if run.state != ImportState.DONE:
                run.state = ImportState.FAILED
            run.ended_at = clock.now()
            run.save(update_fields=["state", "ended_at"])  # the counts are those of the last chunk that was written
    return selectors.import_report(shop_id=shop_id, import_id=run.id)


def note_lost_file(*, shop_id: UUID, upload: str, filename: str) -> None:
    """Leave a failed run that says so, where the file of an upload is not to be found and was never worked on.

    Idempotent: of a file that has been worked on, its own run tells. Emits nothing.
    """
    if Import.objects.filter(shop_id=shop_id, upload=upload).exists():
        return
    run = Import.objects.create(
        shop_id=shop_id,
        filename=printable(filename, limit=255),
        upload=upload,
        state=ImportState.FAILED,
        ended_at=clock.now(),
    )
    reason = "is not where it was put: do all processes share one folder of originals?"
    ImportProblem.objects.bulk_create([_problem(run, Fault(1, "", printable(filename), f"the file {reason}"))])


def _refuse_deadly(shop_id: UUID, upload: str, filename: str) -> None:
    """A file that takes its worker down, say by its hunger for memory, would do so for ever. Raises: FileRefused."""
    runs = list(Import.objects.filter(shop_id=shop_id, upload=upload).order_by("id"))
    if len(runs) < MOST_BEGINNINGS:
        return
    reason = f"was begun {MOST_BEGINNINGS} times and never came to its end; it is not tried again"
    ImportProblem.objects.bulk_create([_problem(runs[-1], Fault(1, "", printable(filename), f"the file {reason}"))])
    raise FileRefused(field="file", value=filename, reason=reason)


@dataclass(slots=True)
class Tally:
    """What has been done so far."""

    rows: int = 0  # in the whole file
    rows_read: int = 0
    rows_refused: int = 0
    products: Counter[Outcome] = field(default_factory=Counter)
    variants: Counter[Outcome] = field(default_factory=Counter)
    pictures_stored: int = 0
    pictures_unreachable: int = 0

    def add(self, written: Written) -> None:
        self.products[written.outcome] += 1
        self.variants.update(written.variants)

    def counts(self) -> dict[str, int]:
        return {
            "rows": self.rows,
            "rows_read": self.rows_read,
            "rows_refused": self.rows_refused,
            **{f"products_{outcome}": self.products[outcome] for outcome in Outcome},
            **{f"variants_{outcome}": self.variants[outcome] for outcome in Outcome},
            "pictures_stored": self.pictures_stored,
            "pictures_unreachable": self.pictures_unreachable,
        }


@contextmanager
def _one_at_a_time(shop_id: UUID) -> Iterator[None]:
    """One import a shop. The lock is the connection's own, so it goes when the process is killed.

    Whoever holds it knows that a run which still says "running" was cut off.
    """
    key = f"catalog import:{shop_id}"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _try_lock(key):
        if time.monotonic() > deadline:
            raise ImportRunning(shop_id=shop_id)
        time.sleep(0.05)
    try:
        Import.objects.filter(shop_id=shop_id, state=ImportState.RUNNING).update(
            state=ImportState.FAILED, ended_at=clock.now()
        )
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


def _try_lock(key: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
        return bool(cursor.fetchone()[0])


def _readings(products: ProductFile, found: Rows, *, currency: str, zone: tzinfo) -> Iterator[list[Reading]]:
    """What the file says, chunk by chunk."""
    for groups in _chunks(products.products()):
        yield [
            in_words_of_the_file(read_product(rows, currency=currency, said=found.said, zone=zone), found.names)
            for rows in groups
        ]


def _ahead(readings: Iterator[list[Reading]]) -> Generator[list[Reading]]:
    """The same, each read while the one before is written; reading asks the database nothing."""
    with ThreadPoolExecutor(1, thread_name_prefix="reading") as pool:
        coming = pool.submit(next, readings, None)
        while (chunk := coming.result()) is not None:
            coming = pool.submit(next, readings, None)
            yield chunk


def _chunks(products: Iterator[list[RawRow]]) -> Iterator[list[list[RawRow]]]:
    chunk: list[list[RawRow]] = []
    rows = characters = pictures = 0
    for group in products:
        chunk.append(group)
        rows += len(group)
        for row in group:
            characters += sum(map(len, row.cells.values()))
            pictures += ("Image Src" in row.cells) + row.cells.get(MORE_PICTURES, "").count("\n")
        is_full = len(chunk) >= PRODUCTS_IN_A_CHUNK or rows >= ROWS_IN_A_CHUNK or characters >= CHARACTERS_IN_A_CHUNK
        if is_full or pictures >= PICTURES_IN_A_CHUNK:
            yield chunk
            chunk, rows, characters, pictures = [], 0, 0, 0
    if chunk:
        yield chunk


def _import_chunk(
    run: Import, readings: Sequence[Reading], *, tally: Tally, room: PictureRoom, place_stock: PlaceStock
) -> None:
    drafts = [reading.draft for reading in readings if reading.draft is not None]
    faults = [fault for reading in readings for fault in reading.faults]
    pictures = _get_pictures(run.shop_id, drafts, room)
    for draft in drafts:
        for picture in draft.pictures or ():
            result = pictures.get((draft.handle, picture.source))
            if isinstance(result, MissingPicture):
                value, reason = printable(picture.source), f"picture: {result.reason}"
                faults.append(Fault(picture.line, picture.column, value, reason, is_refusal=False))
                tally.pictures_unreachable += 1
            elif isinstance(result, StoredPicture):
                tally.pictures_stored += 1
    with transaction.atomic():
        written = write_products(shop_id=run.shop_id, drafts=drafts, pictures=pictures)
        if opening := [stock for one in written for stock in one.opening]:
            place_stock(opening)
        faults += _shared_skus(run.shop_id, drafts, written)
        tally.rows_read += sum(reading.rows for reading in readings)
        tally.rows_refused += sum(reading.rows_refused for reading in readings)
        for one in written:
            tally.add(one)
        ImportProblem.objects.bulk_create([_problem(run, fault) for fault in faults], batch_size=1000)
        run.counts = tally.counts()
        run.save(update_fields=["counts"])


def _get_pictures(
    shop_id: UUID, drafts: Sequence[ProductDraft], room: PictureRoom
) -> dict[tuple[str, str], PictureResult]:
    """What became of each picture, by handle and source; one source in several products is fetched once."""
    if not any(draft.pictures for draft in drafts):
        return {}
    rows = (
        Media.objects.select_related("product")
        .only("product__handle", "source", "sha256", "renditions")
        .filter(AnyOf("product__handle", [d.handle for d in drafts]), shop_id=shop_id)
    )
    known = {
        (media.product.handle, picture_address(source=media.source, renditions=media.renditions)): media.sha256
        for media in rows.exclude(state=MediaState.UNREACHABLE)
    }
    askers: dict[PictureTask, list[tuple[str, str]]] = {}
    for draft in drafts:
        for picture in draft.pictures or ():
            place = (draft.handle, picture.source)
            askers.setdefault(PictureTask(picture.source, known.get(place, "")), []).append(place)
    return {place: result for task, result in room.results(tasks=askers) for place in askers[task]}


def _shared_skus(shop_id: UUID, drafts: Sequence[ProductDraft], written: Sequence[Written]) -> list[Fault]:
    """A warning for each row whose SKU an older variant of the shop has too."""
    skus = {variant.sku for draft in drafts for variant in draft.variants if variant.sku}
    known = Variant.objects.filter(AnyOf("sku", skus), shop_id=shop_id)
    shared = known.values("sku").annotate(count=Count("id")).filter(count__gt=1)
    oldest = {
        sku: (product_id, tuple(options))
        for sku, product_id, options in Variant.objects.filter(sku__in=shared.values("sku"), shop_id=shop_id)
        .order_by("sku", "id")
        .distinct("sku")
        .values_list("sku", "product_id", "options")
    }
    return [
        Fault(variant.line, "Variant SKU", variant.sku, "another variant of the shop has it too", is_refusal=False)
        for draft, one in zip(drafts, written, strict=True)
        for variant in draft.variants
        if variant.sku in oldest and oldest[variant.sku] != (one.product_id, variant.options)
    ]


def _problem(run: Import, fault: Fault) -> ImportProblem:
    return ImportProblem(
        run=run,
        line=fault.line,
        column=printable(fault.column, limit=120),
        value=fault.value,
        reason=printable(fault.reason, limit=FAULT_TEXT_MAX),
        is_refusal=fault.is_refusal,
    )
