"""Races for the last unit, over HTTP, against two processes."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from uuid import UUID

import pytest
from django.db import connection, transaction

from quanshi.accounts.types import SYSTEM
from quanshi.kernel import ids
from quanshi.orders.models import Order
from quanshi.shops.types import ShopView
from quanshi.stock import selectors, services
from quanshi.stock.models import Level
from tests.support.edge_server import Edge
from tests.support.factories import make_shop, make_variants
from tests.support.rush import Answer, Wish, lines_of, make_quote, send_all
from tests.support.verdict import check_answers
from tests.support.waiting import is_edge_waiting, wait_until

DICE = random.Random()  # noqa: S311 - a dice for tests
pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def ports(edges: tuple[Edge, Edge]) -> list[int]:
    return [edge.port for edge in edges]


def stocked(shop: ShopView, *quantities: int) -> list[UUID]:
    """As many variants as quantities, each with so many units in one place."""
    variants = make_variants(shop=shop, count=len(quantities))
    services.place_opening_stock(actor=SYSTEM, shop_id=shop.id, quantities=list(zip(variants, quantities, strict=True)))
    return variants


def statuses(answers: list[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def test_five_hundred_units_two_thousand_buyers_each_asking_twice(ports: list[int]) -> None:
    shop = make_shop()
    (variant_id,) = stocked(shop, 500)
    buyers = [Wish(make_quote(shop, [(variant_id, 1)]), key=f"key-{n}") for n in range(2000)]
    wishes = buyers * 2
    DICE.shuffle(wishes)

    answers = send_all(wishes, ports)

    assert len(check_answers(answers)) == 500
    assert statuses(answers) == {201: 500, 200: 500, 409: 3000}
    assert selectors.available(variant_ids=[variant_id]) == {variant_id: 0}


def test_one_buyer_who_asks_for_all_of_it_at_once_holds_five_orders(ports: list[int]) -> None:
    shop = make_shop()
    (variant_id,) = stocked(shop, 70)
    greedy, patient = ids.new_id(), [ids.new_id() for _ in range(20)]
    wishes = [Wish(make_quote(shop, [(variant_id, 2)], buyer_id=buyer)) for buyer in [greedy] * 40 + patient]
    DICE.shuffle(wishes)

    answers = send_all(wishes, ports)

    assert len(check_answers(answers)) == 25
    assert statuses(answers) == {201: 25, 429: 35}
    assert Order.objects.filter(buyer_id=greedy).count() == 5


def test_orders_of_many_lines_in_opposite_order_all_come_through(ports: list[int]) -> None:
    shop = make_shop()
    variants = stocked(shop, *[1000] * 6)
    wishes = []
    for n in range(300):
        chosen = DICE.sample(variants, 4)
        wishes.append(Wish(make_quote(shop, [(variant_id, 1) for variant_id in (chosen, chosen[::-1])[n % 2]])))

    answers = send_all(wishes, ports)

    assert len(check_answers(answers)) == 300
    assert statuses(answers) == {201: 300}


def test_mixed_quantities_sell_out_to_what_nobody_left_can_use(ports: list[int]) -> None:
    shop = make_shop()
    variants = stocked(shop, 200, 150)
    wishes = [
        Wish(make_quote(shop, [(variant_id, DICE.randint(1, 5)) for variant_id in DICE.sample(variants, lines)]))
        for lines in DICE.choices([1, 2], k=300)
    ]

    answers = send_all(wishes, ports)

    check_answers(answers)
    left = selectors.available(variant_ids=variants)
    for answer in answers:
        if answer.status == 409:  # nothing comes back in this rush, so who was refused could not be served now either
            variant_id = UUID(answer.body["variant_id"])
            wanted = sum(line.quantity for line in lines_of(answer.wish.quote) if line.variant_id == variant_id)
            assert left[variant_id] <= answer.body["available"] < wanted


def test_the_same_quote_under_many_keys_is_one_order(ports: list[int]) -> None:
    shop = make_shop()
    (variant_id,) = stocked(shop, 100)
    quotes = [make_quote(shop, [(variant_id, 1)]) for _ in range(20)]
    wishes = [Wish(quote, key=f"key-{n}") for quote in quotes for n in range(8)]
    DICE.shuffle(wishes)

    answers = send_all(wishes, ports)

    assert len(check_answers(answers)) == 20
    assert statuses(answers) == {201: 20, 409: 140}
    assert {answer.body["code"] for answer in answers if answer.status == 409} == {"quote_used"}


def test_one_key_for_many_quotes_places_the_first_alone(ports: list[int]) -> None:
    shop = make_shop()
    (variant_id,) = stocked(shop, 100)
    buyer_id = ids.new_id()
    wishes = [Wish(make_quote(shop, [(variant_id, 1)], buyer_id=buyer_id), key="mine") for _ in range(40)]

    answers = send_all(wishes, ports)

    assert len(check_answers(answers)) == 1
    assert statuses(answers) == {201: 1, 409: 39}
    assert {answer.body["code"] for answer in answers if answer.status == 409} == {"key_reused"}


def test_a_poisoned_request_spoils_nobody_elses(ports: list[int]) -> None:
    shop = make_shop()
    (variant_id,) = stocked(shop, 1000)
    good = [Wish(make_quote(shop, [(variant_id, 1)])) for _ in range(120)]
    wrong_total = Wish(make_quote(shop, [(variant_id, 1)], total_minor=1))  # the table's own check refuses it
    no_text = Wish(make_quote(shop, [(variant_id, 1)], note="\0"))  # jsonb cannot even be read
    wishes = [*good, wrong_total, no_text]
    DICE.shuffle(wishes)

    answers = send_all(wishes, ports)

    check_answers([answer for answer in answers if answer.status != 500])  # an order of theirs would be nobody's
    assert statuses(answers) == {201: 120, 500: 2}
    assert {answer.wish for answer in answers if answer.status == 500} == {wrong_total, no_text}


def test_lost_database_connections_lose_and_double_nothing(ports: list[int]) -> None:
    shop = make_shop()
    (variant_id,) = stocked(shop, 1000)
    wishes = [Wish(make_quote(shop, [(variant_id, 1)])) for _ in range(1500)]
    killed: list[int] = []

    def kill() -> None:
        if sum(killed) < 6:  # who went on for ever would meet one batch at each of its tries
            killed.append(end_backends())

    answers = while_running(kill, lambda: send_all(wishes, ports))
    unlucky = [answer.wish for answer in answers if answer.status == 503]  # a slow machine, lost again and again
    answers += send_all(unlucky, ports)

    assert sum(killed) > 1
    assert len(check_answers(answers, is_first_answer_sure=False)) == 1000
    assert set(statuses(answers)) <= {200, 201, 409, 503}


def while_running(step: Callable[[], object], work: Callable[[], list[Answer]]) -> list[Answer]:
    """Repeat `step` in a thread of its own until `work` is done."""
    is_done = threading.Event()

    def repeat() -> None:
        try:
            while not is_done.is_set():
                step()
                time.sleep(0.08)
        finally:
            connection.close()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        return work()
    finally:
        is_done.set()
        thread.join()


def end_backends() -> int:
    """End the first of edge's backends that are found at work, looking for a moment; how many they were."""
    with connection.cursor() as cursor:
        for _ in range(50):
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE application_name = 'quanshi edge' AND datname = current_database() AND state = 'active'"
            )
            (count,) = cursor.fetchone()
            if count:
                return int(count)
            time.sleep(0.002)
    return 0


def test_clients_who_go_away_have_still_ordered(edge: Edge) -> None:
    shop = make_shop()
    (variant_id,) = stocked(shop, 1000)
    wishes = [Wish(make_quote(shop, [(variant_id, 1)])) for _ in range(30)]
    with transaction.atomic(), ExitStack() as clients:
        list(Level.objects.select_for_update().filter(variant_id=variant_id))
        for wish in wishes:
            client = clients.enter_context(socket.create_connection(("127.0.0.1", edge.port)))
            client.sendall(wish.http())
        wait_until(is_edge_waiting)
        time.sleep(0.3)  # by now the others have been read, and wait for the batch that waits for us
        clients.close()
        time.sleep(0.3)

    wait_until(lambda: Order.objects.count() == len(wishes))
    answers = send_all(wishes, [edge.port])  # who asks again hears what really happened
    assert statuses(answers) == {200: 30}
    check_answers(answers, is_first_answer_sure=False)
