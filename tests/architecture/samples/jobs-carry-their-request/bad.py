from procrastinate.contrib.django import app


@app.task
def send(*, refund_id: str) -> None:
    print(refund_id)
