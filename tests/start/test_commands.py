"""The console script: help at once, and a database that is there while it is used."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from quanshi.config import cli
from tests.support.stack import Stack


@pytest.fixture
def embedded() -> Iterator[Stack]:
    stack = Stack(demo=False, server_url="")
    try:
        yield stack
    finally:
        stack.remove()


def test_help_names_every_command_with_a_line_and_imports_none() -> None:
    said = CliRunner().invoke(cli.quanshi, ["--help"]).output
    for path in cli.FOLDER.glob("[a-z]*.py"):
        name = path.stem.rstrip("_").replace("_", "-")
        assert any(line.strip().startswith(name) and len(line.split()) > 3 for line in said.splitlines()), name


def test_every_command_has_help_of_its_own() -> None:
    for name in cli.quanshi.list_commands(click.Context(cli.quanshi)):
        if name != "manage":  # Django's own
            done = CliRunner().invoke(cli.quanshi, [name, "--help"])
            assert done.exit_code == 0, (name, done.output, done.exception)
            assert "Usage:" in done.output


def test_an_unknown_command_is_refused() -> None:
    assert CliRunner().invoke(cli.quanshi, ["fly"]).exit_code == 2


def test_a_command_starts_the_database_and_stops_it_after_use(embedded: Stack) -> None:
    assert "migrated" in embedded.run("prepare").stdout
    assert embedded.run("pg", "status", check=False).returncode == 1
    assert "nothing to migrate" in embedded.run("prepare").stdout


def test_a_database_started_by_hand_stays(embedded: Stack) -> None:
    embedded.run("pg", "start")
    embedded.run("manage", "check")
    assert embedded.run("pg", "status").stdout.startswith("running")
    assert "1 row" in embedded.run("pg", "run", "psql", "-c", "SELECT 1 AS one").stdout
    assert embedded.run("pg", "stop").stdout == "stopped\n"
    assert embedded.run("pg", "stop").stdout == "was not running\n"


def test_a_database_that_does_not_answer_is_named(embedded: Stack) -> None:
    embedded.environment["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/nothing"
    done = embedded.run("prepare", check=False)
    del embedded.environment["DATABASE_URL"]
    assert done.returncode == 1
    assert done.stderr.splitlines()[-2].startswith("quanshi: the database named by DATABASE_URL does not answer")
    assert "Traceback" not in done.stderr
