"""Long work that a console page has started. Durable: a worker that was killed begins the job again, within limits."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import storages
from django.core.mail import send_mail
from django.db import connection, transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django.models import ProcrastinateJob

from quanshi.accounts import selectors as people
from quanshi.accounts.types import Actor, ActorKind
from quanshi.catalog import services as catalog
from quanshi.catalog.errors import FileRefused, ImportRunning
from quanshi.catalog.types import OpeningStock
from quanshi.kernel import ids, jobs
from quanshi.kernel.errors import NotAllowed
from quanshi.orders import services as orders
from quanshi.shops import selectors as shop_reads
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, StaffAction
from quanshi.stock import services as stock
from quanshi.web.console import staff_words

log = logging.getLogger(__name__)

IMPORT_TASK: Final = "console.import_goods"
PARCELS_TASK: Final = "console.ship_parcels"
BULK_TASK: Final = "console.apply_bulk"
INVITATION_TASK: Final = "console.mail_invitation"


@dataclass(frozen=True, slots=True)
class WaitingImport:
    """An upload that no worker has begun yet."""

    filename: str


# another import of the same shop may be running from the command line: wait for its end
@jobs.job(name=IMPORT_TASK, retry=RetryStrategy(max_attempts=60, wait=10, retry_exceptions={ImportRunning}))
def import_goods(*, person_id: str, shop_id: str, upload: str, filename: str, zone: str = "UTC") -> None:
    """Bring the goods of an uploaded file into the shop. The run and its problems are catalog's own records."""
    actor = Actor(kind=ActorKind.PERSON, id=UUID(person_id))
    shop = UUID(shop_id)

    def place_stock(opening: Sequence[OpeningStock]) -> None:
        quantities = [(level.variant_id, level.quantity) for level in opening]
        stock.place_opening_stock(actor=actor, shop_id=shop, quantities=quantities)

    uploads = storages["originals"]
    try:
        with uploads.open(upload, "rb") as file:
            catalog.import_products(
                actor=actor,
                shop_id=shop,
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
    except (NotAllowed, FileNotFoundError):
        # the uploader has left the shop since, or a run that was cut off after its end comes once more
        log.warning("import of %s for shop %s not started", filename, shop_id)
    uploads.delete(upload)


def start_import(*, actor: Actor, shop_id: UUID, file: File[bytes]) -> None:
    """Keep an uploaded file where every worker can read it, and have it imported.

    Raises: NotAllowed; ImportRunning while another upload of the shop waits or is worked on, for one after the other
    fills the disk.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.IMPORT_GOODS)
    with transaction.atomic():
        with connection.cursor() as cursor:  # two uploads at once count one after another
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"import {shop_id}"])
        if _jobs(shop_id).filter(status__in=("todo", "doing")).exists():
            raise ImportRunning(shop_id=shop_id)
        upload = storages["originals"].save(f"imports/{ids.new_id()}.list", file)
        jobs.defer(
            IMPORT_TASK,
            lock=f"import:{shop_id}",
            person_id=str(actor.id),
            shop_id=str(shop_id),
            upload=upload,
            filename=str(file.name)[:200],
            zone=timezone.get_current_timezone_name(),
        )
        shops.record_action(actor=actor, shop_id=shop_id, action=StaffAction.GOODS_FILE_SENT, subject=str(file.name))


@jobs.job(name=INVITATION_TASK, retry=RetryStrategy(max_attempts=5, exponential_wait=20, retry_exceptions={OSError}))
def mail_invitation(*, invitation_id: str, locale: str) -> None:
    """Send the letter of an invitation that is still open. Twice is once too often, and no harm."""
    letter = shop_reads.invitation_letter(invitation_id=UUID(invitation_id), locale=locale)
    if letter is None:
        return
    invitation, shop = letter
    inviter = people.names_of(person_ids=[invitation.invited_by]).get(invitation.invited_by, "")
    link = f"{settings.BASE_URL}{reverse('console:join')}?invitation={shops.link_secret(invitation_id=invitation.id)}"
    with translation.override(locale):
        facts = {"shop": shop.name, "inviter": inviter, "role": staff_words.ROLES[invitation.role], "link": link}
        send_mail(
            subject=" ".join((_("Invitation to work in %(shop)s") % facts).split()),
            message=render_to_string("console/mail/invitation.txt", facts),
            from_email=None,
            recipient_list=[invitation.email],
        )


def send_invitation(*, invitation_id: UUID, locale: str) -> None:
    """Leave the letter to the worker. The caller has made the invitation."""
    jobs.defer(INVITATION_TASK, invitation_id=str(invitation_id), locale=locale)


@jobs.job(name=PARCELS_TASK)
def ship_parcels(*, person_id: str, shop_id: str, file_id: str) -> None:
    """Send the parcels of a file that somebody has looked through. What came of each row stands beside it."""
    actor = Actor(kind=ActorKind.PERSON, id=UUID(person_id))
    orders.ship_parcel_file(actor=actor, shop_id=UUID(shop_id), file_id=UUID(file_id))


def start_shipping(*, actor: Actor, shop_id: UUID, file_id: UUID) -> None:
    """Have the parcels of a file sent. Raises: NotAllowed, ParcelFileNotFound, ParcelFileMoved."""
    with transaction.atomic():
        orders.queue_parcel_file(actor=actor, shop_id=shop_id, file_id=file_id)
        jobs.defer(
            PARCELS_TASK,
            lock=f"parcels:{shop_id}",  # two files of a shop may name the same parcel
            person_id=str(actor.id),
            shop_id=str(shop_id),
            file_id=str(file_id),
        )


@jobs.job(name=BULK_TASK)
def apply_bulk(*, person_id: str, shop_id: str, bulk_id: str) -> None:
    """Apply a change of many goods that somebody has looked at. Goes on where a worker was killed."""
    try:
        catalog.apply_bulk(
            actor=Actor(kind=ActorKind.PERSON, id=UUID(person_id)), shop_id=UUID(shop_id), bulk_id=UUID(bulk_id)
        )
    except NotAllowed:
        log.warning("bulk change %s of shop %s not applied: its author has left", bulk_id, shop_id)


def defer_bulk(*, actor: Actor, shop_id: UUID, bulk_id: UUID) -> None:
    """Leave a change of many goods to the worker, after any import of the shop."""
    jobs.defer(BULK_TASK, lock=f"import:{shop_id}", person_id=str(actor.id), shop_id=str(shop_id), bulk_id=str(bulk_id))


def waiting_imports(*, shop_id: UUID) -> tuple[WaitingImport, ...]:
    """The shop's uploads that wait for a worker, oldest first. One query."""
    waiting = _jobs(shop_id).filter(status="todo").order_by("id")
    return tuple(WaitingImport(filename=upload.args["filename"]) for upload in waiting)


def _jobs(shop_id: UUID) -> QuerySet[ProcrastinateJob]:
    return ProcrastinateJob.objects.filter(task_name=IMPORT_TASK, args__shop_id=str(shop_id))
