from __future__ import annotations

from enum import StrEnum

import pytest

from quanshi.kernel.states import TransitionRefused, check_transition


class Lamp(StrEnum):
    OFF = "off"
    ON = "on"
    BROKEN = "broken"


TABLE = {
    Lamp.OFF: frozenset({Lamp.ON}),
    Lamp.ON: frozenset({Lamp.OFF, Lamp.BROKEN}),
    Lamp.BROKEN: frozenset[Lamp](),
}


@pytest.mark.parametrize("current", Lamp)
@pytest.mark.parametrize("wanted", Lamp)
def test_the_table_decides(current: Lamp, wanted: Lamp) -> None:
    if wanted in TABLE[current]:
        check_transition(TABLE, current=current, wanted=wanted)
        return
    with pytest.raises(TransitionRefused) as refusal:
        check_transition(TABLE, current=current, wanted=wanted)
    assert refusal.value.details == {"current": current.value, "wanted": wanted.value}
