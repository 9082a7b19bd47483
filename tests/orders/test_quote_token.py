"""A quote's token carries exactly one quote of this installation, for a quarter of an hour."""

from __future__ import annotations

import base64
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanshi.kernel import clock, ids
from quanshi.orders import signed
from quanshi.orders.errors import BadQuote, OrderNotFound, QuoteExpired
from quanshi.orders.quote_token import PURPOSE, QUOTE_TTL, read_quote, sign_quote
from quanshi.orders.stream_token import STREAM_TTL, read_stream_token, stream_token
from quanshi.orders.types import Claim, PriceStep, PriceWord, Quote, QuoteLine, QuoteOrder
from tests.support.factories import make_address


def make_quote(**fields: object) -> Quote:
    now = clock.now()
    order = QuoteOrder(
        order_id=ids.new_id(),
        shop_id=ids.new_id(),
        lines=(
            QuoteLine(
                line_id=ids.new_id(),
                variant_id=ids.new_id(),
                product_id=ids.new_id(),
                title="茶杯",
                options=("青",),
                sku="C-1",
                quantity=2,
                unit_minor=1999,
                person_limit=3,
            ),
        ),
        freight_minor=0,
        total_minor=3998,
        note="",
        steps=(PriceStep(word=PriceWord.GOODS_AT_LIST_PRICE, amount_minor=3998),),
        claims=(Claim(kind="coupon", reference_id=ids.new_id(), amount_minor=5),),
    )
    given = {
        "quote_id": ids.new_id(),
        "buyer_id": ids.new_id(),
        "currency": "CNY",
        "address": make_address(),
        "locale": "zh-hans",
        "orders": (order,),
        "is_all_or_nothing": True,
        "issued_at": now,
        "expires_at": now + QUOTE_TTL,
    }
    return msgspec.convert({**given, **fields}, Quote)


def test_a_quote_reads_back_as_it_was() -> None:
    quote = make_quote()
    assert read_quote(sign_quote(quote)) == quote


def test_a_quote_expires() -> None:
    now = clock.now()
    quote = make_quote()
    token = sign_quote(quote)
    with clock.fixed(quote.expires_at - timedelta(microseconds=1)):
        assert read_quote(token).quote_id == quote.quote_id
    with clock.fixed(quote.expires_at), pytest.raises(QuoteExpired) as refusal:
        read_quote(token)
    assert refusal.value.details["quote_id"] == quote.quote_id
    assert quote.expires_at - now >= timedelta(minutes=15)


@given(st.data())
def test_no_changed_character_is_taken(data: st.DataObject) -> None:
    token = sign_quote(make_quote())
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("ABCxyz019-_=. 茶\x00").filter(lambda character: character != token[at]))
    with pytest.raises(BadQuote):
        read_quote(token[:at] + other + token[at + 1 :])


@pytest.mark.parametrize("token", ["", "A", "====", "x" * 200_000, "茶", sign_quote(make_quote()) + "A"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(BadQuote):
        read_quote(token)


def test_a_token_for_another_purpose_is_refused() -> None:
    payload = msgspec.msgpack.encode(make_quote())
    assert read_quote(signed.sign(payload, purpose=PURPOSE)).total_minor == 3998
    with pytest.raises(BadQuote):
        read_quote(signed.sign(payload, purpose="order stream 1"))


def test_a_token_of_an_older_version_is_refused_and_no_crash() -> None:
    with pytest.raises(BadQuote) as refusal:
        read_quote(signed.sign(b'{"quote_id": 1}', purpose=PURPOSE))
    assert refusal.value.details["reason"] == "of another version"


def test_the_payload_is_no_secret_but_the_key_is() -> None:
    raw = base64.urlsafe_b64decode(sign_quote(make_quote()) + "===")
    assert "茶杯".encode() in raw
    assert signed.sign(b"same", purpose="one") != signed.sign(b"same", purpose="two")


def test_a_stream_pass_opens_one_order_for_half_a_day() -> None:
    order_id = ids.new_id()
    token = stream_token(order_id)
    assert read_stream_token(token) == order_id
    with clock.fixed(clock.now() + STREAM_TTL), pytest.raises(OrderNotFound):
        read_stream_token(token)
    with pytest.raises(OrderNotFound):
        read_stream_token(("B" if token[0] == "A" else "A") + token[1:])
