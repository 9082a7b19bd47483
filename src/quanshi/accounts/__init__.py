"""People: sign-up, sign-in, the actor behind a request; their addresses, consents, sessions, export and erasure.

Owns: accounts_person, accounts_operator_action and accounts_consent (append-only), accounts_address, accounts_export,
accounts_identity; and with them the tables account_emailaddress, usersessions_usersession and mfa_authenticator of
django-allauth.
Events in: none. Events out: PersonBlocked. What other rooms keep of a person is told and erased by their keepers
(`types.Keeper`), which config/wiring.py names.
"""
