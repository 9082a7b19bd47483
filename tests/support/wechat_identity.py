"""WeChat's silent OAuth as its public documentation describes it: who a visitor of WeChat's browser is."""

from __future__ import annotations

import json
import re
import secrets
from urllib.parse import urlencode

from tests.support.peer import Call, Reply
from tests.support.wechat_records import APPID

SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
PATHS = ("/connect/oauth2/authorize", "/sns/oauth2/access_token")


class WechatIdentity:
    """`handle` answers WeChat's browser, which is sent back at once, and the server that changes codes for openids."""

    def __init__(self) -> None:
        self.openid = OPENID
        self.codes: dict[str, bool] = {}  # whether it was used
        self.refused: list[str] = []
        self.answer: bytes | None = None  # instead of the one that fits

    def handle(self, call: Call) -> Reply:
        return self._authorize(call) if call.path == PATHS[0] else self._exchange(call)

    def _authorize(self, call: Call) -> Reply:
        query = call.query
        wrong = [
            query.get("appid") != APPID,
            (query.get("response_type"), query.get("scope")) != ("code", "snsapi_base"),
            not re.fullmatch(r"[0-9A-Za-z]{0,128}", query.get("state", "")),
            list(query) != ["appid", "redirect_uri", "response_type", "scope", "state"],
        ]
        if any(wrong):
            self.refused.append(str(wrong))
            return Reply(400, b"10003")
        code = secrets.token_hex(16)
        self.codes[code] = False
        back = f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"
        return Reply(302, b"", {"Location": back})

    def _exchange(self, call: Call) -> Reply:
        query = call.query
        code = query.get("code", "")
        if self.answer is not None:
            return _told(self.answer)
        if (query.get("appid"), query.get("secret")) != (APPID, SECRET):
            return _told(b'{"errcode": 40125, "errmsg": "invalid appsecret"}')
        if query.get("grant_type") != "authorization_code" or code not in self.codes:
            return _told(b'{"errcode": 40029, "errmsg": "invalid code"}')
        if self.codes[code]:
            return _told(b'{"errcode": 40163, "errmsg": "code been used"}')
        self.codes[code] = True
        told = {"access_token": "t", "expires_in": 7200, "refresh_token": "r", "openid": self.openid}
        return _told(json.dumps({**told, "scope": "snsapi_base"}).encode())


def _told(body: bytes) -> Reply:
    return Reply(200, body, {"Content-Type": "text/plain"})
