"""How often one client may do what costs others something. Counted in Django's cache, as sign-ins are."""

from __future__ import annotations

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpRequest

from quanshi.kernel import clock
from quanshi.kernel.addresses import client_network
from quanshi.kernel.errors import LimitReached


class TooManyCheckouts(LimitReached):
    """Details: `limit`."""

    code = "too_many_checkouts"
    message = "Too many checkouts in a short time."


def count_checkout(request: HttpRequest, *, most: int = 60, seconds: int = 600) -> None:
    """Count a new quote of this client's. Sessions cost nothing, so it is the address that counts.

    Raises: TooManyCheckouts for more than `most` within `seconds`.
    """
    client = client_network(
        peer=request.META.get("REMOTE_ADDR", ""),
        forwarded_for=request.META.get("HTTP_X_FORWARDED_FOR", ""),
        proxies=settings.ALLAUTH_TRUSTED_PROXY_COUNT,
    )
    key = f"checkouts:{client}"
    now = clock.now().timestamp()
    # the cache can only read and write: without the lock, whoever comes at the same moment would not be counted
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        recent = [moment for moment in cache.get(key, ()) if moment > now - seconds]
        if len(recent) >= most:
            raise TooManyCheckouts(limit=most)
        cache.set(key, [*recent, now], seconds)
