from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import pytest
from pytest_django import Settings

from tests.support.alipay_peer import AlipayPeer
from tests.support.peer import Peer
from tests.support.sandbox import Sandbox, sandbox_in_process
from tests.support.stripe_peer import StripePeer
from tests.support.wechat_peer import WechatPeer

Kind = TypeVar("Kind", bound=Peer)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with sandbox_in_process() as ready:
        yield ready


@pytest.fixture
def wechat(settings: Settings) -> Iterator[WechatPeer]:
    yield from _connected(WechatPeer(), settings)


@pytest.fixture
def alipay(settings: Settings) -> Iterator[AlipayPeer]:
    yield from _connected(AlipayPeer(), settings)


@pytest.fixture
def stripe(settings: Settings) -> Iterator[StripePeer]:
    yield from _connected(StripePeer(), settings)


@pytest.fixture(params=[WechatPeer, AlipayPeer, StripePeer], ids=["wechat", "alipay", "stripe"])
def peer(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Peer]:
    """Each real provider in turn."""
    yield from _connected(request.param(), settings)


@pytest.fixture(params=[WechatPeer, StripePeer], ids=["wechat", "stripe"])
def called_peer(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Peer]:
    """Each provider that is called to start a payment; Alipay takes a signed redirect."""
    yield from _connected(request.param(), settings)


def _connected(peer: Kind, settings: Settings) -> Iterator[Kind]:
    settings.PAYMENT_ACCOUNTS = {peer.name: peer.account}
    try:
        yield peer
    finally:
        peer.stop()
