"""Merchants' light shops and who works in them.

Owns: shops_shop, shops_domain, shops_membership, shops_invitation, shops_staff_action.
Events in: none. Events out: ClosingAnnounced, ClosingTakenBack, SalesEnded, ShopClosed.
"""
