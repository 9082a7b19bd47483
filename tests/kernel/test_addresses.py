from __future__ import annotations

import pytest

from quanshi.kernel.addresses import client_network


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "proxies", "expected"),
    [
        ("10.0.0.1", "6.6.6.6", 0, "10.0.0.1"),  # nobody stands before us: the header is the client's own invention
        ("10.0.0.1", "6.6.6.6, 203.0.113.7", 1, "203.0.113.7"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.7, 10.0.0.2", 2, "203.0.113.7"),
        ("10.0.0.1", "", 2, "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "", 0, "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "", 0, "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "", 0, "203.0.113.7"),
        ("", "", 0, ""),
    ],
)
def test_the_client_is_who_our_own_proxy_saw(peer: str, forwarded_for: str, proxies: int, expected: str) -> None:
    assert client_network(peer=peer, forwarded_for=forwarded_for, proxies=proxies) == expected
