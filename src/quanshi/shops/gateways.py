"""Asking the DNS what a domain's keeper has written there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import dns.exception
import dns.resolver
from dns.rdtypes.ANY.TXT import TXT

SECONDS: Final = 5.0  # for all tries together
MOST_TEXTS: Final = 50  # of one name; more is no proof of anything


class NoAnswer(Exception):
    """The DNS said nothing: a record may be there or not."""


class Texts(Protocol):
    def __call__(self, name: str) -> frozenset[str]:
        """The TXT records of `name`; empty where there are certainly none. Raises: NoAnswer."""


class DnsTexts:
    """By the machine's own resolvers, or by `servers` at `port`."""

    def __init__(self, *, servers: Sequence[str] = (), port: int = 53) -> None:
        self._servers, self._port = servers, port

    def __call__(self, name: str) -> frozenset[str]:
        resolver = dns.resolver.Resolver(configure=not self._servers)
        if self._servers:
            resolver.nameservers, resolver.port = list(self._servers), self._port
        try:
            answer = resolver.resolve(f"{name}.", "TXT", lifetime=SECONDS, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return frozenset()
        except (dns.exception.DNSException, OSError) as error:
            raise NoAnswer(name) from error
        records = [record for record in answer if isinstance(record, TXT)][:MOST_TEXTS]
        return frozenset(b"".join(record.strings).decode("ascii", "replace") for record in records)
