from __future__ import annotations

from quanshi.kernel.errors import LimitReached, NotFound


class SectionNotFound(NotFound):
    """Details: `section_id`."""

    code = "section_not_found"
    message = "There is no such section."


class VersionNotFound(NotFound):
    """Details: `number`."""

    code = "version_not_found"
    message = "There is no such version."


class TooManySections(LimitReached):
    """Details: `limit`, and `kind` where only these are limited."""

    code = "too_many_sections"
    message = "A home page cannot have so many sections."


class PolicyNotFound(NotFound):
    """Details: `kind`."""

    code = "policy_not_found"
    message = "The shop has not written this."
