from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, Protocol
from uuid import UUID


class ActorKind(StrEnum):
    PERSON = "person"
    GUEST = "guest"
    BUYER = "buyer"  # whom a signed quote names: one of the two
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. A guest's id lives in their browser only; the system acts for timers and handlers."""

    kind: ActorKind
    id: UUID


ADDRESS_LENGTHS: Final[Mapping[str, tuple[int, int]]] = {  # least and most characters, of an order's address too
    "recipient": (1, 60),
    "phone": (5, 24),
    "region": (1, 120),
    "street": (2, 200),
    "postcode": (0, 16),
    "country": (2, 2),
}
MOST_ADDRESSES: Final = 30  # of one person's book

SYSTEM = Actor(kind=ActorKind.SYSTEM, id=UUID(int=0))


@dataclass(frozen=True, slots=True)
class Contact:
    """A person as colleagues see them. `name` is the e-mail address for who chose none."""

    name: str
    email: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as they say who they are. No `display_name`: pages call them by their e-mail address."""

    display_name: str
    email: str


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


@dataclass(frozen=True, slots=True)
class Region:
    """A province, city or district of China by its six-digit code."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Place:
    """A district with what it lies in. `text` is how a parcel's label writes it."""

    province: Region
    city: Region
    district: Region
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressInput:
    """An address as somebody writes it. With `region_code`, a district of China, `region` is written by us."""

    recipient: str
    phone: str
    street: str
    country: str = "CN"
    region_code: str = ""
    region: str = ""
    postcode: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressView:
    """An address of somebody's address book."""

    id: UUID
    label: str
    recipient: str
    phone: str
    country: str
    region_code: str
    region: str
    street: str
    postcode: str
    is_default: bool


class ConsentKind(StrEnum):
    TERMS = "terms"
    PRIVACY = "privacy"
    MARKETING = "marketing"


@dataclass(frozen=True, slots=True)
class Consent:
    """One entry of a person's record: to which version of what they said yes, or no any more."""

    kind: ConsentKind
    version: str
    is_given: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class SessionView:
    """One browser in which a person is signed in."""

    id: int
    browser: str  # "Chrome", "WeChat"; empty where it does not say
    system: str  # "Android", "Windows"; empty as well
    address: str
    began_at: datetime
    seen_at: datetime
    is_current: bool


class AccountState(StrEnum):
    ACTIVE = "active"
    BLOCKED = "blocked"  # by an operator, who can take it back
    ERASED = "erased"  # for good


class OperatorActionKind(StrEnum):
    """What an operator may do to a person."""

    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"


class ExportState(StrEnum):
    REQUESTED = "requested"
    READY = "ready"
    FAILED = "failed"  # it grew beyond what is kept


@dataclass(frozen=True, slots=True)
class ExportView:
    """One file of a person's data, asked for or there until `expires_at`."""

    id: UUID
    state: ExportState
    requested_at: datetime
    expires_at: datetime
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Bar:
    """Why an account cannot be erased yet: a stable word, how many, and an example that its owner knows."""

    reason: str
    count: int
    example: str = ""


class StoredFile(NamedTuple):
    """A file that somebody has handed in: the name of its storage in settings.STORAGES, and its own in there."""

    storage: str
    name: str


def _no_files(*, person_id: UUID) -> tuple[StoredFile, ...]:
    del person_id
    return ()


@dataclass(frozen=True, slots=True)
class Keeper:
    """What one room keeps of people. `config/wiring.py` lists one for each room that keeps anything.

    `tell(person_id=)` is all of it as plain values; `bars(person_id=)` is why it cannot go yet; `erase(person_id=)`
    removes or pseudonymises it, in the caller's transaction. Erasing twice does no harm, and leaves alone what is still
    under way: it is called again later. `files(person_id=)` are the pictures that they have handed in, newest first.
    """

    room: str
    tell: Callable[..., Mapping[str, object]]
    bars: Callable[..., tuple[Bar, ...]]
    erase: Callable[..., None]
    files: Callable[..., Iterable[StoredFile]] = _no_files
