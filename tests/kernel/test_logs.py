from __future__ import annotations

import json
import logging
import sys
from dataclasses import dataclass

import pytest
from django.db import transaction

from quanshi.kernel import ids, logs, outbox, relay
from quanshi.kernel.models import OutboxEvent
from quanshi.kernel.outbox import Event, register_event


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class Logged(Event):
    """Something that happened."""


def line(**fields: object) -> dict[str, object]:
    told: dict[str, object] = json.loads(logs.JsonLines().format(logging.makeLogRecord({"msg": "m", **fields})))
    return told


def test_a_record_is_one_line_with_its_extras_and_its_request() -> None:
    with logs.working_for("request-1"):
        told = line(msg="第一行\n%s", args=("second",), shop=ids.new_id(), count=3)
    assert (told["message"], told["count"], told["request_id"]) == ("第一行\nsecond", 3, "request-1")
    assert isinstance(told["shop"], str)
    assert "request_id" not in line()


def test_what_is_no_text_is_told_all_the_same() -> None:
    assert line(odd="half \ud800", when=object)["when"] == str(object)


def test_an_exception_is_told_whole() -> None:
    try:
        int("no\nway")
    except ValueError:
        told = line(exc_info=sys.exc_info())
    assert str(told["exception"]).startswith("Traceback")


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with space", "a\nb-forged-line", "人人人人人人人人"])
def test_an_id_that_is_no_plain_word_is_not_taken(given: str) -> None:
    assert logs.WELL_FORMED.fullmatch(logs.accept_request_id(given))
    assert logs.accept_request_id(given) != given


def test_a_plain_id_is_taken() -> None:
    assert logs.accept_request_id("abc-DEF_1.2") == "abc-DEF_1.2"


@pytest.mark.django_db
def test_an_event_carries_its_request_to_the_handler_and_the_worker_s_log(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []
    ids_told: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            ids_told.append(logs.request_id())

    before, keep = dict(relay._handlers), Keep()
    relay.register_handlers({Logged: [lambda _: seen.append(logs.request_id())]})
    relay.logger.addHandler(keep)
    try:
        for request in ("request-1", "", "request-2"):
            with logs.working_for(request), transaction.atomic():
                outbox.emit(Logged(aggregate_id=ids.new_id()))
        with caplog.at_level(logging.INFO, logger=relay.logger.name):
            assert relay.drain() == 3
    finally:
        relay.logger.removeHandler(keep)
        relay._handlers.clear()
        relay._handlers.update(before)
    assert sorted(seen) == sorted(ids_told) == ["", "request-1", "request-2"]
    assert set(OutboxEvent.objects.values_list("request_id", flat=True)) == {"", "request-1", "request-2"}
    assert logs.request_id() == ""
