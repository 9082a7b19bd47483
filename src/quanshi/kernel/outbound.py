"""Calling addresses that strangers have named, guarded against reaching inward.

Every address a name resolves to must be public, and the connection goes to the very address that was checked: a name
that answers differently the second time gets nowhere.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
UNKNOWN_HOST: Final = "the host's name is unknown"
NOT_PUBLIC: Final = "the host's address is not a public one"
NO_ADDRESS: Final = "leads to something that is no web address"

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class Unreachable(Exception):
    """An address that may not, or cannot, be called. `is_network` tells a name that is unknown from a forbidden one."""

    def __init__(self, reason: str, *, is_network: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_network = is_network


def guarded_request(
    client: httpx.Client,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    trusted: frozenset[str] = frozenset(),
    content: bytes | None = None,
) -> httpx.Request:
    """A request to the address behind `url` that was checked just now. `trusted` ones pass although they are private.

    Send it with a client that follows no redirects. Resolves a name, so it may take long. Raises: Unreachable.
    """
    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise Unreachable(NO_ADDRESS) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Unreachable(NO_ADDRESS)
    address = _checked_address(parts.hostname, port, trusted)
    literal = f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004 - IPv6
    return client.build_request(
        method,
        parts._replace(netloc=f"{literal}:{port}", fragment="").geturl(),
        headers={"Host": parts.netloc.rpartition("@")[2], **headers},
        content=content,
        # the certificate is checked against the name, although the connection goes to the address
        extensions={"sni_hostname": parts.hostname},
    )


@contextmanager
def within(request: httpx.Request, *, seconds: float) -> Iterator[None]:
    """Cut the connection of `request` when the block has not ended after so long; httpx then raises a TransportError.

    httpx's own time-outs begin anew with every byte: whoever sends a header a letter at a time would hold us for days.
    """
    streams: list[Any] = []

    def trace(event: str, facts: Mapping[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            streams.append(facts["return_value"])

    def cut() -> None:
        for stream in streams[-1:]:
            with suppress(OSError):  # it has ended by itself just now
                # past TLS: its own shutdown would take the session away from under whoever reads
                socket.socket.shutdown(stream.get_extra_info("socket"), socket.SHUT_RDWR)

    request.extensions["trace"] = trace
    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def is_public(address: IpAddress) -> bool:
    """Whether anyone on the internet may be meant: not this machine, its network, or a tunnel into one."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.sixtofour is not None or address.teredo is not None or address in NAT64 or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _checked_address(host: str, port: int, trusted: frozenset[str]) -> IpAddress:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable(UNKNOWN_HOST, is_network=True) from None
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    for address in addresses:
        if str(address) not in trusted and not is_public(address):
            raise Unreachable(NOT_PUBLIC)
    return addresses[0]
