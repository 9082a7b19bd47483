"""The quote as a signed token: whoever holds it holds exactly these prices until they expire. Touches no database."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import msgspec

from quanshi.kernel import clock
from quanshi.orders import signed
from quanshi.orders.errors import BadQuote, QuoteExpired
from quanshi.orders.types import Quote

QUOTE_TTL: Final = timedelta(minutes=15)
PURPOSE: Final = "order quote 1"

# MessagePack with ids as bytes: two thirds of the length of JSON, and a token is hashed twice and spelled in base64
_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
_decoder = msgspec.msgpack.Decoder(Quote)


def sign_quote(quote: Quote) -> str:
    return signed.sign(_encoder.encode(quote), purpose=PURPOSE)


def read_quote(token: str) -> Quote:
    """The quote in `token`, unchanged and not expired. Raises: BadQuote, QuoteExpired."""
    payload = signed.read(token, purpose=PURPOSE)
    if payload is None:
        raise BadQuote(field="quote", value="", reason="not a quote of this installation")
    try:
        quote = _decoder.decode(payload)
    except msgspec.MsgspecError:  # signed by an older version that wrote other fields
        raise BadQuote(field="quote", value="", reason="of another version") from None
    if quote.expires_at <= clock.now():
        raise QuoteExpired(quote_id=quote.quote_id, expired_at=quote.expires_at)
    return quote
