"""The use cases of the accounts room, by family."""

from quanshi.accounts.services.addresses import delete_address, make_default_address, save_address
from quanshi.accounts.services.blocking import block_person, unblock_person
from quanshi.accounts.services.consents import record_consent
from quanshi.accounts.services.erasure import erase_person, finish_erasures, forget_person
from quanshi.accounts.services.exports import forget_exports, make_export, request_export
from quanshi.accounts.services.identities import link_identity, unlink_identity
from quanshi.accounts.services.people import LOCALES, change_name, register
from quanshi.accounts.services.proofs import prove_person
from quanshi.accounts.services.sessions import end_other_sessions, end_session, forget_ended_sessions, note_session

__all__ = [
    "LOCALES",
    "block_person",
    "change_name",
    "delete_address",
    "end_other_sessions",
    "end_session",
    "erase_person",
    "finish_erasures",
    "forget_ended_sessions",
    "forget_exports",
    "forget_person",
    "link_identity",
    "make_default_address",
    "make_export",
    "note_session",
    "prove_person",
    "record_consent",
    "register",
    "request_export",
    "save_address",
    "unblock_person",
    "unlink_identity",
]
