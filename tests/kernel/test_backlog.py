"""More events than one pass of the relay looks at."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import pytest
from django.db import transaction

from quanshi.kernel import ids, outbox, relay
from quanshi.kernel.outbox import Event, register_event


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class Frequent(Event):
    pass


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class Rare(Event):
    pass


@pytest.mark.usefixtures("committed_db")
def test_a_long_backlog_of_one_type_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[UUID] = []
    monkeypatch.setattr(relay, "DUE_MOST", 2)
    monkeypatch.setattr(relay, "_handlers", {})
    relay.register_handlers({Frequent: [lambda _: None], Rare: [lambda event: heard.append(event.aggregate_id)]})
    late = ids.new_id()
    with transaction.atomic():
        outbox.emit_many([*(Frequent(aggregate_id=ids.new_id()) for _ in range(3)), Rare(aggregate_id=late)])
    relay.relay_once()
    assert heard == [late]
