"""Work that a console page leaves to the worker: letters, parcels of a file, changes of many goods."""

from __future__ import annotations

import logging
from typing import Final
from uuid import UUID

from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate import RetryStrategy

from quanshi.accounts import selectors as people
from quanshi.accounts.types import Actor, ActorKind
from quanshi.catalog import services as catalog
from quanshi.kernel import jobs
from quanshi.kernel.errors import NotAllowed
from quanshi.orders import services as orders
from quanshi.shops import selectors as shop_reads
from quanshi.shops import services as shops
from quanshi.web.console import staff_words

log = logging.getLogger(__name__)

PARCELS_TASK: Final = "console.ship_parcels"
BULK_TASK: Final = "console.apply_bulk"


@jobs.job(name=shops.LETTER_JOB, retry=RetryStrategy(max_attempts=5, exponential_wait=20, retry_exceptions={OSError}))
def mail_invitation(*, invitation_id: str, locale: str) -> None:
    """Send the letter of an invitation that is still open. Twice is once too often, and no harm."""
    letter = shop_reads.invitation_letter(invitation_id=UUID(invitation_id), locale=locale)
    if letter is None:
        return
    invitation, shop = letter
    inviter = people.names_of(person_ids=[invitation.invited_by]).get(invitation.invited_by, "")
    link = shops.join_link(invitation_id=invitation.id)
    with translation.override(locale):
        facts = {"shop": shop.name, "inviter": inviter, "role": staff_words.ROLES[invitation.role], "link": link}
        send_mail(
            subject=" ".join((_("Invitation to work in %(shop)s") % facts).split()),
            message=render_to_string("console/mail/invitation.txt", facts),
            from_email=None,
            recipient_list=[invitation.email],
        )


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
