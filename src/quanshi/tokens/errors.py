from __future__ import annotations

from quanshi.kernel.errors import LimitReached, NotAllowed, NotFound


class TokenRefused(NotAllowed):
    """Unknown, damaged, revoked, expired, or its maker is gone. Details: none, whoever tries learns nothing."""

    code = "token_refused"
    message = "This token is not valid."


class TokenNotFound(NotFound):
    """Also for somebody else's. Details: `token_id`."""

    code = "token_not_found"
    message = "There is no such token."


class TooManyTokens(LimitReached):
    """Details: `limit`: so many tokens that are valid."""

    code = "too_many_tokens"
    message = "There are many tokens already; revoke one that is not used."
