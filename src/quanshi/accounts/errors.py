from __future__ import annotations

from quanshi.kernel.errors import Conflict


class EmailTaken(Conflict):
    """Details: none, since the address itself is personal and errors are logged."""

    code = "email_taken"
    message = "This e-mail address has an account already."
