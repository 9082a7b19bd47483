"""What other rooms' events mean here: parse, then one service call. config/wiring.py names them."""

from __future__ import annotations

from quanshi.accounts.events import PersonBlocked
from quanshi.tokens import services


def end_tokens(event: PersonBlocked) -> None:
    services.end_tokens_of(person_id=event.aggregate_id, operator_id=event.operator_id)
