"""Whose request it is, as far as limits are concerned."""

from __future__ import annotations

import ipaddress
from typing import Final

SAME_HOUSE_BITS: Final = 64  # of an IPv6 address: one line has 2^64 of them, and would never meet a limit


def client_address(*, peer: str, forwarded_for: str, proxies: int) -> str:
    """Their own address: what the one trusted proxy in front has added last, or who connects."""
    return forwarded_for.rpartition(",")[2].strip() if proxies else peer


def client_network(*, peer: str, forwarded_for: str, proxies: int) -> str:
    """The client's address behind so many proxies of our own; of an IPv6 address the network.

    `peer` is who opened the connection, `forwarded_for` the X-Forwarded-For header. Each proxy adds its own client at
    the end; what stands before those entries was written by who knows whom. Sign-in limits count in the same way.
    """
    hops = [hop.strip() for hop in forwarded_for.split(",")]
    text = hops[-proxies] if 0 < proxies <= len(hops) else peer
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, SAME_HOUSE_BITS), strict=False))
