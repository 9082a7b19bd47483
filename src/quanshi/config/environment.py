"""Reads and checks the environment once; the only place that touches os.environ."""

from __future__ import annotations

import ipaddress
import os
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from quanshi.config import credentials

CHECKOUT = Path(__file__).resolve().parents[3]
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
WORKERS_AT_MOST: Final = 2  # more only by QUANSHI_WORKERS: the machine also runs the database
LANES_AT_MOST: Final = 4  # a connection each; the cores that are counted are the host's, also in a small container


@dataclass(frozen=True, slots=True)
class Environment:
    """The operator's choices. docs/operate.md lists every name."""

    home: Path
    port: int
    bind: str
    workers: int  # processes of the web server
    lanes: int  # of each of them: so many batches of orders at once
    base_url: str
    allowed_hosts: list[str]
    behind_proxy: bool
    database: dict[str, Any]
    is_database_embedded: bool
    secret: str
    demo: bool
    sandbox_gateway: bool
    payment_accounts: dict[str, dict[str, str]]
    webhook_trusted: frozenset[str]
    email_url: str
    metrics_token: str
    log_to_file: bool
    node_modules: Path


def read() -> Environment:
    """Raises: ImproperlyConfigured naming the variable, its value and what to write."""
    home = Path(os.environ.get("QUANSHI_HOME") or _default_home()).expanduser().resolve()
    port = _port(os.environ.get("QUANSHI_PORT", "8000"))
    base_url = os.environ.get("QUANSHI_BASE_URL", f"http://127.0.0.1:{port}").rstrip("/")
    host = urlsplit(base_url).hostname
    if not host:
        raise ImproperlyConfigured(
            f"QUANSHI_BASE_URL={base_url!r} is no address; write it like https://shop.example.com"
        )
    bind = os.environ.get("QUANSHI_BIND", "127.0.0.1")
    # published passwords and simulated money are for the machine in front of you, unless asked for in so many words
    is_for_trying = {host, bind} <= LOOPBACK
    extra_hosts = [name for name in os.environ.get("QUANSHI_HOSTS", "").split(",") if name]
    url = os.environ.get("DATABASE_URL", "")
    cores = os.cpu_count() or 1
    workers = _count("QUANSHI_WORKERS") or min(WORKERS_AT_MOST, cores)
    return Environment(
        home=home,
        port=port,
        bind=bind,
        workers=workers,
        lanes=min(LANES_AT_MOST, max(1, cores // workers)),
        base_url=base_url,
        allowed_hosts=[host, "127.0.0.1", "localhost", *extra_hosts],
        behind_proxy=_flag("QUANSHI_BEHIND_PROXY", default=False),
        database=_database(url) if url else _embedded_database(home),
        is_database_embedded=not url,
        secret=os.environ.get("QUANSHI_SECRET") or _stored_secret(home),
        demo=_flag("QUANSHI_DEMO", default=is_for_trying),
        sandbox_gateway=_flag("QUANSHI_SANDBOX_GATEWAY", default=is_for_trying),
        payment_accounts=credentials.read(os.environ),
        webhook_trusted=_addresses("QUANSHI_WEBHOOK_TRUSTED"),
        email_url=os.environ.get("QUANSHI_EMAIL_URL", ""),
        metrics_token=os.environ.get("QUANSHI_METRICS_TOKEN", ""),
        log_to_file=_choice("QUANSHI_LOG", ("stderr", "file")) == "file",
        node_modules=Path(os.environ.get("QUANSHI_NODE_MODULES") or CHECKOUT / "node_modules"),
    )


def log_to_file_on_a_terminal() -> None:
    """For this process and those that it starts, unless QUANSHI_LOG says otherwise."""
    if sys.stderr.isatty():
        os.environ.setdefault("QUANSHI_LOG", "file")


def _default_home() -> str:
    return "/var/lib/quanshi" if os.geteuid() == 0 else "~/.local/share/quanshi"


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:  # noqa: PLR2004
        raise ImproperlyConfigured(f"QUANSHI_PORT={text!r} is no port; write a number from 1 to 65535")
    return int(text)


def _count(name: str) -> int:
    text = os.environ.get(name, "0")
    if not text.isdecimal():
        raise ImproperlyConfigured(f"{name}={text!r}; write a whole number, or 0 to let the machine decide")
    return int(text)


def _addresses(name: str) -> frozenset[str]:
    texts = [text.strip() for text in os.environ.get(name, "").split(",") if text.strip()]
    try:
        return frozenset(str(ipaddress.ip_address(text)) for text in texts)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={','.join(texts)!r}; write IP addresses with commas between") from None


def _flag(name: str, *, default: bool) -> bool:
    text = os.environ.get(name, "1" if default else "0")
    if text not in {"0", "1"}:
        raise ImproperlyConfigured(f"{name}={text!r}; write 0 or 1")
    return text == "1"


def _choice(name: str, choices: Sequence[str]) -> str:
    """The first of them where nothing is said."""
    text = os.environ.get(name, choices[0])
    if text not in choices:
        raise ImproperlyConfigured(f"{name}={text!r}; write {' or '.join(choices)}")
    return text


def _embedded_database(home: Path) -> dict[str, Any]:
    from quanshi.kernel import embedded_postgres  # noqa: PLC0415 - only where it is used

    return _with_pool(
        {
            "NAME": "quanshi",
            "USER": "quanshi",
            "HOST": str(embedded_postgres.socket_dir(home)),
            "PORT": "",
            "PASSWORD": "",
        }
    )


def _database(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured("DATABASE_URL must look like postgresql://user:password@host:5432/name")
    options = dict(parse_qsl(parts.query))
    return _with_pool(
        {
            "NAME": unquote(parts.path.strip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": options.pop("host", parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "OPTIONS": options,
        }
    )


def mail_settings(url: str) -> dict[str, Any]:
    """Django's settings for QUANSHI_EMAIL_URL; without one, letters are printed.

    Raises: ImproperlyConfigured for an address that is none.
    """
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ImproperlyConfigured(
            "QUANSHI_EMAIL_URL must look like smtps://user:password@host:465?from=shop@example.com"
        )
    sender = dict(parse_qsl(parts.query)).get("from") or unquote(parts.username or "")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and bool(parts.username),
        "EMAIL_TIMEOUT": 10,
        "DEFAULT_FROM_EMAIL": sender,
    }


def _with_pool(database: dict[str, Any]) -> dict[str, Any]:
    options = {
        "pool": {"min_size": 1, "max_size": 16, "timeout": 10},
        **database.pop("OPTIONS", {}),
    }
    # the backend looks at a connection before each use; Django's own check would ask the server each time
    kept = {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False}
    return {"ENGINE": "quanshi.kernel.backend", **kept, "OPTIONS": options, **database}


def _stored_secret(home: Path) -> str:
    """A secret made at first start and kept readable by its owner alone."""
    path = home / "secret"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        home.mkdir(parents=True, exist_ok=True)
        secret = secrets.token_urlsafe(48)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process of the same first start was quicker
            return path.read_text().strip()
        with os.fdopen(descriptor, "w") as file:
            file.write(secret)
        return secret
