from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.edge_server import Edge, running_edge


@pytest.fixture(scope="session")
def edges(django_db_setup: None) -> Iterator[tuple[Edge, Edge]]:
    """Two edge processes on one database. They start once: a test leaves nothing in them."""
    with running_edge() as first, running_edge() as second:
        yield first, second


@pytest.fixture
def edge(edges: tuple[Edge, Edge]) -> Edge:
    return edges[0]
