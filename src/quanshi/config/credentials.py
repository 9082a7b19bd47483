"""The accounts at payment providers, from the environment alone: all of one provider's names, or none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from django.core.exceptions import ImproperlyConfigured

# what each provider's gateway takes, by the end of its name: QUANSHI_WECHAT_MCHID
NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "wechat": ("mchid", "appid", "cert_serial", "private_key", "apiv3_key", "public_key_id", "public_key"),
    "alipay": ("appid", "seller_id", "private_key", "public_key"),
    "stripe": ("secret_key", "webhook_secret"),
}
BASE_URL: Final = "base_url"  # optional: another site of the provider, or its own sandbox
# what is offered only where it is set, and the addresses beside the base URL
OPTIONAL: Final[Mapping[str, tuple[str, ...]]] = {
    "wechat": (BASE_URL, "app_secret", "connect_url", "api_url", "splits", "transfer_scene", "transfer_report"),
    "alipay": (BASE_URL, "app_cert_sn", "root_cert_sn"),
    "stripe": (BASE_URL,),
}
# of the optional ones, those that make sense together only
TOGETHER: Final[Mapping[str, tuple[str, str]]] = {
    "wechat": ("transfer_scene", "transfer_report"),
    "alipay": ("app_cert_sn", "root_cert_sn"),
}
APIV3_KEY_BYTES: Final = 32
REPORT: Final = re.compile(r"[^=;]+=[^=;]+(;[^=;]+=[^=;]+)*")


def read(environment: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The providers that are set up, each with its credentials.

    Raises: ImproperlyConfigured naming what is missing beside what is set, or what makes no sense.
    """
    found = {}
    for provider, names in NEEDED.items():
        all_names = (*names, *OPTIONAL[provider])
        given = {name: environment.get(_variable(provider, name), "").strip() for name in all_names}
        missing = [_variable(provider, name) for name in names if not given[name]]
        if not any(given.values()):
            continue
        if missing:
            raise ImproperlyConfigured(f"{provider} is set up in part only; also set {', '.join(missing)}")
        for one, other in (pair, pair[::-1]) if (pair := TOGETHER.get(provider)) else ():
            if given[one] and not given[other]:
                raise ImproperlyConfigured(f"{_variable(provider, one)} goes with {_variable(provider, other)}")
        found[provider] = {name: _checked(provider, name, value) for name, value in given.items() if value}
    return found


def _checked(provider: str, name: str, value: str) -> str:
    variable = _variable(provider, name)
    if name == "private_key" and provider != "stripe":
        return _pem(variable, value, is_private=True)
    if name == "public_key":
        return _pem(variable, value, is_private=False)
    if name == "apiv3_key" and len(value.encode()) != APIV3_KEY_BYTES:
        raise ImproperlyConfigured(f"{variable} must have {APIV3_KEY_BYTES} characters")
    if name == "transfer_report" and not REPORT.fullmatch(value):
        raise ImproperlyConfigured(f"{variable}={value!r} is not written like kind=text;kind=text")
    if name.endswith("_url"):
        if urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).hostname:
            raise ImproperlyConfigured(f"{variable}={value!r} is no address")
        return value.rstrip("/")
    return value


def _pem(variable: str, value: str, *, is_private: bool) -> str:
    """A key as PEM text, or the file that holds it; the value itself is never repeated, since it is a secret."""
    try:
        text = value if value.startswith("-----BEGIN") else Path(value).read_text()
        encoded = text.replace("\\n", "\n").encode()
        key = (
            serialization.load_pem_private_key(encoded, password=None)
            if is_private
            else serialization.load_pem_public_key(encoded)
        )
    except (OSError, ValueError, TypeError):
        raise ImproperlyConfigured(f"{variable} is neither a key in PEM form nor a file with one") from None
    if not isinstance(key, RSAPrivateKey | RSAPublicKey):
        raise ImproperlyConfigured(f"{variable} must be an RSA key")
    if isinstance(key, RSAPrivateKey):  # the form that every SDK reads, whatever the provider's tool has written
        return key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def _variable(provider: str, name: str) -> str:
    return f"QUANSHI_{provider}_{name}".upper()
