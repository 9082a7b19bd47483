"""People: sign-up, sign-in, the actor behind a request.

Owns: accounts_person.
Events in: none. Events out: none.
"""
