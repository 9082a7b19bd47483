from __future__ import annotations

from quanshi.kernel.errors import Conflict, LimitReached, NotAllowed, NotFound


class EmailTaken(Conflict):
    """Details: none, since the address itself is personal and errors are logged."""

    code = "email_taken"
    message = "This e-mail address has an account already."


class AddressNotFound(NotFound):
    """There is none, or it is somebody else's. Details: `address_id`."""

    code = "address_not_found"
    message = "There is no such address."


class TooManyAddresses(LimitReached):
    """Details: `limit`."""

    code = "too_many_addresses"
    message = "The address book is full."


class SessionNotFound(NotFound):
    """There is none, or it is somebody else's. Details: `session_id`."""

    code = "session_not_found"
    message = "There is no such session."


class ExportNotFound(NotFound):
    """There is none, it is not ready, it has expired, or it is somebody else's. Details: `export_id`."""

    code = "export_not_found"
    message = "There is no such file."


class TooManyExports(LimitReached):
    """Details: `limit`, of one day."""

    code = "too_many_exports"
    message = "The data was asked for several times today."


class ProofRefused(NotAllowed):
    """The password is not theirs, or they have none."""

    code = "proof_refused"
    message = "Show that it is you: sign in once more, or send the account's password."


class TooManyProofs(LimitReached):
    """Details: `limit`."""

    code = "too_many_proofs"
    message = "The password was wrong too often; wait a little."


class ErasureRefused(Conflict):
    """Something of this account is still under way. Details: `bars`, a tuple of `types.Bar`."""

    code = "erasure_refused"
    message = "This account cannot be erased yet."


class IdentityTaken(Conflict):
    """Details: `provider`, by which another account is signed in to."""

    code = "identity_taken"
    message = "Another account is linked with this identity."


class PersonNotFound(NotFound):
    """Details: `person_id`."""

    code = "person_not_found"
    message = "There is no such person."


class PersonErased(Conflict):
    """They have closed their account: nothing is left that could be blocked or let in. Details: `person_id`."""

    code = "person_erased"
    message = "This account was closed for good."


class OwnAccount(Conflict):
    """Nobody shuts themselves out. Details: none."""

    code = "own_account"
    message = "This cannot be done to one's own account."
