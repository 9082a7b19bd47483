"""One quote over several shops: one answer, one order a shop, and limits that hold whoever asks at once."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest
from django.db import connection

from quanshi.accounts.types import SYSTEM, Actor
from quanshi.catalog import services as catalog
from quanshi.catalog.models import Variant
from quanshi.kernel import clock, ids
from quanshi.kernel.errors import InvalidInput
from quanshi.orders import selectors, services
from quanshi.orders.errors import MixedCurrencies, OverLimit, QuoteTooLong
from quanshi.orders.models import Order, OrderLine
from quanshi.orders.quote_token import sign_quote
from quanshi.orders.services.placement import PLACE_SQL, decode_answers, encode_batch, prepare
from quanshi.orders.types import Claim, OrderPlacement, Placement, PlacementOutcome, Quote, QuoteOrder, ShopWish
from quanshi.payments.models import Attempt, Refund
from quanshi.payments.types import Outcome
from quanshi.shops.types import ShopView
from quanshi.stock import selectors as stock_reads
from tests.support import trade
from tests.support.audit import assert_sound
from tests.support.database import run_together
from tests.support.factories import make_address, make_guest, make_shop, make_variant
from tests.support.rush import make_purchase, make_quote_order

PLACED, SOLD_OUT, PARTLY = PlacementOutcome.PLACED, PlacementOutcome.SOLD_OUT, PlacementOutcome.PARTLY_PLACED
OVER_LIMIT, CLAIM_REFUSED = PlacementOutcome.OVER_LIMIT, PlacementOutcome.CLAIM_REFUSED
QUOTE_USED = PlacementOutcome.QUOTE_USED


def place_together(*quotes: Quote, keys: tuple[str, ...] = ()) -> list[Placement]:
    wanted = [prepare(token=sign_quote(quote), key=keys[n] if keys else "") for n, quote in enumerate(quotes)]
    with connection.cursor() as cursor:
        cursor.execute(PLACE_SQL, (encode_batch(requests=wanted),))
        return decode_answers(rows=cursor.fetchall())


def outcomes(answer: Placement) -> list[PlacementOutcome]:
    return [order.outcome for order in answer.orders]


def limited(order: QuoteOrder, most: int) -> QuoteOrder:
    lines = tuple(msgspec.structs.replace(line, person_limit=most) for line in order.lines)
    return msgspec.structs.replace(order, lines=lines)


@pytest.fixture
def shops() -> tuple[ShopView, ShopView]:
    return make_shop(), make_shop()


def make_two(
    shops: tuple[ShopView, ShopView], *, left: int = 5, right: int = 5, is_all_or_nothing: bool = True
) -> Quote:
    one, other = (make_variant(shop=shop, on_hand=units) for shop, units in zip(shops, (left, right), strict=True))
    return make_purchase(
        make_quote_order(shops[0], [(one, 2)]),
        make_quote_order(shops[1], [(other, 1)]),
        is_all_or_nothing=is_all_or_nothing,
    )


@pytest.mark.django_db
class TestSeveralShops:
    def test_one_quote_makes_one_order_a_shop(self, shops: tuple[ShopView, ShopView]) -> None:
        quote = make_two(shops)
        answer = services.place(token=sign_quote(quote))
        again = services.place(token=sign_quote(quote))

        assert (answer.outcome, answer.is_replay) == (PLACED, False)
        rows = {order.id: order for order in Order.objects.all()}
        assert [(o.order_id, o.shop_id) for o in answer.orders] == [(o.order_id, o.shop_id) for o in quote.orders]
        for told, asked in zip(answer.orders, quote.orders, strict=True):
            order = rows[told.order_id]
            assert (order.shop_id, order.number, order.total_minor) == (asked.shop_id, told.number, asked.total_minor)
            assert (order.purchase_id, order.buyer_id) == (quote.quote_id, quote.buyer_id)
        assert (again.orders, again.is_replay) == (answer.orders, True)
        assert_sound()

    def test_all_or_nothing_places_nothing_when_one_shop_is_short(self, shops: tuple[ShopView, ShopView]) -> None:
        quote = make_two(shops, right=0)
        answer = services.place(token=sign_quote(quote))

        short = quote.orders[1].lines[0].variant_id
        assert outcomes(answer) == [SOLD_OUT, SOLD_OUT]
        assert answer.orders[0].facts == {"variant_id": str(short), "available": 0}
        assert not Order.objects.exists()
        kept = quote.orders[0].lines[0].variant_id
        assert stock_reads.available(variant_ids=[kept]) == {kept: 5}

    @pytest.mark.parametrize("key", ["", "mine"])
    def test_the_other_orders_are_placed_where_the_buyer_wants_it(
        self, shops: tuple[ShopView, ShopView], key: str
    ) -> None:
        quote = make_two(shops, left=1, is_all_or_nothing=False)
        answer = services.place(token=sign_quote(quote), key=key)

        assert (answer.outcome, outcomes(answer)) == (PARTLY, [SOLD_OUT, PLACED])
        assert answer.placed == (answer.orders[1],)
        assert Order.objects.get().id == quote.orders[1].order_id
        buyer = Actor(kind=make_guest().kind, id=quote.buyer_id)
        with clock.fixed(quote.expires_at):
            late = services.place(token=sign_quote(quote), key=key)
        for later in (
            services.place(token=sign_quote(quote), key=key),
            late,
            selectors.placement_by_key(actor=buyer, key=key or str(quote.quote_id)),
        ):
            assert later is not None
            assert (later.is_replay, later.orders) == (True, answer.orders)
        other = services.place(token=sign_quote(quote), key="another")
        assert outcomes(other) == [QUOTE_USED, QUOTE_USED]
        assert [order.number for order in other.orders] == ["", answer.orders[1].number]
        assert_sound()

    def test_a_batch_keeps_purchases_apart(self, shops: tuple[ShopView, ShopView]) -> None:
        one, other = (make_variant(shop=shop, on_hand=3) for shop in shops)

        def purchase(left: int, right: int, *, is_all_or_nothing: bool) -> Quote:
            orders = make_quote_order(shops[0], [(one, left)]), make_quote_order(shops[1], [(other, right)])
            return make_purchase(*orders, is_all_or_nothing=is_all_or_nothing)

        whole = purchase(2, 2, is_all_or_nothing=True)
        answers = place_together(
            whole,
            purchase(1, 2, is_all_or_nothing=True),  # the second shop has one left: the first keeps its unit
            purchase(1, 2, is_all_or_nothing=False),
            make_purchase(make_quote_order(shops[1], [(other, 1)])),
            whole,
            whole,
            keys=("a", "b", "c", "d", "a", "e"),
        )

        assert [outcomes(answer) for answer in answers] == [
            [PLACED, PLACED],
            [SOLD_OUT, SOLD_OUT],
            [PLACED, SOLD_OUT],
            [PLACED],
            [PLACED, PLACED],
            [QUOTE_USED, QUOTE_USED],
        ]
        assert [answer.is_replay for answer in answers] == [False, False, False, False, True, False]
        assert answers[4].orders == answers[0].orders
        assert stock_reads.available(variant_ids=[one, other]) == {one: 0, other: 0}
        assert_sound()

    def test_a_quote_freezes_each_shops_part(self, shops: tuple[ShopView, ShopView]) -> None:
        dear, cheap = make_shop(freight_minor=600), shops[0]
        cup, bowl = make_variant(shop=dear, price_minor=1000), make_variant(shop=cheap, price_minor=300)
        quote, token = services.make_quote(
            actor=make_guest(),
            wishes=[
                ShopWish(shop_id=dear.id, lines=[(cup, 1)], note="ring"),
                ShopWish(shop_id=cheap.id, lines=[(bowl, 2)]),
                ShopWish(shop_id=dear.id, lines=[(cup, 1)], note="twice"),
            ],
            address=make_address(),
            locale="en",
            is_all_or_nothing=False,
        )
        assert [(o.shop_id, o.total_minor, o.freight_minor, o.note) for o in quote.orders] == [
            (dear.id, 2600, 600, "ring twice"),
            (cheap.id, 600, 0, ""),
        ]
        assert quote.total_minor == 3200
        assert services.place(token=token).outcome is PLACED
        assert set(Order.objects.values_list("purchase_id", flat=True)) == {quote.quote_id}

    def test_one_payment_has_one_currency(self, shops: tuple[ShopView, ShopView]) -> None:
        abroad = make_shop(currency="EUR")
        wishes = [ShopWish(shop_id=shop.id, lines=[(make_variant(shop=shop), 1)]) for shop in (shops[0], abroad)]
        with pytest.raises(MixedCurrencies) as refusal:
            services.make_quote(actor=make_guest(), wishes=wishes, address=make_address(), locale="en")
        assert refusal.value.details["currencies"] == ["CNY", "EUR"]

    def test_a_purchase_has_at_most_ten_shops(self) -> None:
        wishes = [ShopWish(shop_id=ids.new_id(), lines=[(ids.new_id(), 1)]) for _ in range(11)]
        with pytest.raises(QuoteTooLong) as refusal:
            services.make_quote(actor=make_guest(), wishes=wishes, address=make_address(), locale="en")
        assert refusal.value.details == {"limit": 10, "counted": "shops"}
        with pytest.raises(InvalidInput):
            services.make_quote(actor=make_guest(), wishes=[], address=make_address(), locale="en")


@pytest.mark.django_db
class TestPaying:
    def test_paying_one_pays_all_that_wait(self, shops: tuple[ShopView, ShopView]) -> None:
        quote = make_two(shops)
        buyer = Actor(kind=make_guest().kind, id=quote.buyer_id)
        first, second = (order.order_id for order in services.place(token=sign_quote(quote)).placed)
        services.pay(actor=buyer, order_id=second, gateway="sandbox", return_url="https://shop.example/back")
        services.cancel(actor=buyer, order_id=first)
        services.pay(actor=buyer, order_id=second, gateway="sandbox", return_url="https://shop.example/back")

        both, lone = Attempt.objects.order_by("id")
        totals = {order.order_id: order.total_minor for order in quote.orders}
        assert dict(both.parts.values_list("payable_id", "amount_minor")) == totals
        assert dict(lone.parts.values_list("payable_id", "amount_minor")) == {second: totals[second]}
        assert all(shop.name in both.subject for shop in shops)
        trade.gateway_says(both.id, Outcome.SUCCEEDED)

        states = dict(Order.objects.values_list("id", "state"))
        assert states == {first: "cancelled", second: "to_ship"}
        assert list(Refund.objects.values_list("payable_id", "amount_minor")) == [(first, totals[first])]
        trade.end_refunds(Order.objects.get(id=first))
        assert_sound()

    def test_a_free_order_among_others_needs_no_money(self, shops: tuple[ShopView, ShopView]) -> None:
        gift, cup = make_variant(shop=shops[0], price_minor=0), make_variant(shop=shops[1], price_minor=700)
        buyer = make_guest()
        wishes = [ShopWish(shop_id=shops[0].id, lines=[(gift, 1)]), ShopWish(shop_id=shops[1].id, lines=[(cup, 1)])]
        _quote, token = services.make_quote(actor=buyer, wishes=wishes, address=make_address(), locale="en")
        free, priced = (order.order_id for order in services.place(token=token).placed)
        services.pay(actor=buyer, order_id=free, gateway="sandbox", return_url="https://shop.example/back")
        assert dict(Order.objects.values_list("id", "state")) == {free: "to_ship", priced: "placed"}
        assert list(Attempt.objects.values_list("amount_minor", flat=True)) == [700]


@pytest.mark.django_db
class TestPersonLimits:
    def test_one_person_gets_no_more_than_the_limit(self, shops: tuple[ShopView, ShopView]) -> None:
        variant = make_variant(shop=shops[0], on_hand=50)
        buyer = ids.new_id()

        def wish(units: int) -> Quote:
            return make_purchase(limited(make_quote_order(shops[0], [(variant, units)]), 3), buyer_id=buyer)

        first = wish(1)
        (answer,) = place_together(first)
        assert outcomes(answer) == [PLACED]
        # in one batch: 4 at once is never possible, two more fit, then none
        answers = place_together(wish(4), wish(2), wish(1), make_purchase(make_quote_order(shops[0], [(variant, 9)])))
        assert [outcomes(answer) for answer in answers] == [[OVER_LIMIT], [PLACED], [OVER_LIMIT], [PLACED]]
        assert answers[2].orders[0].facts == {"variant_id": str(variant), "limit": 3, "held": 3}
        services.cancel(actor=SYSTEM, order_id=first.quote_id)
        answers = place_together(wish(2), wish(1), wish(1))
        assert [outcomes(answer) for answer in answers] == [[OVER_LIMIT], [PLACED], [OVER_LIMIT]]
        assert sum(OrderLine.objects.filter(order__buyer_id=buyer).values_list("quantity", flat=True)) == 1 + 2 + 1

    def test_who_is_refused_for_want_of_goods_leaves_the_limit_to_the_next(
        self, shops: tuple[ShopView, ShopView]
    ) -> None:
        variant, scarce = make_variant(shop=shops[0], on_hand=50), make_variant(shop=shops[0], on_hand=0)
        buyer = ids.new_id()
        both = make_purchase(limited(make_quote_order(shops[0], [(variant, 2), (scarce, 1)]), 2), buyer_id=buyer)
        one = make_purchase(limited(make_quote_order(shops[0], [(variant, 2)]), 2), buyer_id=buyer)
        assert [outcomes(answer) for answer in place_together(both, one)] == [[SOLD_OUT], [PLACED]]

    def test_the_shop_sets_the_limit_and_the_quote_says_it_early(self, shops: tuple[ShopView, ShopView]) -> None:
        shop = shops[0]
        variant = make_variant(shop=shop, on_hand=50)
        product_id = Variant.objects.get(id=variant).product_id
        catalog.change_goods(actor=SYSTEM, shop_id=shop.id, product_id=product_id, person_limits={variant: 2})
        buyer = make_guest()

        def quote(units: int) -> str:
            wish = ShopWish(shop_id=shop.id, lines=[(variant, units)])
            return services.make_quote(actor=buyer, wishes=[wish], address=make_address(), locale="en")[1]

        with pytest.raises(OverLimit) as refusal:
            quote(3)
        assert (refusal.value.details["limit"], refusal.value.details["held"]) == (2, 0)
        early, late = quote(2), quote(1)
        assert services.place(token=early).outcome is PLACED
        assert services.place(token=late).outcome is OVER_LIMIT
        with pytest.raises(OverLimit) as refusal:
            quote(1)
        assert refusal.value.details["held"] == 2
        catalog.change_goods(actor=SYSTEM, shop_id=shop.id, product_id=product_id, person_limits={variant: None})
        assert services.place(token=quote(9)).outcome is PLACED
        with pytest.raises(InvalidInput):
            catalog.change_goods(actor=SYSTEM, shop_id=shop.id, product_id=product_id, person_limits={variant: 0})


@pytest.mark.usefixtures("committed_db")
def test_the_limit_holds_while_one_person_asks_from_everywhere(shops: tuple[ShopView, ShopView]) -> None:
    variant = make_variant(shop=shops[0], on_hand=50)
    buyer = ids.new_id()
    orders = [limited(make_quote_order(shops[0], [(variant, 1)]), 3) for _ in range(8)]
    tokens = [sign_quote(make_purchase(order, buyer_id=buyer)) for order in orders]
    answers = run_together(*(lambda token=token: services.place(token=token) for token in tokens))
    assert all(isinstance(answer, Placement) for answer in answers), answers
    assert (
        sorted(answer.outcome for answer in answers if isinstance(answer, Placement)) == [OVER_LIMIT] * 5 + [PLACED] * 3
    )
    assert stock_reads.available(variant_ids=[variant]) == {variant: 47}


TAKE_SQL = """
CREATE TABLE test_coupon (id uuid PRIMARY KEY, uses_left integer NOT NULL CHECK (uses_left >= 0));
CREATE FUNCTION test_take_coupons(claims jsonb) RETURNS TABLE (unit integer, facts jsonb) LANGUAGE plpgsql AS $$
DECLARE
    claim record;
