from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.sandbox import Sandbox, sandbox_in_process


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with sandbox_in_process() as ready:
        yield ready
