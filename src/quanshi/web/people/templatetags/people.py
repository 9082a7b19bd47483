from __future__ import annotations

from django import template

from quanshi.accounts.types import Bar, Consent
from quanshi.web.people import words

register = template.Library()


@register.filter
def bar_sentence(bar: Bar) -> str:
    """Why an account cannot be closed yet, for its owner."""
    return str(words.BARS[bar.reason]) % {"count": bar.count, "example": bar.example}


@register.filter
def consent_sentence(consent: Consent) -> str:
    """One entry of what a person has agreed to."""
    return str(words.CONSENTS[consent.kind, consent.is_given]) % {"version": consent.version}
