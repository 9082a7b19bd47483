"""What shops and operators fill in about reviews."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from quanshi.reviews.types import REPLY_LENGTH, WORDS_LENGTH
from quanshi.web import review_words
from quanshi.web.console.forms import ConsoleForm, UploadField

TABLE_MAX_BYTES = 10 * 1024 * 1024
TABLE_ACCEPT = ".csv,.xlsx,text/csv"


class ReplyForm(ConsoleForm):
    text = forms.CharField(
        label=_("Your answer, which everybody reads"),
        max_length=REPLY_LENGTH,
        widget=forms.Textarea(attrs={"rows": "3", "maxlength": str(REPLY_LENGTH)}),
    )


class ReviewImportForm(ConsoleForm):
    file = UploadField(
        label=_("CSV or XLSX"),
        max_bytes=TABLE_MAX_BYTES,
        accept=TABLE_ACCEPT,
        help_text=_("With the columns handle, stars, created_at and content. At most 10 MB."),
    )
    source = forms.CharField(
        label=_("Where do they come from?"), max_length=80, help_text=_("Shoppers read it beside each of them.")
    )


class DecisionForm(ConsoleForm):
    """Hide for a legal reason, show again, or leave as it is."""

    reason = forms.ChoiceField(
        label=_("Legal reason"), choices=[("", "–"), *review_words.HIDE_REASONS.items()], required=False
    )
    words = forms.CharField(
        label=_("Why, in words that everybody may read"),
        max_length=WORDS_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": "2", "maxlength": str(WORDS_LENGTH)}),
    )
