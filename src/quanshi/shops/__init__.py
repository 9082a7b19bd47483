"""Merchants' light shops and who works in them.

Owns: shops_shop, shops_membership.
Events in: none. Events out: none.
"""
