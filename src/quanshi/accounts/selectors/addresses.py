from __future__ import annotations

from uuid import UUID

from quanshi.accounts.errors import AddressNotFound
from quanshi.accounts.models import Address
from quanshi.accounts.types import AddressView


def addresses_of(*, person_id: UUID) -> tuple[AddressView, ...]:
    """A person's address book, the default first, then the newest. One query."""
    rows = Address.objects.filter(person_id=person_id).order_by("-is_default", "-id")
    return tuple(_view(row) for row in rows)


def address_of(*, person_id: UUID, address_id: UUID) -> AddressView:
    """One address of a person's own. One query. Raises: AddressNotFound."""
    row = Address.objects.filter(id=address_id, person_id=person_id).first()
    if row is None:
        raise AddressNotFound(address_id=address_id)
    return _view(row)


def _view(row: Address) -> AddressView:
    return AddressView(
        id=row.id,
        label=row.label,
        recipient=row.recipient,
        phone=row.phone,
        country=row.country,
        region_code=row.region_code,
        region=row.region,
        street=row.street,
        postcode=row.postcode,
        is_default=row.is_default,
    )
