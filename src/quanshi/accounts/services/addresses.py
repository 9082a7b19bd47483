from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from uuid import UUID

from django.db import transaction

from quanshi.accounts import locks, rules
from quanshi.accounts.errors import AddressNotFound, TooManyAddresses
from quanshi.accounts.models import Address
from quanshi.accounts.selectors.addresses import address_of
from quanshi.accounts.selectors.regions import place_of
from quanshi.accounts.types import MOST_ADDRESSES, AddressInput, AddressView
from quanshi.kernel.errors import InvalidInput


def save_address(
    *,
    person_id: UUID,
    address: AddressInput,
    address_id: UUID | None = None,
    is_default: bool = False,
    check: Callable[[AddressView], None] | None = None,
) -> UUID:
    """Put `address` into a person's book, or in the place of one of theirs; the result is its id. Emits nothing.

    The first address of a book is its default; `is_default` makes this one the default instead of another. The same
    address again is the one that is there already. `check` is called with the one that is replaced, while it is held.
    Raises: AddressNotFound, TooManyAddresses, InvalidInput (field: one of `AddressInput`).
    """
    checked = _checked(address)
    with transaction.atomic():
        locks.person(person_id)
        book = Address.objects.filter(person_id=person_id)
        if address_id is not None:
            row = book.filter(id=address_id).first()
            if row is None:
                raise AddressNotFound(address_id=address_id)
            if check is not None:
                check(address_of(person_id=person_id, address_id=address_id))
        else:
            row = book.filter(**asdict(checked)).first()
            if row is None and book.count() >= MOST_ADDRESSES:
                raise TooManyAddresses(limit=MOST_ADDRESSES)
            row = row or Address(person_id=person_id)
        for name, value in asdict(checked).items():
            setattr(row, name, value)
        row.save()
        if is_default or not book.filter(is_default=True).exists():
            _make_default(person_id, row.id)
        saved_id: UUID = row.id
    return saved_id


def make_default_address(*, person_id: UUID, address_id: UUID) -> None:
    """Let checkouts begin with this address. Idempotent. Emits nothing. Raises: AddressNotFound."""
    with transaction.atomic():
        locks.person(person_id)
        if not Address.objects.filter(person_id=person_id, id=address_id).exists():
            raise AddressNotFound(address_id=address_id)
        _make_default(person_id, address_id)


def delete_address(*, person_id: UUID, address_id: UUID) -> None:
    """Take an address out of the book. The newest of the others becomes the default if it was. Emits nothing.

    Raises: AddressNotFound.
    """
    with transaction.atomic():
        locks.person(person_id)
        book = Address.objects.filter(person_id=person_id)
        deleted, _ = book.filter(id=address_id).delete()
        if not deleted:
            raise AddressNotFound(address_id=address_id)
        newest = book.order_by("-id").first()
        if newest is not None and not book.filter(is_default=True).exists():
            _make_default(person_id, newest.id)


def _make_default(person_id: UUID, address_id: UUID) -> None:
    """The person's row is locked: nobody else chooses at the same time."""
    Address.objects.filter(person_id=person_id, is_default=True).exclude(id=address_id).update(is_default=False)
    Address.objects.filter(id=address_id).update(is_default=True)


def _checked(address: AddressInput) -> AddressInput:
    stripped = AddressInput(**{name: " ".join(str(text).split()) for name, text in asdict(address).items()})
    if stripped.region_code:
        place = place_of(code=stripped.region_code) if stripped.country == "CN" else None
        if place is None:
            raise InvalidInput(field="region_code", value=stripped.region_code, reason="unknown")
        stripped = replace(stripped, region=place.text)
    if (fault := rules.fault_of(stripped)) is not None:
        raise InvalidInput(field=fault[0], value="", reason=fault[1])
    return stripped
