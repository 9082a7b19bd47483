from __future__ import annotations

from quanshi.kernel.errors import LimitReached, NotFound


class TooManySearches(LimitReached):
    """Details: `limit`."""

    code = "too_many_searches"
    message = "Too many searches within a minute."


class TooManySynonyms(LimitReached):
    """Details: `limit`."""

    code = "too_many_synonyms"
    message = "The shop has as many groups of synonyms as it may have."


class SynonymsNotFound(NotFound):
    """Details: `group_id`."""

    code = "synonyms_not_found"
    message = "There is no such group of synonyms."
