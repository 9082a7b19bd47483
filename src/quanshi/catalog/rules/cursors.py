"""Opaque places in a list. A cursor names the last row shown, so a page stays right while rows come and go."""

from __future__ import annotations

import base64
import binascii
from uuid import UUID

from quanshi.kernel.errors import InvalidInput


def write_cursor(last_id: UUID) -> str:
    return base64.urlsafe_b64encode(last_id.bytes).decode().rstrip("=")


def read_cursor(cursor: str) -> UUID | None:
    """The row after which the page starts, None for the first page. Raises: InvalidInput for anything else."""
    if not cursor:
        return None
    try:
        return UUID(bytes=base64.b64decode(f"{cursor}==".encode("ascii"), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        raise InvalidInput(field="cursor", value=cursor[:80], reason="no cursor of this list") from None
