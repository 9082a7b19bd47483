"""Chromium, as Debian packages it, against the live stack."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.pages import Camera

OWN_DOMAINS = "journeys.shop"  # shops of the journeys have domains below this one
# quiet: a test browser has nobody to call
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    f"--host-resolver-rules=MAP *.{OWN_DOMAINS} 127.0.0.1",
]


def chromium() -> str:
    """Where the browser is."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "the journeys need Chromium: apt-get install chromium fonts-noto-cjk"
    return found


@pytest.fixture(scope="module")  # Playwright runs an event loop in this thread, beside which Django refuses its ORM
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def camera(request: pytest.FixtureRequest, tmp_path: Path) -> Camera:
    """Pictures go to JOURNEY_PICTURES where it is set, else where pytest keeps the test's files."""
    folder = Path(os.environ.get("JOURNEY_PICTURES") or tmp_path) / request.node.name
    folder.mkdir(parents=True, exist_ok=True)
    return Camera(folder)
