from __future__ import annotations

import logging
from uuid import UUID

from quanshi.accounts.types import Actor, ActorKind
from quanshi.catalog import services
from quanshi.catalog.services.bulk import APPLY_TASK
from quanshi.kernel import jobs
from quanshi.kernel.errors import NotAllowed

log = logging.getLogger(__name__)


@jobs.job(name=APPLY_TASK)
def apply_bulk(*, person_id: str, shop_id: str, bulk_id: str) -> None:
    """Apply a change of many goods that somebody has looked at. Goes on where a worker was killed."""
    try:
        services.apply_bulk(
            actor=Actor(kind=ActorKind.PERSON, id=UUID(person_id)), shop_id=UUID(shop_id), bulk_id=UUID(bulk_id)
        )
    except NotAllowed:
        log.warning("bulk change %s of shop %s not applied: its author has left", bulk_id, shop_id)
