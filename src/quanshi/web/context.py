"""What every page's frame shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def page(_request: HttpRequest) -> dict[str, Any]:
    return {}
