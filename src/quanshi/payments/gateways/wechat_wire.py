"""How WeChat Pay is asked: the SDK signs, and what comes back counts only when WeChat Pay has signed it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

import httpx
from wechatpayv3.core import Core
from wechatpayv3.type import RequestType
from wechatpayv3.utils import build_authorization

from quanshi.kernel import clock

WINDOW_SECONDS: Final = 300
STAMP_LENGTH: Final = 12  # of any moment there will be; Python refuses to read numbers of thousands of digits


class NotSigned(Exception):
    """An answer that WeChat Pay did not sign, or not for this moment."""


class CheckedCore(Core):  # type: ignore[misc]
    """The SDK's own core verifies successes alone and believes whatever a refusal says.

    "We have never heard of this order" lets an attempt fail and a refund be sent again: whoever can answer in WeChat
    Pay's place must not be able to say it. The signature covers no word of the question, so its age counts too.
    """

    def request(  # noqa: PLR0917 - the SDK's own signature
        self,
        path: str,
        method: RequestType = RequestType.GET,
        data: Any = None,
        skip_verify: bool = False,  # noqa: FBT001, FBT002 - as above
        sign_data: Any = None,
        files: Any = None,
        cipher_data: bool = False,  # noqa: FBT001, FBT002, ARG002 - the key's id goes into every request
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Status and content, as the SDK has it. Raises: NotSigned, httpx.HTTPError."""
        if files or sign_data:
            raise ValueError("nothing that this installation uses is sent as a form")
        content = json.dumps(data) if data else ""  # the very bytes that are signed
        response = self._client.request(
            method.value,
            f"{self._gate_way}{path}",
            content=content,
            headers={
                **(headers or {}),
                "Content-Type": "application/json",
                "Accept": "application/json",
                "Wechatpay-Serial": self._public_key_id,
                "Authorization": build_authorization(
                    path, method.value, self._mchid, self._cert_serial_no, self._private_key, data=content
                ),
            },
        )
        if not skip_verify and not self._is_signed(response):
            raise NotSigned(f"HTTP {response.status_code} that WeChat Pay did not sign")
        is_json = "application/json" in response.headers.get("Content-Type", "")
        return response.status_code, response.text if is_json else response.content

    def _is_signed(self, response: httpx.Response) -> bool:
        # asked here, because the SDK would call out for the certificate of any serial number it does not know
        if response.headers.get("Wechatpay-Serial") != self._public_key_id:
            return False
        stamp = response.headers.get("Wechatpay-Timestamp", "")
        if not is_fresh(stamp):
            return False
        try:
            return bool(self._verify_signature(response.headers, response.text))
        except Exception:  # noqa: BLE001 - the SDK raises bare exceptions for everything that does not fit
            return False

    @cached_property
    def _client(self) -> httpx.Client:
        return httpx.Client(timeout=self._timeout)


def is_fresh(stamp: str) -> bool:
    """Whether a timestamp in seconds is of the last, or by our clock next, five minutes."""
    is_one = stamp.isdecimal() and len(stamp) <= STAMP_LENGTH
    return is_one and abs(int(stamp) - clock.now().timestamp()) <= WINDOW_SECONDS
