from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction

from quanshi.kernel import ids
from quanshi.kernel.errors import InvalidInput, InvariantBroken
from quanshi.kernel.idempotency import KeyReused, hash_of, record_answer, remember
from quanshi.kernel.models import IdempotencyKey
from tests.support.database import run_together

OPERATION = "try"


def test_equal_requests_hash_alike() -> None:
    order_id = ids.new_id()
    assert hash_of(order_id, {"a": 1, "b": (2,)}) == hash_of(order_id, {"b": [2], "a": 1})
    assert hash_of("ab", "c") != hash_of("a", "bc")
    assert len(hash_of()) == 32


@pytest.mark.django_db
def test_a_new_key_is_none_and_a_replay_is_the_answer() -> None:
    actor_id = ids.new_id()
    wish: dict[str, Any] = {"actor_id": actor_id, "operation": OPERATION, "key": "k"}

    assert remember(**wish, request_hash=hash_of(1)) is None
    record_answer(**wish, answer={"id": "x"})

    assert remember(**wish, request_hash=hash_of(1)) == {"id": "x"}
    with pytest.raises(KeyReused) as refusal:
        remember(**wish, request_hash=hash_of(2))
    assert refusal.value.details == {"operation": OPERATION, "key": "k"}


@pytest.mark.django_db
def test_keys_belong_to_one_actor_and_one_operation() -> None:
    one, other = ids.new_id(), ids.new_id()
    for actor_id, operation in ((one, "a"), (one, "b"), (other, "a")):
        assert remember(actor_id=actor_id, operation=operation, key="k", request_hash=hash_of(operation)) is None


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 65, "é", "a\nb"])
def test_a_key_that_cannot_be_one(key: str) -> None:
    with pytest.raises(InvalidInput):
        remember(actor_id=ids.new_id(), operation=OPERATION, key=key, request_hash=hash_of())


@pytest.mark.django_db
def test_an_answer_is_stored_once_and_only_for_a_claimed_key() -> None:
    wish: dict[str, Any] = {"actor_id": ids.new_id(), "operation": OPERATION, "key": "k"}
    with pytest.raises(InvariantBroken):
        record_answer(**wish, answer="early")
    remember(**wish, request_hash=hash_of())
    with pytest.raises(InvariantBroken):
        record_answer(**wish, answer=None)
    record_answer(**wish, answer="first")
    with pytest.raises(InvariantBroken):
        record_answer(**wish, answer="second")
    assert IdempotencyKey.objects.get().answer == "first"


@pytest.mark.usefixtures("committed_db")
def test_outside_a_transaction_a_key_is_refused() -> None:
    with pytest.raises(InvariantBroken):
        remember(actor_id=ids.new_id(), operation=OPERATION, key="k", request_hash=hash_of())


@pytest.mark.usefixtures("committed_db")
def test_of_many_at_once_one_does_it_and_all_hear_the_answer() -> None:
    wish: dict[str, Any] = {"actor_id": ids.new_id(), "operation": OPERATION, "key": "k"}

    def act() -> str:
        with transaction.atomic():
            known = remember(**wish, request_hash=hash_of())
            if known is not None:
                return f"replay of {known}"
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid(), pg_sleep(0.1)")
                (pid, _) = cursor.fetchone()
            record_answer(**wish, answer=pid)
            return "done"

    outcomes = run_together(*[act] * 4)

    (stored,) = IdempotencyKey.objects.values_list("answer", flat=True)
    assert sorted(map(str, outcomes)) == ["done", *[f"replay of {stored}"] * 3]
