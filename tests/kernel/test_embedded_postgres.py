"""The embedded server under rough treatment. As root each case runs for root and for a normal user."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from quanshi.kernel import embedded_postgres

CHILD = Path(__file__).parent / "programs" / "postgres_child.py"
UIDS = [0, pwd.getpwnam("nobody").pw_uid] if os.geteuid() == 0 else [os.geteuid()]


@pytest.fixture(params=UIDS, ids=lambda uid: pwd.getpwuid(uid).pw_name)
def uid(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def home(uid: int) -> Iterator[Path]:
    """A cold home; its server is stopped afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="quanshi-pg-"))
    folder.chmod(0o755)
    os.chown(folder, uid, -1)
    try:
        yield folder
    finally:
        call("stop", folder, uid)
        shutil.rmtree(folder)


def spawn(action: str, home: Path, uid: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, CHILD, action, home, str(uid)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def answer(child: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0, err
    return json.loads(out)  # type: ignore[no-any-return]


def call(action: str, home: Path, uid: int) -> dict[str, Any]:
    return answer(spawn(action, home, uid))


def sockets_of(home: Path, uid: int) -> Path:
    return home / "run" if uid else embedded_postgres.socket_dir(home)


def run_sql(home: Path, uid: int, query: str) -> list[Any]:
    with psycopg.connect(
        host=str(sockets_of(home, uid)), user="quanshi", dbname="quanshi", autocommit=True
    ) as database:
        cursor = database.execute(query)
        return cursor.fetchall() if cursor.description else []


def postmaster_pid(home: Path) -> int:
    return int((home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])


def kill_postmaster(home: Path) -> None:
    os.kill(postmaster_pid(home), signal.SIGKILL)


def test_six_racing_on_a_cold_folder_end_with_one_server(home: Path, uid: int) -> None:
    children = [spawn("start", home, uid) for _ in range(6)]
    answers = [answer(child) for child in children]
    assert [each["did"] for each in answers].count(True) == 1
    assert len({each["server"][0] for each in answers}) == 1, "they reached different servers"
    assert answers[0]["server"][1] == "on", "commits must be durable"


def test_a_killed_postmaster_comes_back_with_what_was_committed(home: Path, uid: int) -> None:
    call("start", home, uid)
    run_sql(home, uid, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    kill_postmaster(home)
    assert call("start", home, uid)["did"] is True
    assert run_sql(home, uid, "SELECT count(*), sum(n) FROM kept") == [(1000, 500500)]


def test_busy_backends_of_a_killed_postmaster_do_not_stop_the_next(home: Path, uid: int) -> None:
    call("start", home, uid)
    psql = [str(embedded_postgres.binaries() / "psql"), "-U", "quanshi", "-h", str(sockets_of(home, uid)), "-c", BUSY]
    busy = subprocess.Popen(psql, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not run_sql(home, uid, "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'DO %' AND state = 'active'"):
        time.sleep(0.05)
    kill_postmaster(home)
    assert call("start", home, uid)["did"] is True
    busy.wait(timeout=10)


BUSY = "DO $$ DECLARE busy int := 0; BEGIN LOOP busy := (busy + 1) % 7; END LOOP; END $$"


def test_a_pid_file_that_names_an_innocent_process_is_no_obstacle(home: Path, uid: int) -> None:
    call("start", home, uid)
    pid_file = home / "postgres" / "postmaster.pid"
    text = pid_file.read_text()
    call("stop", home, uid)
    innocent = subprocess.Popen(["/bin/sleep", "60"], user=(home / "postgres").stat().st_uid)
    try:
        pid_file.write_text(text.replace(text.split("\n", 1)[0], str(innocent.pid), 1))
        assert call("start", home, uid)["did"] is True
        assert innocent.poll() is None
    finally:
        innocent.kill()
        innocent.wait()


def test_a_killed_initdb_leaves_nothing_in_the_way(home: Path, uid: int) -> None:
    child = spawn("start", home, uid)
    while not list(home.glob("postgres.new-*")):
        time.sleep(0.001)
    child.kill()
    child.communicate()
    assert not (home / "postgres").exists(), "killed too late to show anything"
    assert call("start", home, uid)["did"] is True
    assert run_sql(home, uid, "SELECT 1") == [(1,)]


def test_stop_is_clean_and_says_whether_there_was_anything_to_stop(home: Path, uid: int) -> None:
    call("start", home, uid)
    assert call("stop", home, uid)["did"] is True
    assert call("stop", home, uid)["did"] is False
    assert "database system is shut down" in (home / "postgres" / "server.log").read_text()


def test_a_home_deleted_under_its_server_starts_afresh(home: Path, uid: int) -> None:
    call("start", home, uid)
    run_sql(home, uid, "CREATE TABLE gone ()")
    for path in home.iterdir():
        if path.name != "run":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert call("start", home, uid)["did"] is True
    assert run_sql(home, uid, "SELECT to_regclass('gone')") == [(None,)]


def test_nobody_else_can_reach_the_socket_or_the_data(home: Path, uid: int) -> None:
    call("start", home, uid)
    for folder in (sockets_of(home, uid), home / "postgres"):
        assert folder.stat().st_mode & 0o077 == 0
    assert run_sql(home, uid, "SHOW listen_addresses") == [("",)]
    assert run_sql(home, uid, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [(False,)]


def test_chinese_letters_are_letters_and_checksums_are_on(home: Path, uid: int) -> None:
    call("start", home, uid)
    assert run_sql(home, uid, "SELECT '茶' ~ '^[[:alpha:]]$', current_setting('data_checksums')") == [(True, "on")]


def test_a_home_too_long_for_a_socket_path_works(uid: int) -> None:
    outer = Path(tempfile.mkdtemp(prefix="quanshi-pg-"))
    os.chown(outer, uid, -1)
    outer.chmod(0o755)
    long_home = outer / ("long" * 30)
    try:
        assert call("start", long_home, uid)["did"] is True
    finally:
        call("stop", long_home, uid)
        shutil.rmtree(outer)


def test_a_home_closed_to_everybody_else_works(home: Path, uid: int) -> None:
    home.chmod(0o700)
    call("start", home, uid)
    place = (home / "postgres").resolve()
    assert (place.parent == home) == (uid != 0), "root's server runs as a user who cannot enter"
    call("stop", home, uid)
    assert call("start", home, uid)["did"] is True
    call("stop", home, uid)
    shutil.rmtree(place)
