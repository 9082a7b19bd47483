"""What buyers fill in about what they have bought, and readers about what they have read."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from quanshi.reviews.types import MOST_ADDED_PICTURES, MOST_PICTURES, TEXT_LENGTH, WORDS_LENGTH
from quanshi.web import review_words
from quanshi.web.picture_forms import PicturesField


class ReviewForm(forms.Form):
    stars = forms.TypedChoiceField(
        label=_("How good is it?"),
        choices=[(n, review_words.STARS[n]) for n in range(1, 6)],
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one to five stars.")},
    )
    text = forms.CharField(
        label=_("What should others know?"),
        max_length=TEXT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": "5", "maxlength": str(TEXT_LENGTH)}),
    )
    pictures = PicturesField(label=_("Pictures"), most=MOST_PICTURES)
    shows_name = forms.BooleanField(label=_("Show the first letter of my name"), required=False)


class AdditionForm(forms.Form):
    text = forms.CharField(
        label=_("What has shown since?"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": "4", "maxlength": str(TEXT_LENGTH)}),
    )
    pictures = PicturesField(label=_("Pictures"), most=MOST_ADDED_PICTURES)


class ReportForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("What is wrong with it?"), choices=list(review_words.HIDE_REASONS.items()), widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("In your words"),
        max_length=WORDS_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": "3", "maxlength": str(WORDS_LENGTH)}),
    )
