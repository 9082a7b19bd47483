"""Work that a console page leaves to the worker: letters."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate import RetryStrategy

from quanshi.accounts import selectors as people
from quanshi.kernel import jobs
from quanshi.shops import selectors as shop_reads
from quanshi.shops import services as shops
from quanshi.web.console import staff_words

INVITATION_TASK: Final = "console.mail_invitation"


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
