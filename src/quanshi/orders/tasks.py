from __future__ import annotations

from uuid import UUID

from quanshi.accounts.types import Actor, ActorKind
from quanshi.kernel import jobs
from quanshi.orders import services
from quanshi.orders.services.parcel_files import SHIP_TASK


@jobs.job(name=SHIP_TASK)
def ship_parcels(*, person_id: str, shop_id: str, file_id: str) -> None:
    """Send the parcels of a file that somebody has looked through. What came of each row stands beside it."""
    actor = Actor(kind=ActorKind.PERSON, id=UUID(person_id))
    services.ship_parcel_file(actor=actor, shop_id=UUID(shop_id), file_id=UUID(file_id))
