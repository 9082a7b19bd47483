from __future__ import annotations

from uuid import UUID

from procrastinate import RetryStrategy

from quanshi.accounts import services
from quanshi.accounts.services.exports import JOB
from quanshi.kernel import jobs


@jobs.job(name=JOB, retry=RetryStrategy(max_attempts=4, exponential_wait=4))
def make_export(*, export_id: str) -> None:
    services.make_export(export_id=UUID(export_id))
