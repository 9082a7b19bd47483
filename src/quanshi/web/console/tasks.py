"""Work that a console page leaves to the worker: letters."""

from __future__ import annotations

from uuid import UUID

from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate import RetryStrategy

from quanshi.accounts import selectors as people
from quanshi.kernel import jobs
from quanshi.shops import selectors as shop_reads
from quanshi.shops import services as shops
from quanshi.web.console import staff_words


@jobs.job(name=shops.LETTER_JOB, retry=RetryStrategy(max_attempts=5, exponential_wait=20, retry_exceptions={OSError}))
def mail_invitation(*, invitation_id: str, locale: str) -> None:
    """Send the letter of an invitation that can still be accepted. Twice is once too often, and no harm."""
    invitation = shop_reads.invitation(invitation_id=UUID(invitation_id))
    if invitation is None or not invitation.email:
        return
    shop = shop_reads.shops_by_id(shop_ids=[invitation.shop_id], locale=locale)[invitation.shop_id]
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
