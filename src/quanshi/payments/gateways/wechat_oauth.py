"""Who pays, in WeChat's own browser: the payer's openid by WeChat's silent OAuth (`snsapi_base`)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import httpx

from quanshi.payments.errors import GatewayUnreachable, PayerNotKnown

CONNECT_URL: Final = "https://open.weixin.qq.com"
API_URL: Final = "https://api.weixin.qq.com"
GATEWAY: Final = "wechat_jsapi"
MAX_ANSWER_BYTES: Final = 16 * 1024
CODE: Final = re.compile(r"[0-9A-Za-z_-]{1,128}")
OPENID: Final = re.compile(r"[0-9A-Za-z_-]{1,128}")
NOT_THIS_CODE: Final = frozenset({40029, 40163, 41008, 42003})  # wrong, used before, missing, expired


@dataclass(frozen=True, slots=True)
class WechatOauth:
    """Leads a payer to WeChat and takes who they are. It calls one host alone, which no visitor has a say in."""

    appid: str
    app_secret: str = field(repr=False)
    connect_url: str
    api_url: str
    timeout_seconds: float

    def authorize_url(self, *, redirect_uri: str, state: str) -> str:
        """Where WeChat's browser goes; it comes back to `redirect_uri` with a code and `state`."""
        # in this order: WeChat compares the address as text
        query = {
            "appid": self.appid,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": "snsapi_base",
            "state": state,
        }
        return f"{self.connect_url}/connect/oauth2/authorize?{urlencode(query)}#wechat_redirect"

    def openid(self, *, code: str) -> str:
        """Who `code` speaks of; WeChat answers once for each code.

        Raises: PayerNotKnown for a code that WeChat does not know or has answered before, GatewayUnreachable.
        """
        if not CODE.fullmatch(code):
            raise PayerNotKnown(gateway=GATEWAY, missing="openid")
        answer = self._ask(code)
        openid = answer.get("openid")
        if isinstance(openid, str) and OPENID.fullmatch(openid):
            return openid
        if answer.get("errcode") in NOT_THIS_CODE:
            raise PayerNotKnown(gateway=GATEWAY, missing="openid")
        raise GatewayUnreachable(gateway=GATEWAY, reason=f"errcode {answer.get('errcode')}")

    def _ask(self, code: str) -> dict[str, Any]:
        query = {
            "appid": self.appid,
            "secret": self.app_secret,
            "code": code,
            "grant_type": "authorization_code",
        }
        try:
            # no redirect is followed and no more is read than such an answer holds: the secret goes to one host only
            with httpx.stream(
                "GET",
                f"{self.api_url}/sns/oauth2/access_token",
                params=query,
                timeout=self.timeout_seconds,
                follow_redirects=False,
            ) as response:
                status, body = response.status_code, b""
                for chunk in response.iter_bytes(MAX_ANSWER_BYTES):
                    body += chunk
                    if len(body) > MAX_ANSWER_BYTES:
                        raise GatewayUnreachable(gateway=GATEWAY, reason="an answer without an end")
        except httpx.HTTPError as error:
            # not chained: the address in it carries the secret
            raise GatewayUnreachable(gateway=GATEWAY, reason=type(error).__name__) from None
        try:
            answer = json.loads(body)  # WeChat calls it text/plain
        except ValueError:
            answer = None
        if status != httpx.codes.OK or not isinstance(answer, dict):
            raise GatewayUnreachable(gateway=GATEWAY, reason=f"HTTP {status} without a readable answer")
        return answer
