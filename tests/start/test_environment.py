"""What the environment may say, and what stands where it says nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from quanshi.config import environment


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    for name in ("PORT", "BIND", "BASE_URL", "HOSTS", "DEMO", "SANDBOX_GATEWAY", "SECRET", "LOG"):
        monkeypatch.delenv(f"QUANSHI_{name}", raising=False)
    monkeypatch.setenv("QUANSHI_HOME", str(tmp_path / "home"))
    return monkeypatch


@pytest.mark.parametrize(
    ("cores", "workers", "expected"),
    [(1, None, (1, 1)), (2, None, (2, 1)), (8, None, (2, 4)), (2, "1", (1, 2)), (4, "8", (8, 1)), (64, None, (2, 4))],
)
def test_the_web_servers_processes_share_the_cores_among_their_lanes(
    clean: pytest.MonkeyPatch, cores: int, workers: str | None, expected: tuple[int, int]
) -> None:
    clean.setattr(os, "cpu_count", lambda: cores)
    clean.setenv("QUANSHI_WORKERS", workers or "0")
    env = environment.read()
    assert (env.workers, env.lanes) == expected


@pytest.mark.parametrize(
    ("names", "is_for_trying"),
    [
        ({}, True),
        ({"QUANSHI_BASE_URL": "http://localhost:9000"}, True),
        ({"QUANSHI_BASE_URL": "https://shop.example.com"}, False),
        ({"QUANSHI_BIND": "0.0.0.0"}, False),  # noqa: S104 - what an operator would write
    ],
)
def test_demo_and_simulated_money_stay_on_this_machine(
    clean: pytest.MonkeyPatch,
    names: dict[str, str],
    is_for_trying: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    for name, value in names.items():
        clean.setenv(name, value)
    env = environment.read()
    assert (env.demo, env.sandbox_gateway) == (is_for_trying, is_for_trying)
    clean.setenv("QUANSHI_DEMO", "1")
    clean.setenv("QUANSHI_SANDBOX_GATEWAY", "0")
    env = environment.read()
    assert (env.demo, env.sandbox_gateway) == (True, False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QUANSHI_PORT", "0"),
        ("QUANSHI_PORT", "http"),
        ("QUANSHI_DEMO", "no"),
        ("QUANSHI_WORKERS", "-1"),
        ("QUANSHI_LOG", "terminal"),
        ("QUANSHI_BASE_URL", "shop.example.com"),
        ("DATABASE_URL", "mysql://localhost/quanshi"),
    ],
)
def test_nonsense_stops_the_start_with_its_name(clean: pytest.MonkeyPatch, name: str, value: str) -> None:
    clean.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=name):
        environment.read()


def test_the_secret_is_made_once_and_is_private(clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = environment.read().secret
    assert environment.read().secret == first
    assert len(first) >= 48
    assert (tmp_path / "home" / "secret").stat().st_mode & 0o077 == 0
