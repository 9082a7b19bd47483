"""Jobs of the worker process: one that was killed in the middle of an import leaves nothing stuck."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from tests.start.test_up import eventually, processes_of
from tests.support.stack import CHECKOUT, Stack

OPEN = """
import django
django.setup()
from quanshi.accounts import services as accounts
from quanshi.accounts.types import Actor, ActorKind
from quanshi.shops import services as shops

owner = Actor(kind=ActorKind.PERSON, id=accounts.register(email="owner@shop.example", password="a long pass phrase"))
shops.open_shop(actor=owner, slug="tea", name="Tea")
"""
UPLOAD = """
import sys
import django
django.setup()
from django.core.files.base import ContentFile
from quanshi.accounts import selectors as accounts
from quanshi.accounts.types import Actor, ActorKind
from quanshi.shops import selectors as shops
from quanshi.interop import services

HEADER = "Handle,Title,Option1 Name,Option1 Value,Variant Inventory Qty,Variant Price\\n"
name = sys.argv[1]
rows = HEADER + f"{name},{name},Title,Default Title,3,5.00\\n"
shop = shops.shop_by_slug(slug="tea", locale="en")
owner = Actor(kind=ActorKind.PERSON, id=accounts.person_by_email(email="owner@shop.example"))
services.start_import(actor=owner, shop_id=shop.id, file=ContentFile(rows.encode(), name=f"{name}.csv"))
"""


@pytest.fixture
def stack() -> Iterator[Stack]:
    stack = Stack(demo=False)
    try:
        yield stack
    finally:
        stack.remove()


def test_a_worker_killed_in_the_middle_of_an_import_bars_no_other(stack: Stack) -> None:
    stack.start()
    with psycopg.connect(stack.database, autocommit=True) as connection:

        def jobs() -> list[tuple[str, int]]:
            rows = connection.execute("SELECT status, count(*) FROM procrastinate_jobs GROUP BY status ORDER BY status")
            return [(status, count) for status, count in rows]

        def run(script: str, *arguments: str) -> None:
            subprocess.run([sys.executable, "-c", script, *arguments], cwd=CHECKOUT, env=stack.environment, check=True)

        run(OPEN)
        with psycopg.connect(stack.database) as brake:
            brake.execute("LOCK TABLE catalog_product IN ACCESS EXCLUSIVE MODE")
            run(UPLOAD, "cup")
            assert eventually(lambda: jobs() == [("doing", 1)]), (jobs(), stack.log_tail())
            for pid in processes_of(stack, command="worker"):
                os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: jobs() == [], seconds=90), (jobs(), stack.log_tail())
        run(UPLOAD, "pot")
        assert eventually(lambda: jobs() == [], seconds=30), (jobs(), stack.log_tail())
        handles = connection.execute("SELECT handle FROM catalog_product ORDER BY handle").fetchall()
        levels = connection.execute("SELECT on_hand FROM stock_level").fetchall()
    assert handles == [("cup",), ("pot",)]
    assert levels == [(3,), (3,)]
    assert "was left by its worker and begins again" in stack.log_tail(lines=500)
