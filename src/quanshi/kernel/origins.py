"""Whether a request that changes something was sent by a page of another site."""

from __future__ import annotations

from urllib.parse import urlsplit


def is_foreign(*, site: str | None, origin: str | None, host: str, base_url: str) -> bool:
    """Judge by the headers Sec-Fetch-Site and Origin. Browsers say where they come from; other clients need not.

    Ours is the host that was asked, and the name under which people know this installation.
    """
    if site is not None:
        return site not in {"same-origin", "none"}
    if origin is not None:
        ours = {host, urlsplit(base_url).netloc}
        return origin.partition("://")[2] not in ours  # an origin has nothing behind its host
    return False
