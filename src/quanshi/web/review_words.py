"""The words that people read about reviews."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quanshi.reviews.types import HideReason

STARS: Final[dict[int, Promise]] = {
    5: pgettext_lazy("stars", "Very good"),
    4: pgettext_lazy("stars", "Good"),
    3: pgettext_lazy("stars", "So-so"),
    2: pgettext_lazy("stars", "Poor"),
    1: pgettext_lazy("stars", "Very poor"),
}
HIDE_REASONS: Final[dict[str, Promise]] = {
    HideReason.UNLAWFUL: _("Content that the law forbids"),
    HideReason.PERSONAL_DATA: _("Somebody's personal data"),
    HideReason.INSULT: _("Insult or threat"),
    HideReason.ADVERTISING: _("Advertising that has nothing to do with the goods"),
    HideReason.COURT_ORDER: _("A court or an authority has ordered it"),
}
