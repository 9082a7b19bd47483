"""What whoever keeps the installation does to a person: shut them out, and let them in again.

A blocked person is one who is not active and has not left: `closed_at` tells the two apart, and an erased person, of
whom nothing is left to let in, can be neither blocked nor unblocked.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import transaction

from quanshi.accounts import locks, rules
from quanshi.accounts.errors import OwnAccount, PersonErased, PersonNotFound
from quanshi.accounts.events import PersonBlocked
from quanshi.accounts.models import OperatorAction, Person
from quanshi.accounts.services.sessions import end_other_sessions
from quanshi.accounts.types import AccountState, Actor, OperatorActionKind
from quanshi.kernel import clock, logs, outbox
from quanshi.kernel.errors import InvalidInput, NotAllowed

REASON_LENGTH: Final = 160


def block_person(*, actor: Actor, person_id: UUID, reason: str) -> None:
    """Sign a person out everywhere and let them in by no way, until an operator unblocks them. Emits `PersonBlocked`.

    Whatever they may do ends at this moment; what they made for programs ends for good. Their orders go on, and so do
    shops in which others work. Operators may block each other, and nobody themselves: so one is always left.
    Idempotent: who is blocked stays so, and it is written down once.
    Raises: NotAllowed, OwnAccount, InvalidInput (field reason), PersonNotFound, PersonErased.
    """
    with transaction.atomic():
        if not _set(actor, person_id, reason, action=OperatorActionKind.BLOCKED):
            return
        end_other_sessions(person_id=person_id, current_key="")
        outbox.emit(PersonBlocked(aggregate_id=person_id, operator_id=actor.id, at=clock.now()))


def unblock_person(*, actor: Actor, person_id: UUID, reason: str) -> None:
    """Let a person sign in again, by every way they had. Sessions and tokens stay ended. Emits nothing.

    Idempotent: who is not blocked stays as they are.
    Raises: NotAllowed, OwnAccount, InvalidInput (field reason), PersonNotFound, PersonErased.
    """
    with transaction.atomic():
        _set(actor, person_id, reason, action=OperatorActionKind.UNBLOCKED)


def _set(actor: Actor, person_id: UUID, reason: str, *, action: OperatorActionKind) -> bool:
    """Whether anything has changed."""
    # both rows, since two operators who block each other would otherwise leave nobody
    people = locks.people([actor.id, person_id])
    operator = people.get(actor.id)
    if operator is None or not (operator.is_superuser and operator.is_active):
        raise NotAllowed(person_id=person_id)
    words = " ".join(reason.split())
    if not words:
        raise InvalidInput(field="reason", value="", reason="required")
    if len(words) > REASON_LENGTH or not words.isprintable():
        raise InvalidInput(field="reason", value="", reason="too_long" if words.isprintable() else "not_text")
    if person_id == actor.id:
        raise OwnAccount
    person = people.get(person_id)
    if person is None:
        raise PersonNotFound(person_id=person_id)
    if rules.account_state(is_active=person.is_active, closed_at=person.closed_at) is AccountState.ERASED:
        raise PersonErased(person_id=person_id)
    is_active = action is OperatorActionKind.UNBLOCKED
    if person.is_active is is_active:
        return False
    Person.objects.filter(id=person_id).update(is_active=is_active)
    OperatorAction.objects.create(
        operator_id=actor.id,
        person_id=person_id,
        action=action,
        reason=words,
        request_id=logs.request_id(),
        at=clock.now(),
    )
    return True
