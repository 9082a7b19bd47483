"""Closing an account: what may go goes at once, what the law keeps stays without a name."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction

from quanshi.accounts import locks
from quanshi.accounts.errors import ErasureRefused
from quanshi.accounts.keepers import keepers
from quanshi.accounts.models import Address, Export, Identity, OperatorAction, Person
from quanshi.accounts.selectors.privacy import bars_to_erasure
from quanshi.accounts.services.sessions import end_other_sessions
from quanshi.kernel import clock

# A quote that was signed before the account was closed can be placed for a while after, in another window; its order
# ends by itself some time later. So erasure is repeated for those who left of late.
REPEATED_FOR: Final = timedelta(days=60)


def erase_person(*, person_id: UUID) -> None:
    """Close an account: remove what is personal in every room, keep orders and books without it. Emits nothing.

    All or nothing. Idempotent. The person's row stays as a name for what they bought, with nothing in it.
    Raises: ErasureRefused (with every reason there is), PersonNotFound.
    """
    with transaction.atomic():
        if locks.person(person_id).closed_at is not None:
            return
        if bars := bars_to_erasure(person_id=person_id):
            raise ErasureRefused(bars=bars)
        for keeper in keepers():
            keeper.erase(person_id=person_id)


def finish_erasures(*, now: datetime) -> int:
    """Erase once more for all who left of late, in case something of theirs was still under way; how many people."""
    left = list(Person.objects.filter(closed_at__gt=now - REPEATED_FOR).values_list("id", flat=True))
    for person_id in left:
        with transaction.atomic():
            locks.person(person_id)
            for keeper in keepers():
                keeper.erase(person_id=person_id)
    return len(left)


def forget_person(*, person_id: UUID) -> None:
    """Of an erasure, what this room keeps. Consents stay: a record of when, of nobody any more. Idempotent."""
    end_other_sessions(person_id=person_id, current_key="")
    EmailAddress.objects.filter(user_id=person_id).delete()
    Authenticator.objects.filter(user_id=person_id).delete()
    Identity.objects.filter(person_id=person_id).delete()
    Address.objects.filter(person_id=person_id).delete()
    Export.objects.filter(person_id=person_id).delete()
    OperatorAction.objects.filter(person_id=person_id).exclude(reason="").update(reason="")
    person = Person.objects.get(id=person_id)
    person.email = f"{person_id.hex}@erased.invalid"
    person.display_name = ""
    person.is_active = person.is_staff = False
    person.last_login = None
    person.closed_at = person.closed_at or clock.now()
    person.set_unusable_password()
    person.save()
