"""From nothing to the first order, heard of by a signed webhook. A whole merchant's program in one page.

    python docs/api/example.py http://127.0.0.1:8000 qsp_...

The token is a personal one with all scopes, from the page /me/tokens. The installation must offer the simulated
payment (`sandbox`) and be allowed to call this machine: QUANSHI_WEBHOOK_TRUSTED=127.0.0.1.
Needs the packages httpx and standardwebhooks.
"""

from __future__ import annotations

import queue
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import httpx
from standardwebhooks import Webhook

ADDRESS = {
    "recipient": "Zhou Yi",
    "phone": "13800000000",
    "region": "Zhejiang, Hangzhou",
    "street": "Wensan Road 1",
}


def main(base_url: str, token: str) -> None:
    api = f"{base_url}/api/v1"
    with (
        httpx.Client(base_url=api, headers={"Authorization": f"Bearer {token}"}) as merchant,
        httpx.Client(base_url=api) as buyer,  # a guest, known by the cookie of their first write
        Receiver() as receiver,
    ):
        shop = ask(merchant, "POST", "/shops", {"name": "Example tea", "slug": f"example-{uuid.uuid4().hex[:8]}"})
        print(f"shop      {base_url}/s/{shop['slug']}")

        tea = {"title": "Longjing", "variants": [{"price": {"minor": 19900, "currency": "CNY"}, "quantity": 5}]}
        product = ask(merchant, "POST", f"/shops/{shop['shop_id']}/products", tea)
        variant_id = product["variants"][0]["variant_id"]
        print(f"product   {base_url}/s/{shop['slug']}/p/{product['handle']}")

        wish = {"url": receiver.url, "event_types": ["order.paid"]}
        webhook = ask(merchant, "POST", f"/shops/{shop['shop_id']}/webhooks", wish)
        print(f"webhook   {webhook['url']}")

        # somebody buys
        quote = ask(
            buyer, "POST", "/quotes", {"lines": [{"variant_id": variant_id, "quantity": 2}], "address": ADDRESS}
        )
        placed = ask(buyer, "POST", "/orders", {"quote": quote["token"]})
        order_id = placed["orders"][0]["order_id"]
        payment = ask(buyer, "POST", f"/orders/{order_id}/payments", {"gateway": "sandbox"})
        httpx.post(
            f"{base_url}{payment['redirect_url']}", data={"choice": "pay"}
        )  # what the payer does at the provider
        print(f"order     {placed['orders'][0]['number']}")

        # the webhook comes; whose it is, its signature says
        headers, body = receiver.next()
        event = Webhook(webhook["secret"]).verify(body, headers)
        assert event["data"]["order_id"] == order_id, event
        print(f"heard     {event['type']} {event['data']['amount']}")

        # details are read by the API
        order = ask(merchant, "GET", f"/shops/{shop['shop_id']}/orders/{order_id}")
        parcel = {"carrier": "other", "tracking_number": "EXAMPLE0001"}
        ask(merchant, "POST", f"/shops/{shop['shop_id']}/orders/{order_id}/shipments", parcel)
        print(f"shipped   to {order['address']['recipient']}")


def ask(client: httpx.Client, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """The answer. A write bears a key: should its answer be lost, the very same request may be sent again."""
    headers = {} if method == "GET" else {"Idempotency-Key": str(uuid.uuid4())}
    response = client.request(method, path, json=body, headers=headers)
    assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
    return response.json()


class Receiver:
    """A web server of our own that keeps what webhooks bring."""

    def __enter__(self) -> Self:
        came: queue.Queue[tuple[dict[str, str], str]] = queue.Queue()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                came.put((dict(self.headers), body))
                self.send_response(204)  # quickly; the work comes after
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._came = came
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def next(self) -> tuple[dict[str, str], str]:
        """Headers and body of the next message."""
        headers, body = self._came.get(timeout=60)
        return {name.lower(): value for name, value in headers.items()}, body


if __name__ == "__main__":
    main(*sys.argv[1:])
