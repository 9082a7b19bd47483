from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class ActorKind(StrEnum):
    PERSON = "person"
    GUEST = "guest"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. A guest's id lives in their browser only; the system acts for timers and handlers."""

    kind: ActorKind
    id: UUID


SYSTEM = Actor(kind=ActorKind.SYSTEM, id=UUID(int=0))


@dataclass(frozen=True, slots=True)
class Contact:
    """A person as colleagues see them. `name` is the e-mail address for who chose none."""

    name: str
    email: str
    is_active: bool


class Visitor(Protocol):
    """Who a request comes from; pages and API find it at `request.visitor`."""

    @property
    def actor(self) -> Actor:
        """The signed-in person or the guest. A new guest's id is nobody's until they are remembered."""

    @property
    def is_known(self) -> bool:
        """False for a guest who has never written anything, who therefore owns nothing."""

    @property
    def client(self) -> str:
        """The network the request comes from, as limits count it."""

    @property
    def address(self) -> str:
        """The address the request comes from, which some payments are bound to."""

    def remember(self) -> None:
        """Let a guest be found again; called where something is written for them. Idempotent."""

    def claim_late_orders(self) -> None:
        """Hand the person what was quoted to the guest they were and placed after they had signed in. Idempotent."""
