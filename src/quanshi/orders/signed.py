"""Signed tokens: readable by anyone, made by nobody else. One key a purpose, derived from the installation's secret."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from functools import cache
from typing import Final

from django.conf import settings

# the alphabet of URLs to the ordinary one; what is ordinary or padding is no character of a token
TO_ORDINARY: Final = bytes.maketrans(b"-_+/=", b"+/!!!")
SIGNATURE_BYTES: Final = hashlib.sha256().digest_size
MAX_TOKEN_LENGTH: Final = 64 * 1024  # 50 lines of long titles stay well below; more is not ours


def sign(payload: bytes, *, purpose: str) -> str:
    signature = hmac.digest(_key(purpose), payload, "sha256")
    return base64.urlsafe_b64encode(signature + payload).rstrip(b"=").decode()


def read(token: str, *, purpose: str) -> bytes | None:
    """The payload, or None when the token is not whole, not ours or made for another purpose. Never raises."""
    if len(token) > MAX_TOKEN_LENGTH or not token.isascii():
        return None
    text = token.encode().translate(TO_ORDINARY) + b"=" * (-len(token) % 4)
    try:
        raw = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        return None
    # the last character carries unused bits: without this, several spellings of one token would be taken
    if binascii.b2a_base64(raw[len(raw) // 3 * 3 :], newline=False) != text[len(raw) // 3 * 4 :]:
        return None
    signature, payload = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
    return payload if hmac.compare_digest(signature, hmac.digest(_key(purpose), payload, "sha256")) else None


@cache
def _key(purpose: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), f"quanshi {purpose}".encode(), "sha256")
