"""What is counted, what the figures from the database cost, and that an operator can read what each means."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.registry import REGISTRY

from quanshi.edge import metrics
from quanshi.interop.uploads import IMPORT_TASK
from quanshi.kernel import clock, sweeps
from quanshi.kernel.jobs import defer
from quanshi.kernel.sweeps import Pass

pytestmark = pytest.mark.usefixtures("committed_db")
OPERATE = Path(__file__).resolve().parents[2] / "docs" / "operate.md"


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def test_no_figure_reads_a_whole_table() -> None:
    """Asked every few seconds of tables that only grow. Without sequential scans, only what has no index uses one."""
    asked: list[tuple[str, Any]] = []

    def remember(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(remember):
        metrics._facts()
    assert len(asked) > 5
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql, params in asked:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
            (answer,) = cursor.fetchone()
            found = answer if isinstance(answer, list) else json.loads(answer)
            scanned = [node["Relation Name"] for node in nodes(found[0]["Plan"]) if node["Node Type"] == "Seq Scan"]
            assert scanned == [], sql


def test_sweeps_and_jobs_are_told() -> None:
    now = clock.now()
    sweeps.note([Pass("stock: release expired", now, now)])
    defer(IMPORT_TASK, person_id="", shop_id="", upload="", filename="goods.csv")
    told = metrics._facts()
    succeeded = told.get_sample_value(
        "quanshi_sweep_last_success_timestamp_seconds", {"sweep": "stock: release expired"}
    )
    assert succeeded == pytest.approx(now.timestamp())
    assert told.get_sample_value("quanshi_sweep_late_seconds", {"sweep": "stock: release expired"}) is not None
    assert told.get_sample_value("quanshi_jobs", {"job": IMPORT_TASK, "state": "waiting"}) == 1
    assert told.get_sample_value("quanshi_seal_lag_seconds") == 0


def test_every_figure_has_its_meaning_in_the_handbook() -> None:
    text = OPERATE.read_text()
    families = [*metrics._facts().collect(), *REGISTRY.collect()]
    names = {family.name for family in families if family.name.startswith("quanshi_")}
    assert len(names) > 8
    assert {name for name in names if f"`{name}" not in text} == set()


@given(st.lists(st.sampled_from([0.0, 0.005, 0.01, 0.015, 0.02, 0.25, 0.5, 0.75, 4.0]), max_size=20))
def test_many_at_once_are_counted_as_one_by_one(amounts: list[float]) -> None:
    def told(histogram: type[Histogram]) -> tuple[Histogram, CollectorRegistry]:
        registry = CollectorRegistry()
        return histogram("seconds", "Seconds.", buckets=(0.01, 0.02, 0.5), registry=registry), registry

    (one_by_one, one), (at_once, many) = told(Histogram), told(metrics.ManyAtOnce)
    for amount in amounts:
        one_by_one.observe(amount)
    assert isinstance(at_once, metrics.ManyAtOnce)
    at_once.observe_all(amounts)

    for name in ("seconds_bucket", "seconds_sum", "seconds_count"):
        for limit in ("0.01", "0.02", "0.5", "+Inf"):
            labels = {"le": limit} if name == "seconds_bucket" else {}
            assert many.get_sample_value(name, labels) == one.get_sample_value(name, labels)
