"""Orders that are written before their goods are reserved: nobody can tell them from those that are not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection
from hypothesis import given, settings
from hypothesis import strategies as st

from quanshi.accounts.types import SYSTEM
from quanshi.kernel import ids
from quanshi.ledger import selectors as ledger
from quanshi.orders.models import Order
from quanshi.orders.quote_token import sign_quote
from quanshi.orders.services.placement import PLACE_SQL, PlacementRequest, decode_answers, encode_batch, prepare
from quanshi.orders.types import Placement
from quanshi.stock import selectors as stock_reads
from quanshi.stock import services as stock
from tests.support.audit import assert_sound
from tests.support.factories import make_shop, make_variants
from tests.support.rush import make_quote

pytestmark = pytest.mark.django_db
VARIANTS = 3
BUYERS = 2
Wish = tuple[int, dict[int, int], bool]  # buyer, units by variant, whether it comes twice
wishes = st.tuples(
    st.integers(0, BUYERS - 1),
    st.dictionaries(st.integers(0, VARIANTS - 1), st.integers(1, 3), min_size=1, max_size=2),
    st.booleans(),
)
HEAD = """
    CREATE OR REPLACE FUNCTION stock_is_plenty(p_shop uuid[], p_variant uuid[], p_pool uuid[], p_quantity integer[])
    RETURNS boolean LANGUAGE plpgsql STABLE AS $body$
"""


@contextmanager
def looking(answer: str | None) -> Iterator[None]:
    """Who looks for plenty is told `answer`: "true" is what was so until a moment ago, "false" leads the long way."""
    if answer is None:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'stock_is_plenty'")
        (source,) = cursor.fetchone()
        cursor.execute(f"{HEAD} BEGIN RETURN {answer}; END $body$")
        try:
            yield
        finally:
            cursor.execute(f"{HEAD}{source}$body$")


def watch(table: str, condition: str) -> None:
    """Rows that come into `table` while `condition` holds are an error; "held" are those rows."""
    with connection.cursor() as cursor:
        cursor.execute(f"""
            CREATE FUNCTION pg_temp.watch() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF {condition} THEN
                    RAISE 'watched';
                END IF;
                RETURN NULL;
            END
            $$;
            CREATE TRIGGER watch AFTER INSERT ON {table} REFERENCING NEW TABLE AS held
            FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.watch();
        """)


class Stall:
    """A shop with few goods, some buyers, and books that are open: an order was placed here before."""

    def __init__(self, *units: int) -> None:
        self.shop = make_shop()
        self.variants = make_variants(shop=self.shop, count=len(units))
        self.buyers = [ids.new_id() for _ in range(BUYERS)]
        quantities = [(variant_id, count + 1) for variant_id, count in zip(self.variants, units, strict=True)]
        stock.place_opening_stock(actor=SYSTEM, shop_id=self.shop.id, quantities=quantities)
        place(self.request(0, dict.fromkeys(range(len(units)), 1)))

    def request(self, buyer: int, units: dict[int, int]) -> PlacementRequest:
        lines = [(self.variants[variant], count) for variant, count in units.items()]
        return prepare(token=sign_quote(make_quote(self.shop, lines, buyer_id=self.buyers[buyer])))

    def serve(self, batches: list[list[Wish]]) -> list[object]:
        """What everybody hears, with positions for ids, and how many units are left after each batch."""
        names = {str(variant_id): n for n, variant_id in enumerate(self.variants)}
        heard: list[object] = []
        for wanted in batches:
            requests = [self.request(buyer, units) for buyer, units, _ in wanted]
            requests += [requests[n] for n, (_, _, is_twice) in enumerate(wanted) if is_twice]
            for answer in place(*requests):
                facts = {name: names.get(str(fact), fact) for name, fact in answer.orders[0].facts.items()}
                heard.append((answer.outcome, answer.is_replay, bool(answer.orders[0].number), facts))
            left = stock_reads.available(variant_ids=self.variants)
            heard.append([left[variant_id] for variant_id in self.variants])
        return heard


def place(*requests: PlacementRequest) -> list[Placement]:
    with connection.cursor() as cursor:
        cursor.execute(PLACE_SQL, (encode_batch(requests=requests),))
        return decode_answers(rows=cursor.fetchall())


@settings(max_examples=40, deadline=None)
@given(
    units=st.lists(st.integers(1, 8), min_size=VARIANTS, max_size=VARIANTS),
    batches=st.lists(st.lists(wishes, min_size=1, max_size=4), min_size=1, max_size=3),
)
def test_whichever_way_orders_go_everybody_hears_the_same(units: list[int], batches: list[list[Wish]]) -> None:
    heard = []
    for answer in (None, "false", "true"):
        with looking(answer):
            heard.append(Stall(*units).serve(batches))

    assert heard[1] == heard[0]
    assert heard[2] == heard[0]
    assert_sound()


def test_where_there_is_plenty_an_order_is_there_before_its_goods_are_held() -> None:
    stall = Stall(5, 5)
    watch("stock_reservation", "EXISTS (SELECT FROM held WHERE owner_id NOT IN (SELECT id FROM orders_order))")

    first, second = place(stall.request(0, {0: 2, 1: 1}), stall.request(1, {0: 3}))

    assert [first.outcome.value, second.outcome.value] == ["placed", "placed"]
    with pytest.raises(DatabaseError, match="watched"):  # there is not enough: goods first
        place(stall.request(1, {1: 5}), stall.request(0, {1: 2}))


def test_who_was_a_moment_too_late_leaves_no_trace() -> None:
    stall = Stall(3, 9)
    wanted = [stall.request(0, {0: 2, 1: 1}), stall.request(1, {0: 2, 1: 1})]

    with looking("true"):
        first, second = place(*wanted)

    assert [first.outcome.value, second.outcome.value] == ["placed", "sold_out"]
    refused_id = wanted[1].quote.orders[0].order_id
    assert not Order.objects.filter(id=refused_id).exists()
    assert not ledger.story(subject_id=refused_id)
    assert Order.objects.filter(id=wanted[0].quote.orders[0].order_id).count() == 1
    assert_sound()


def test_a_shops_first_order_opens_its_books_holding_the_goods() -> None:
    shop = make_shop()
    (variant_id,) = make_variants(shop=shop)
    stock.place_opening_stock(actor=SYSTEM, shop_id=shop.id, quantities=[(variant_id, 5)])
    # whoever opened them on the short way could wait for another who does, and who waits for the goods
    watch("ledger_account", "NOT EXISTS (SELECT FROM stock_reservation)")

    (answer,) = place(prepare(token=sign_quote(make_quote(shop, [(variant_id, 2)]))))

    assert answer.outcome.value == "placed"
    assert len(ledger.story(subject_id=answer.orders[0].order_id)) == 1
