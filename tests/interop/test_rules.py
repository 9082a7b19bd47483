"""How messages are signed and when they are tried again."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from quanshi.interop import rules
from quanshi.kernel import ids

KEYS = st.binary(min_size=24, max_size=64)


@given(key=KEYS, other=KEYS, text=st.text())
def test_anybodys_library_knows_our_signature(key: bytes, other: bytes, text: str) -> None:
    now = datetime.now(UTC)
    body = rules.body_of(event_type="order.paid", shop_id=ids.new_id(), at=now, data={"memo": text})
    headers = rules.headers_of(message_id="msg_1", at=now, body=body, keys=[other, key])
    assert Webhook(rules.written(key)).verify(body, headers)["data"]["memo"] == text
    assert Webhook(rules.written(other)).verify(body, headers)
    stranger = bytes(byte ^ 1 for byte in key)
    for secret, said, sent in (
        (stranger if stranger != other else key + b"x", body, headers),
        (key, body + " ", headers),
        (key, body, {**headers, "webhook-id": "msg_2"}),
        (key, body, {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(rules.written(secret)).verify(said, sent)


def test_a_secret_is_written_as_the_specification_says() -> None:
    text = rules.written(b"k" * 32)
    assert text.startswith("whsec_")
    assert base64.b64decode(text.removeprefix("whsec_")) == b"k" * 32


@given(dice=st.floats(0, 1), tries=st.integers(1, 30), asked=st.none() | st.integers(0, 10**9))
def test_tries_get_rarer_and_end(dice: float, tries: int, asked: int | None) -> None:
    wait = rules.wait_before_next(tries=tries, dice=dice, retry_after_seconds=asked)
    if tries >= 10:
        assert wait is None
        return
    assert wait is not None
    planned = rules.WAITS_SECONDS[tries - 1]
    assert wait.total_seconds() >= min(asked or 0, 86_400)
    assert 0.8 * planned <= wait.total_seconds() <= max(1.2 * planned, min(asked or 0, 86_400)) + 1e-3


def test_the_last_try_is_more_than_three_days_after_the_first() -> None:
    waits = [rules.wait_before_next(tries=n, dice=0.5, retry_after_seconds=None) for n in range(1, 10)]
    assert timedelta(days=3) < sum((wait for wait in waits if wait), timedelta()) < timedelta(days=4)
