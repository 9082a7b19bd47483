"""The reads of the accounts room, by family."""

from quanshi.accounts.selectors.addresses import address_of, addresses_of
from quanshi.accounts.selectors.consents import consent_history, current_version, missing_consents, standing_consents
from quanshi.accounts.selectors.identities import has_identity, person_by_identity
from quanshi.accounts.selectors.people import (
    account_state,
    contacts_of,
    is_operator,
    known_people,
    names_of,
    people_who_stay,
    person_by_email,
    profile_of,
)
from quanshi.accounts.selectors.privacy import bars_of_person, bars_to_erasure, data_of_person, export_file, exports_of
from quanshi.accounts.selectors.regions import cities, districts, place_of, places_in, provinces
from quanshi.accounts.selectors.sessions import browser_of, sessions_of

__all__ = [
    "account_state",
    "address_of",
    "addresses_of",
    "bars_of_person",
    "bars_to_erasure",
    "browser_of",
    "cities",
    "consent_history",
    "contacts_of",
    "current_version",
    "data_of_person",
    "districts",
    "export_file",
    "exports_of",
    "has_identity",
    "is_operator",
    "known_people",
    "missing_consents",
    "names_of",
    "people_who_stay",
    "person_by_email",
    "person_by_identity",
    "place_of",
    "places_in",
    "profile_of",
    "provinces",
    "sessions_of",
    "standing_consents",
]
