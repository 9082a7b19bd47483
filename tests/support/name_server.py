"""A DNS server on loopback that answers with TXT records, as a real one does: over UDP, with its own silence."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from quanshi.shops.gateways import DnsTexts


@dataclass
class NameServer:
    records: dict[str, list[str]] = field(default_factory=dict)
    is_silent: bool = False
    is_failing: bool = False
    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def texts(self) -> DnsTexts:
        return DnsTexts(servers=["127.0.0.1"], port=self.port)

    def answer(self, wire: bytes) -> bytes | None:
        query = dns.message.from_wire(wire)
        name = query.question[0].name.to_text(omit_final_dot=True)
        self.asked.append(name)
        if self.is_silent:
            return None
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        if self.is_failing:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif name not in self.records:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        elif self.records[name]:
            quoted = [f'"{text}"' for text in self.records[name]]
            reply.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "TXT", *quoted))
        return bytes(reply.to_wire())


@contextmanager
def name_server() -> Iterator[NameServer]:
    """While the block runs, one that knows what `records` says."""
    server = NameServer()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            wire, socket = self.request
            if (answer := server.answer(wire)) is not None:
                socket.sendto(answer, self.client_address)

    with socketserver.UDPServer(("127.0.0.1", 0), Handler) as listening:
        address: Any = listening.server_address
        server.port = address[1]
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()
