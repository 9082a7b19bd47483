"""Web processes and the cores that they keep to."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from quanshi.config import cores


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The cores that were kept to, on a machine of two that this process may use; what it held is let go afterwards."""
    found: list[int] = []
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {6, 4})
    monkeypatch.setattr(os, "sched_setaffinity", lambda _pid, mask: found.extend(mask))
    monkeypatch.setattr(os, "sched_setscheduler", lambda *_: None)
    monkeypatch.setattr(cores, "_slots", [])
    yield found
    for slot in cores._slots:
        slot.close()


def test_siblings_keep_to_cores_of_their_own(kept: list[int]) -> None:
    assert [cores.keep_to_one(processes=2) for _ in range(3)] == [4, 6, None]  # the third replaces one that still ends
    assert kept == [4, 6]
    cores._slots.pop(0).close()  # the first has ended
    assert cores.keep_to_one(processes=2) == 4


@pytest.mark.parametrize("processes", [1, 3])
def test_with_more_or_fewer_cores_they_are_free_to_move(kept: list[int], processes: int) -> None:
    assert cores.keep_to_one(processes=processes) is None
    assert kept == []


def test_other_systems_are_left_alone(kept: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_setaffinity")
    monkeypatch.delattr(os, "sched_getaffinity")
    assert cores.keep_to_one(processes=2) is None


def test_other_installations_have_slots_of_their_own(kept: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    assert cores.keep_to_one(processes=2) == 4
    monkeypatch.setattr(os, "getppid", lambda: -os.getpid())
    assert cores.keep_to_one(processes=2) == 4


def test_its_threads_take_turns() -> None:
    """In a process of its own: it would stay with this one and whatever it starts."""
    keeps = "from quanshi.config import cores; cores.keep_to_one(processes=len(os.sched_getaffinity(0)))"
    begin = "import os, threading; "
    seen = "; threading.Thread(target=lambda: print(os.sched_getscheduler(0) == os.SCHED_BATCH)).start()"
    command = [sys.executable, "-c", begin + keeps + seen]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "True\n"


def test_a_way_of_turns_that_was_chosen_is_kept(kept: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[int] = []
    monkeypatch.setattr(os, "sched_getscheduler", lambda _pid: os.SCHED_IDLE)
    monkeypatch.setattr(os, "sched_setscheduler", lambda _pid, policy, _: chosen.append(policy))
    assert cores.keep_to_one(processes=2) == 4
    assert chosen == []


@pytest.mark.parametrize("refusal", [PermissionError(), OSError(errno.EINVAL, ""), OSError(errno.ENOSYS, "")])
def test_where_turns_may_not_be_chosen_a_core_is_kept_all_the_same(
    kept: list[int], monkeypatch: pytest.MonkeyPatch, refusal: OSError
) -> None:
    def refuse(*_: object) -> None:
        raise refusal

    monkeypatch.setattr(os, "sched_getscheduler", lambda _pid: os.SCHED_OTHER)
    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    assert cores.keep_to_one(processes=2) == 4
    assert kept == [4]
