from __future__ import annotations

from uuid import UUID

from procrastinate import RetryStrategy

from quanshi.catalog.errors import ImportRunning
from quanshi.interop import services
from quanshi.interop.uploads import IMPORT_TASK
from quanshi.kernel import jobs
from quanshi.shops.types import SHOP_TIME_ZONE


# another import of the same shop may be running from the command line: wait for its end
@jobs.job(name=IMPORT_TASK, retry=RetryStrategy(max_attempts=60, wait=10, retry_exceptions={ImportRunning}))
def import_goods(*, person_id: str, shop_id: str, upload: str, filename: str, zone: str = SHOP_TIME_ZONE.key) -> None:
    services.import_upload(
        person_id=UUID(person_id), shop_id=UUID(shop_id), upload=upload, filename=filename, zone=zone
    )