BEGIN
    FOR claim IN SELECT * FROM jsonb_to_recordset(claims)
                 AS c (unit integer, order_id uuid, buyer_id uuid, reference_id uuid, amount_minor bigint) LOOP
        UPDATE test_coupon SET uses_left = uses_left - 1 WHERE id = claim.reference_id AND uses_left > 0;
        IF NOT FOUND THEN
            RETURN QUERY SELECT claim.unit, jsonb_build_object('coupon_id', claim.reference_id);
        END IF;
    END LOOP;
END
$$;
INSERT INTO orders_claim_kind VALUES ('coupon', 'test_take_coupons');
"""


@pytest.fixture
def coupon(db: None) -> UUID:
    """A room above orders that gives away one coupon with two uses."""
    coupon_id = ids.new_id()
    with connection.cursor() as cursor:
        cursor.execute(TAKE_SQL)
        cursor.execute("INSERT INTO test_coupon VALUES (%s, 2)", (coupon_id,))
    return coupon_id


def uses_left() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT uses_left FROM test_coupon")
        return int(cursor.fetchone()[0])


class TestClaims:
    def test_a_claim_is_taken_with_its_order_or_not_at_all(
        self, coupon: UUID, shops: tuple[ShopView, ShopView]
    ) -> None:
        variant, scarce = make_variant(shop=shops[0], on_hand=5), make_variant(shop=shops[1], on_hand=0)
        claims = (Claim(kind="coupon", reference_id=coupon, amount_minor=100),)

        def wish(shop: ShopView, variant_id: UUID, *, is_claimed: bool = True) -> Quote:
            given = {"claims": claims} if is_claimed else {}
            return make_purchase(make_quote_order(shop, [(variant_id, 1)], **given))

        answers = place_together(
            wish(shops[0], variant),
            wish(shops[1], scarce),  # sold out: takes no coupon
            wish(shops[0], variant),
            wish(shops[0], variant),  # the coupon is used up
            wish(shops[0], variant, is_claimed=False),
        )

        assert [outcomes(answer) for answer in answers] == [[PLACED], [SOLD_OUT], [PLACED], [CLAIM_REFUSED], [PLACED]]
        refused: OrderPlacement = answers[3].orders[0]
        assert refused.facts == {"kind": "coupon", "coupon_id": str(coupon)}
        assert uses_left() == 0
        assert stock_reads.available(variant_ids=[variant]) == {variant: 2}
        assert Order.objects.count() == 3
        assert_sound()

    def test_one_refused_claim_refuses_all_of_an_all_or_nothing_purchase(
        self, coupon: UUID, shops: tuple[ShopView, ShopView]
    ) -> None:
        one, other = (make_variant(shop=shop, on_hand=5) for shop in shops)
        mine = Claim(kind="coupon", reference_id=coupon)
        nobodys = Claim(kind="coupon", reference_id=ids.new_id())
        orders = [
            make_quote_order(shops[0], [(one, 1)], claims=(mine,)),
            make_quote_order(shops[1], [(other, 1)], claims=(nobodys,)),
        ]
        assert outcomes(place_together(make_purchase(*orders))[0]) == [CLAIM_REFUSED, CLAIM_REFUSED]
        assert (uses_left(), Order.objects.count()) == (2, 0)
        again = [msgspec.structs.replace(order, order_id=ids.new_id()) for order in orders]
        assert outcomes(place_together(make_purchase(*again, is_all_or_nothing=False))[0]) == [PLACED, CLAIM_REFUSED]
        assert uses_left() == 1

    def test_a_claim_that_nobody_takes_places_nothing(self, coupon: UUID, shops: tuple[ShopView, ShopView]) -> None:
        unknown = Claim(kind="points", reference_id=coupon)
        order = make_quote_order(shops[0], [(make_variant(shop=shops[0]), 1)], claims=(unknown,))
        with pytest.raises(Exception, match="nobody takes claims of kind points"):
            services.place(token=sign_quote(make_purchase(order)))
