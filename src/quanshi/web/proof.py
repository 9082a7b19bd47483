"""For what matters most: who asks shows once more that it is them, unless they have just done so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from allauth.account.decorators import reauthentication_required

View = TypeVar("View", bound=Callable[..., Any])


def proven_lately(view: View) -> View:
    """To see or do anything here."""
    guarded: View = reauthentication_required(view)
    return guarded


def proven_lately_to_send(view: View) -> View:
    """To send the page's form; whoever is signed in may look at it."""
    guarded: View = reauthentication_required(view, allow_get=True)
    return guarded
