from __future__ import annotations

from quanshi.kernel.errors import Conflict, Gone, InvalidInput, LimitReached, NotAllowed, NotFound


class ShopNotFound(NotFound):
    """Details: `slug` or `shop_id`."""

    code = "shop_not_found"
    message = "There is no such shop."


class SlugTaken(Conflict):
    """Details: `slug`."""

    code = "slug_taken"
    message = "This shop address is in use already."


class TooManyShops(LimitReached):
    """Details: `limit`: so many shops one person may own."""

    code = "too_many_shops"
    message = "One person cannot own so many shops."


class ShopStopped(Conflict):
    """Details: `shop_id`: the operator's word stands until they take it back."""

    code = "shop_stopped"
    message = "The operator of the platform has stopped this shop."


class ShopIsClosing(Conflict):
    """Details: `shop_id`: its sales have ended; whoever wants it open takes the closing back."""

    code = "shop_is_closing"
    message = "The sales of this shop have ended."


class ShopNotClosing(Conflict):
    """Details: `shop_id`: no closing is announced, or its last day of sales is not over yet."""

    code = "shop_not_closing"
    message = "This shop is not about to close."


class ShopGone(Gone):
    """Details: `name`, `closed_at`: closed for good. What was bought there stays among the buyer's orders."""

    code = "shop_gone"
    message = "This shop has closed for good."


class ShopIsClosed(NotAllowed):
    """Details: `shop_id`, `permission`: said to its staff, who might do this while the shop was there."""

    code = "shop_is_closed"
    message = "The shop has closed for good."


class DomainTaken(Conflict):
    """Details: `field`, `name`: another shop has proven it."""

    code = "domain_taken"
    message = "Another shop uses this domain."


class DomainNotNamed(NotFound):
    """Details: `shop_id`."""

    code = "domain_not_named"
    message = "The shop has named no domain of its own."


class MemberNotFound(NotFound):
    """Details: `person_id`."""

    code = "member_not_found"
    message = "This person does not work in the shop."


class AlreadyMember(Conflict):
    """Details: `role`, which they keep."""

    code = "already_member"
    message = "This person works in the shop already."


class LastOwner(Conflict):
    """Details: `shop_id`: a shop always has an owner who can sign in."""

    code = "last_owner"
    message = "The last owner of a shop cannot leave it or take another role."


class InvitationNotFound(NotFound):
    """Details: none: a guessed link is told nothing."""

    code = "invitation_not_found"
    message = "There is no such invitation."


class InvitationEnded(Conflict):
    """Details: `reason`: accepted, revoked, expired, or void since whoever invited may not give the role any more."""

    code = "invitation_ended"
    message = "This invitation cannot be accepted any more."


class InvitationForAnother(NotAllowed):
    """Details: none: the address that was invited is not told to whoever has the link."""

    code = "invitation_for_another"
    message = "This invitation is for another e-mail address."


class TooManyInvitations(LimitReached):
    """Details: `limit`: so many invitations within an hour, or open at a time."""

    code = "too_many_invitations"
    message = "So many invitations cannot be sent at once."


class LogoRefused(InvalidInput):
    """Details: `field`, `value` (the file's name) and `reason`: too_large, unreadable or too_many_pixels."""

    code = "logo_refused"
    message = "This picture cannot be used as a logo."
