from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    PERSON = "person"
    GUEST = "guest"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. A guest's id lives in their session only; the system acts for timers and handlers."""

    kind: ActorKind
    id: UUID


SYSTEM = Actor(kind=ActorKind.SYSTEM, id=UUID(int=0))
