"""The documentation's example runs as it stands, and edge keeps its promise, both on a real installation."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from hypothesis import HealthCheck, given, settings

from tests.support.contract import CHECKS, EDGE, operations
from tests.support.stack import CHECKOUT, Stack

MAKE_TOKEN = """
from quanshi.accounts import services as accounts
from quanshi.accounts.types import Actor, ActorKind
from quanshi.tokens import services as tokens
from quanshi.tokens.types import PERSONAL_SCOPES
person = accounts.register(email="example@example.com", password="correct horse battery")
actor = Actor(kind=ActorKind.PERSON, id=person)
print(tokens.make_token(actor=actor, name="example", scopes=PERSONAL_SCOPES, valid_days=1).secret)
"""


def test_the_example_of_the_documentation_runs(live_stack: Stack) -> None:
    token = live_stack.run("manage", "shell", "--no-imports", "-c", MAKE_TOKEN).stdout.split()[-1]
    done = subprocess.run(
        [sys.executable, str(CHECKOUT / "docs" / "api" / "example.py"), live_stack.url, token],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr + live_stack.log_tail()
    steps = [line.split()[0] for line in done.stdout.splitlines()]
    assert steps == ["shop", "product", "webhook", "order", "heard", "shipped"]


def test_edge_keeps_its_promise(live_stack: Stack) -> None:
    operation = operations()[EDGE]
    statuses = set()

    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def one(case: Any) -> None:
        response = case.call(base_url=live_stack.url)
        statuses.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    one()
    assert statuses & {400, 422}
