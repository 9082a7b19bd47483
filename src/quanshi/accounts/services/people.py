from __future__ import annotations

from typing import Final
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from quanshi.accounts import locks
from quanshi.accounts.errors import EmailTaken
from quanshi.accounts.models import Person
from quanshi.kernel.errors import InvalidInput

LOCALES: Final = frozenset({"zh-hans", "en"})
EMAIL_LENGTH: Final = 254
NAME_LENGTH: Final = 80


def register(*, email: str, password: str, display_name: str = "", locale: str = "zh-hans") -> UUID:
    """Create a person who can sign in; the result is their id.

    Not idempotent: the second registration of an address, in whatever case, is refused. Emits nothing.
    Raises: EmailTaken, InvalidInput (field email, password, display_name or locale).
    """
    address = _plain_email(email)
    name = display_name.strip()
    if len(name) > NAME_LENGTH:
        raise InvalidInput(field="display_name", value=name, reason="too long")
    if locale not in LOCALES:
        raise InvalidInput(field="locale", value=locale, reason="not a language of this installation")
    try:
        validate_password(password, Person(email=address, display_name=name))
    except ValidationError as fault:
        # the password itself never enters an error: errors are logged
        codes = ", ".join(str(error.code) for error in fault.error_list)
        raise InvalidInput(field="password", value="", reason=codes) from None
    try:
        with transaction.atomic():
            return Person.objects.create_user(address, password, display_name=name, locale=locale).pk
    except IntegrityError:
        # asked only after the refusal: a look before the insert would let two registrations race
        if Person.objects.filter(email=address).exists():
            raise EmailTaken from None
        raise


def change_name(*, person_id: UUID, display_name: str) -> None:
    """Let pages call a person by this name; "" for their e-mail address. Idempotent. Emits nothing.

    Raises: InvalidInput (field display_name), PersonNotFound.
    """
    name = " ".join(display_name.split())
    if len(name) > NAME_LENGTH or not name.isprintable():
        raise InvalidInput(field="display_name", value="", reason="too_long" if name.isprintable() else "not_text")
    with transaction.atomic():
        person = locks.person(person_id)
        person.display_name = name
        person.save(update_fields=["display_name"])


def _plain_email(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise InvalidInput(field="email", value="", reason="not an e-mail address") from None
    if len(address) > EMAIL_LENGTH:
        raise InvalidInput(field="email", value="", reason="too long")
    return address
