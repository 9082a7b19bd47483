"""One starter of the embedded server in a process of its own: `postgres_child.py ACTION HOME UID`, answers in JSON.

With another UID it loads everything first and then becomes that user, who may not be able to read the checkout.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import psycopg

from quanshi.kernel import embedded_postgres


def main(action: str, home: Path, uid: int) -> None:
    if uid != os.geteuid():
        become(uid)
    answer: dict[str, object] = {"did": getattr(embedded_postgres, action)(home)}
    if action == "start":
        with psycopg.connect(
            host=str(embedded_postgres.socket_dir(home)), user="quanshi", dbname="quanshi"
        ) as database:
            row = database.execute("SELECT pg_postmaster_start_time()::text, current_setting('fsync')").fetchone()
        answer["server"] = row
    sys.stdout.write(json.dumps(answer))


def become(uid: int) -> None:
    programs = embedded_postgres._programs(embedded_postgres._User(uid, uid))  # root's own way out of a closed checkout
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
    os.environ["HOME"] = "/nonexistent"
    embedded_postgres.binaries = lambda: programs


main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
