"""Alipay's signatures (RSA2) and its gateway protocol, by our own hand: see docs/adr/0007."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from quanshi.payments.errors import BadSignature
from quanshi.payments.gateways.protocol import CHINA

TIME_FORMAT: Final = "%Y-%m-%d %H:%M:%S"
SIGN_TYPE: Final = "RSA2"


class Keys:
    """Ours to sign with, Alipay's to check with."""

    def __init__(self, *, private_key: str, alipay_public_key: str) -> None:
        ours = serialization.load_pem_private_key(private_key.encode(), password=None)
        theirs = serialization.load_pem_public_key(alipay_public_key.encode())
        assert isinstance(ours, RSAPrivateKey)
        assert isinstance(theirs, RSAPublicKey)
        self._ours, self._theirs = ours, theirs

    def sign(self, text: str) -> str:
        return base64.b64encode(self._ours.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()

    def check(self, text: str, signature: str) -> None:
        """Raises: BadSignature."""
        try:
            self._theirs.verify(
                base64.b64decode(signature, validate=True), text.encode(), padding.PKCS1v15(), hashes.SHA256()
            )
        except (InvalidSignature, binascii.Error, ValueError):
            raise BadSignature(reason="the signature does not fit") from None


def content_to_sign(parameters: Mapping[str, str], *, leave_out: frozenset[str] = frozenset({"sign"})) -> str:
    """`a=1&b=2` in the order of names, unquoted, without empty values."""
    return "&".join(f"{name}={value}" for name, value in sorted(parameters.items()) if value and name not in leave_out)


def signed(parameters: Mapping[str, str], keys: Keys) -> str:
    """`parameters` with their signature, as a query string or a form."""
    return urlencode({**parameters, "sign": keys.sign(content_to_sign(parameters))})


def read_answer(text: str, *, method: str, keys: Keys) -> dict[str, Any]:
    """The object that answers `method`, its signature checked over the very characters that came.

    Raises: BadSignature.
    """
    node = f'"{method.replace(".", "_")}_response"'
    start = text.find(node)
    if start < 0:
        raise BadSignature(reason="no answer to what was asked")
    begin = text.find("{", start + len(node))
    try:
        answer, end = json.JSONDecoder().raw_decode(text, begin)
        signature = json.loads(text)["sign"]
    except (ValueError, KeyError, TypeError):
        raise BadSignature(reason="an answer without a signature") from None
    keys.check(text[begin:end], str(signature))
    return dict(answer)


def read_notification(body: bytes, keys: Keys) -> dict[str, str]:
    """The parameters of an asynchronous notification. Raises: BadSignature."""
    try:
        given = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
    except ValueError:
        raise BadSignature(reason="the body is malformed") from None
    if given.get("sign_type") != SIGN_TYPE:
        raise BadSignature(reason="signed in another way")
    keys.check(content_to_sign(given, leave_out=frozenset({"sign", "sign_type"})), given.get("sign", ""))
    return given


def stamp(at: datetime) -> str:
    """Alipay's clock is China's."""
    return at.astimezone(CHINA).strftime(TIME_FORMAT)


def read_stamp(text: str) -> datetime:
    """Raises: BadSignature."""
    try:
        return datetime.strptime(text, TIME_FORMAT).replace(tzinfo=CHINA)
    except ValueError:
        raise BadSignature(reason="no time of day") from None
