from procrastinate import RetryStrategy
from quanshi.kernel.jobs import job


@job(name="send", retry=RetryStrategy(max_attempts=3))
def send(*, refund_id: str) -> None:
    print(refund_id)
