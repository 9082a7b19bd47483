"""Refusals with a stable code and facts. The sentence for people is made where people are."""

from __future__ import annotations

from typing import ClassVar


class DomainError(Exception):
    """A refusal that a caller can act on. Subclasses set `code`; keyword arguments are the facts."""

    code: ClassVar[str] = "refused"
    message: ClassVar[str] = "The request was refused."

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(self.code)

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.details.items())
        return f"{self.code}({facts})"


class InvalidInput(DomainError):
    """Details by custom: `field`, `value`, `reason`."""

    code = "invalid_input"
    message = "The input is not valid."


class NotAllowed(DomainError):
    code = "not_allowed"
    message = "This is not allowed."


class NotFound(DomainError):
    code = "not_found"
    message = "This does not exist."


class Gone(DomainError):
    """It was there, and is not coming back."""

    code = "gone"
    message = "This does not exist any more."


class Conflict(DomainError):
    code = "conflict"
    message = "The state has changed meanwhile."


class LimitReached(DomainError):
    code = "limit_reached"
    message = "A limit is reached."


class Unavailable(DomainError):
    code = "unavailable"
    message = "The service cannot answer just now."


class InvariantBroken(Exception):
    """Our own books contradict themselves: roll back, answer 500, alert. Never a DomainError."""
