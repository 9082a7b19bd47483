"""The writes of the shops room, and the question that every room asks before it works for a shop."""

from quanshi.shops.services.closing import (
    announce_closing,
    begin_final_closing,
    end_sales,
    end_shop,
    take_back_closing,
)
from quanshi.shops.services.domains import check_again, check_domains, drop_domain, name_domain
from quanshi.shops.services.invitations import (
    LETTER_JOB,
    accept_invitation,
    invite,
    join_link,
    link_secret,
    offer_of,
    revoke_invitation,
    send_letter,
    show_link,
)
from quanshi.shops.services.members import add_member, change_role, forget_member, leave_shop, remove_member
from quanshi.shops.services.operator import resume_shop, stop_shop
from quanshi.shops.services.permission import record_action, record_taking, require_permission
from quanshi.shops.services.shops import (
    LOGO_MAX_BYTES,
    LOGO_MAX_PIXELS,
    LOGO_SIDE,
    ShopChanges,
    hold_shop,
    open_shop,
    remove_logo,
    set_logo,
    update_shop,
)

__all__ = [
    "LETTER_JOB",
    "LOGO_MAX_BYTES",
    "LOGO_MAX_PIXELS",
    "LOGO_SIDE",
    "ShopChanges",
    "accept_invitation",
    "add_member",
    "announce_closing",
    "begin_final_closing",
    "change_role",
    "check_again",
    "check_domains",
    "drop_domain",
    "end_sales",
    "end_shop",
    "forget_member",
    "hold_shop",
    "invite",
    "join_link",
    "leave_shop",
    "link_secret",
    "name_domain",
    "offer_of",
    "open_shop",
    "record_action",
    "record_taking",
    "remove_logo",
    "remove_member",
    "require_permission",
    "resume_shop",
    "revoke_invitation",
    "send_letter",
    "set_logo",
    "show_link",
    "stop_shop",
    "take_back_closing",
    "update_shop",
]
