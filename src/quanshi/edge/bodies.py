"""What a request says of its body before it comes."""

from __future__ import annotations

from collections.abc import Mapping


def declared_length(headers: Mapping[bytes, bytes]) -> int | None:
    """How many bytes the body has; None when only its end will tell. Source: RFC 9112, section 6.3.

    Who has read so many need not wait for the server to say that it was all: that costs a request another way from the
    server's thread to ours.
    """
    if b"transfer-encoding" in headers:  # whatever else is said
        return None
    return int(headers.get(b"content-length", b"0"))  # a number, or the server would have refused
