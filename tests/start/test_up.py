"""`quanshi up`: one command, any killed part, two side by side."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.support.stack import METRICS_TOKEN, Stack


@pytest.fixture
def stack() -> Iterator[Stack]:
    stack = Stack(demo=False)
    try:
        yield stack
    finally:
        stack.remove()


def processes_of(stack: Stack, *, command: str) -> list[int]:
    """Oldest first."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            is_ours = f"QUANSHI_HOME={stack.home}".encode() in (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if is_ours and command.encode() in words:
            found.append(int(entry.name))
    return sorted(found)


def eventually(what: Callable[[], bool], *, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def test_it_stops_cleanly_and_starts_again_without_migrating(stack: Stack) -> None:
    stack.start()
    stack.stop()
    assert stack.process is not None
    assert stack.process.returncode == 0, stack.log_tail()
    stack.start()
    assert "tables are up to date" not in stack.log_tail().split("stopped")[-1], "it migrated without need"
    stack.stop()
    for command in ("up", "serve", "worker"):
        assert processes_of(stack, command=command) == []
    assert "Traceback" not in stack.log_tail(lines=500)


def test_a_killed_part_comes_back(stack: Stack) -> None:
    stack.start()
    for command in ("worker", "serve"):
        before = set(processes_of(stack, command=command))
        for pid in before:
            os.kill(pid, signal.SIGKILL)

        def is_back(command: str = command, before: set[int] = before) -> bool:
            return bool(set(processes_of(stack, command=command)) - before)

        assert eventually(is_back), stack.log_tail()
    assert eventually(stack.answers), stack.log_tail()


def test_a_killed_supervisor_takes_its_children_along_and_the_next_start_works(stack: Stack) -> None:
    stack.start()
    assert stack.process is not None
    children = {*processes_of(stack, command="serve"), *processes_of(stack, command="worker")}
    stack.process.kill()
    stack.process.wait()
    stack.start()

    def are_gone() -> bool:
        return children.isdisjoint(processes_of(stack, command="serve") + processes_of(stack, command="worker"))

    assert eventually(are_gone), "children of the killed one still run"
    assert stack.answers()


def test_a_killed_embedded_database_comes_back() -> None:
    stack = Stack(demo=False, server_url="")
    try:
        stack.start()
        os.kill(int((stack.home / "postgres" / "postmaster.pid").read_text().split("\n")[0]), signal.SIGKILL)
        assert eventually(lambda: not stack.answers())
        assert eventually(stack.answers, seconds=40), stack.log_tail()
    finally:
        stack.remove()


def test_a_restart_of_the_database_costs_nobody_a_page(stack: Stack) -> None:
    stack.start()
    with ThreadPoolExecutor(8) as people:  # as many connections as come together are kept

        def look(_: int) -> int:
            return httpx.get(stack.url, timeout=30).status_code

        assert set(people.map(look, range(32))) == {200}, stack.log_tail()
        with psycopg.connect(stack.database, autocommit=True) as connection:
            others = (
                "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend'"  # an autovacuum worker is nobody's connection, nor ours to end
            )
            before = connection.execute(f"SELECT pid, pg_terminate_backend(pid) {others}").fetchall()
            left = [pid for pid, _ in before]
            assert eventually(lambda: not connection.execute(f"SELECT {others} AND pid = ANY(%s)", [left]).fetchall())
        assert set(people.map(look, range(32))) == {200}, stack.log_tail()


@pytest.mark.timeout(300)  # two of them come up and go down again
def test_two_installations_stand_side_by_side_and_one_home_is_up_once(stack: Stack) -> None:
    other = Stack(demo=False)
    try:
        stack.start()
        other.start()
        refused = stack.run("up", check=False)
        assert refused.returncode == 1
        assert "already up" in refused.stderr
        assert stack.url in refused.stderr
        other.stop()
        assert stack.answers()
    finally:
        other.remove()


def test_a_taken_port_is_named(stack: Stack) -> None:
    with socket.create_server(("127.0.0.1", stack.port)):
        refused = stack.run("up", check=False)
    assert refused.returncode == 1
    assert f"port {stack.port} is in use" in refused.stderr
    assert "QUANSHI_PORT=" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_nonsense_in_the_environment_is_named(stack: Stack) -> None:
    stack.environment["QUANSHI_DEMO"] = "maybe"
    refused = stack.run("up", check=False)
    assert refused.returncode == 1
    assert refused.stderr.strip() == "quanshi: QUANSHI_DEMO='maybe'; write 0 or 1"
    stack.environment["QUANSHI_DEMO"] = "0"


def test_pages_files_and_health_share_one_port(live_stack: Stack) -> None:
    (live_stack.home / "media").mkdir(exist_ok=True)
    (live_stack.home / "media" / "drawn.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>")
    picture = httpx.get(f"{live_stack.url}/media/drawn.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in picture.headers["content-security-policy"]
    assert httpx.get(f"{live_stack.url}/media/../secret").status_code == 404
    assert httpx.get(f"{live_stack.url}/media/{'a' * 300}").status_code == 404
    page = httpx.get(live_stack.url, headers={"Accept-Language": "en"})
    assert page.status_code == 200, live_stack.log_tail()
    assert (
        httpx.get(f"{live_stack.url}/healthz").json()
        == httpx.get(f"{live_stack.url}/readyz").json()
        == {"status": "ok"}
    )


def test_metrics_and_logs_follow_a_request(live_stack: Stack) -> None:
    page = httpx.get(live_stack.url, headers={"X-Request-Id": "my-request-1"})
    assert page.headers.get_list("x-request-id") == ["my-request-1"]
    (asked,) = live_stack.told(request_id="my-request-1")
    assert (asked["message"], asked["path"], asked["status"]) == ("request", "/", 200)

    metrics = httpx.get(f"{live_stack.url}/metrics")
    assert "quanshi_outbox_lag_seconds" in metrics.text
    assert "quanshi_placement_queue_length" in metrics.text  # of the processes of the web server together
    forwarded = {"X-Forwarded-For": "127.0.0.1"}
    assert httpx.get(f"{live_stack.url}/metrics", headers=forwarded).status_code == 403
    forwarded["Authorization"] = f"Bearer {METRICS_TOKEN}"
    assert httpx.get(f"{live_stack.url}/metrics", headers=forwarded).status_code == 200
    forwarded["Authorization"] = f"Bearer {METRICS_TOKEN[:-1]}"
    assert httpx.get(f"{live_stack.url}/metrics", headers=forwarded).status_code == 403
