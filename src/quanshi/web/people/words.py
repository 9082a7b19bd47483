"""Sentences about a person's data."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quanshi.accounts.types import ConsentKind

# why an account cannot be closed yet; a room that adds a reason adds its sentence
BARS: Final[dict[str, Promise]] = {
    "open_order": _(
        "Orders that have not ended: %(count)s, the newest is %(example)s. An order ends when it is "
        "cancelled, or when the seven days after its receipt are over."
    ),
    "open_case": _(
        "After-sale cases that are still open: %(count)s, the newest is %(example)s. Withdraw them or wait "
        "for their end."
    ),
    "open_refund": _("Orders whose money has not come back to you yet: %(count)s, the newest is %(example)s."),
    "owns_shop": _(
        "You are the only owner of %(example)s. A shop needs an owner who answers for its orders and its money: "
        "make somebody else its owner first."
    ),
    "operator": _("You keep this installation. Let somebody else do that first."),
}
CONSENTS: Final[dict[tuple[str, bool], Promise]] = {
    (ConsentKind.TERMS, True): _("Agreed to the terms of use, version %(version)s"),
    (ConsentKind.TERMS, False): _("No longer agreed to the terms of use"),
    (ConsentKind.PRIVACY, True): _("Read the privacy notice, version %(version)s"),
    (ConsentKind.PRIVACY, False): _("Took back the word on the privacy notice"),
    (ConsentKind.MARKETING, True): _("Wanted letters about new things and offers"),
    (ConsentKind.MARKETING, False): _("Wanted no more letters"),
}
