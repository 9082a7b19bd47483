from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

from quanshi.kernel import clock, ids


def test_ids_are_version_seven_and_stand_in_the_order_they_were_made() -> None:
    made = [ids.new_id() for _ in range(2000)]
    assert {each.version for each in made} == {7}
    assert len(set(made)) == len(made)
    assert made == sorted(made)


def test_an_id_begins_with_its_millisecond() -> None:
    before = int(datetime.now(UTC).timestamp() * 1000)
    stamp = ids.new_id().int >> 80
    assert before <= stamp <= int(datetime.now(UTC).timestamp() * 1000) + 1


def test_the_first_id_of_a_moment_parts_older_ids_from_younger() -> None:
    before = ids.new_id()
    now = clock.now() + timedelta(milliseconds=1)
    first = ids.first_id_at(now)
    assert first.version == 7
    assert ids.first_id_at(now - timedelta(seconds=2)) < before < first < ids.first_id_at(now + timedelta(seconds=1))
    time.sleep(0.003)
    assert first < ids.new_id()


def test_the_clock_tells_utc_and_moves() -> None:
    first = clock.now()
    assert first.tzinfo is UTC
    assert abs(datetime.now(UTC) - first) < timedelta(seconds=5)
    assert clock.now() >= first


def test_a_held_clock_stands_and_is_let_go() -> None:
    noon = datetime(2026, 1, 1, 20, tzinfo=timezone(timedelta(hours=8)))
    later = noon + timedelta(days=1)
    with clock.fixed(noon):
        assert clock.now() == clock.now() == noon
        assert clock.now().tzinfo is UTC
        with clock.fixed(later):
            assert clock.now() == later
        assert clock.now() == noon
    assert clock.now() > later or clock.now() < noon
