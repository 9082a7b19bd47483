"""Tokens that programs call the API with: of a person, or of a person's work in one shop.

Owns: tokens_token.
Events in: PersonBlocked. Events out: none.
"""
