"""A sound world passes the audit; each invariant broken by raw SQL is named."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from click.testing import CliRunner
from django.db import connection, transaction

from quanshi.accounts.types import SYSTEM
from quanshi.config.commands import audit as command
from quanshi.fulfilment.types import ParcelLine
from quanshi.kernel import audit, clock, ids
from quanshi.kernel.audit import Check
from quanshi.kernel.money import Money
from quanshi.orders import services
from quanshi.orders.models import Order
from quanshi.orders.types import AfterSaleKind, AfterSaleWish
from quanshi.payments import services as payments
from quanshi.payments.models import Payout
from quanshi.payments.services import attempts, payouts
from quanshi.payments.types import GatewayAnswer, Outcome, PayoutReceiver, PayoutState
from quanshi.reviews import services as reviews
from quanshi.search import services as search
from quanshi.shops.types import ShopView
from tests.support import trade
from tests.support.audit import assert_sound, broken_rows
from tests.support.factories import make_order, make_shop, make_variant


def ship(order: Order, quantity: int) -> None:
    services.ship(
        actor=SYSTEM,
        order_id=order.id,
        carrier="sf",
        tracking_number="SF1234567890",
        lines=[ParcelLine(order_line_id=order.lines.get().id, quantity=quantity)],
        key=str(ids.new_id()),
    )
    order.refresh_from_db()


def refund(order: Order, *, quantity: int = 0, amount: int | None = None, approve: bool = True) -> UUID:
    case_id = services.request_after_sale(
        actor=trade.buyer_of(order),
        order_id=order.id,
        kind=AfterSaleKind.REFUND_ONLY,
        lines=[
            AfterSaleWish(
                order_line_id=order.lines.get().id,
                quantity=quantity,
                amount=None if amount is None else Money(amount, "CNY"),
            )
        ],
        with_freight=False,
        reason="for the audit",
        key=str(ids.new_id()),
    )
    if approve:
        services.approve(actor=SYSTEM, after_sale_id=case_id)
    return case_id


def close(order: Order) -> None:
    ship(order, 2)
    services.confirm_receipt(actor=trade.buyer_of(order), order_id=order.id)
    order.refresh_from_db()
    assert order.after_sale_until is not None
    with clock.fixed(order.after_sale_until):
        services.close_due(now=clock.now())


def review(order: Order) -> None:
    reviews.write_review(
        actor=trade.buyer_of(order), order_line_id=order.lines.get().id, stars=4, text="fine", pictures=[]
    )


def late_payment(order: Order) -> None:
    attempt_id = trade.start_payment(order)
    services.cancel(actor=SYSTEM, order_id=order.id)
    trade.gateway_says(attempt_id, Outcome.SUCCEEDED)
    trade.end_refunds(order)


def make_world(shop: ShopView) -> dict[str, Order]:
    """Two units and freight each, in every state there is."""
    variant = make_variant(shop=shop, price_minor=333, on_hand=100)
    steps: dict[str, list[Callable[[Order], object]]] = {
        "placed": [],
        "unpaid": [lambda order: services.cancel(actor=SYSTEM, order_id=order.id)],
        "late": [late_payment],
        "to_ship": [trade.pay],
        "called off": [trade.pay, lambda order: services.cancel(actor=SYSTEM, order_id=order.id), trade.end_refunds],
        "calling off": [trade.pay, lambda order: services.cancel(actor=SYSTEM, order_id=order.id)],
        "partly shipped": [trade.pay, lambda order: ship(order, 1)],
        "shipped": [trade.pay, lambda order: ship(order, 2), lambda order: refund(order, amount=5, approve=False)],
        "part refunded": [trade.pay, lambda order: refund(order, quantity=1), trade.end_refunds],
        "all refunded": [trade.pay, lambda order: refund(order, quantity=2), trade.end_refunds],
        "refunding": [trade.pay, lambda order: refund(order, amount=100)],
        "rest dropped": [
            trade.pay,
            lambda order: ship(order, 1),
            lambda order: refund(order, quantity=1),
            trade.end_refunds,
        ],
        "closed": [trade.pay, close, review],
    }
    world = {}
    for name, taken in steps.items():
        order = make_order(shop=shop, lines=[(variant, 2)])
        for step in taken:
            step(order)
        order.refresh_from_db()
        world[name] = order
    pay_out(shop)
    search.index_changed()
    return world


def pay_out(shop: ShopView) -> None:
    """Some of what the closed order has brought: paid, on its way, and refused."""
    for state, minor in ((Outcome.SUCCEEDED, 100), (Outcome.PENDING, 50), (Outcome.FAILED, 30)):
        payout = payments.request_payout(
            shop_id=shop.id,
            account="sandbox",
            receiver=PayoutReceiver("shop"),
            amount=Money(minor, "CNY"),
            key=str(state),
        )
        Payout.objects.filter(id=payout.id).update(state=PayoutState.SENDING)  # the worker's task has called
        payouts.apply_answer(payout_id=payout.id, answer=GatewayAnswer(state, "ref", payout.amount))


# the rule that must speak up, and the statement that breaks it; {placed}, {closed} ... are orders of the world
BREAKAGES: list[tuple[str, str]] = [
    ("an order is found by what it says", "UPDATE orders_lookup SET phone_tail = '1'"),
    ("an order is found by what it says", "DELETE FROM orders_lookup"),
    (
        "no order was placed once its shop had ended its sales",
        "UPDATE shops_shop SET closing_announced_at = '2001-01-01', sales_end_at = '2001-02-01'",
    ),
    ("a key that was committed has its answer", "UPDATE kernel_idempotency_key SET answer = NULL"),
    ("no event was given up on", "UPDATE kernel_outbox_event SET dead_at = now() WHERE type = 'orders.OrderPaid'"),
    ("what lies there is the sum", "UPDATE stock_level SET on_hand = on_hand + 1"),
    ("what lies there is the sum", "UPDATE stock_movement SET quantity = quantity - 1 WHERE kind = 'received'"),
    ("what is reserved is the sum", "UPDATE stock_level SET reserved = reserved - 1"),
    ("nothing is promised that does not lie", "UPDATE stock_level SET on_hand = -1"),
    ("a level carries its location's priority", "UPDATE stock_location SET priority = 7"),
    ("the list of low levels has those that are low", "UPDATE stock_level SET on_hand = reserved"),
    ("a pool's level stands beside free stock", "UPDATE stock_level SET pool_id = gen_random_uuid()"),
    ("what moves between free stock and a pool", "UPDATE stock_movement SET kind = 'pooled' WHERE kind = 'received'"),
    ("no unit is used up twice", "UPDATE stock_reservation SET released = 3"),
    ("what was consumed was shipped", "DELETE FROM stock_movement WHERE kind = 'shipped'"),
    (
        "the legs of a transfer sum to zero",
        (
            "UPDATE ledger_posting SET amount_minor = amount_minor + 1"
            " WHERE id = (SELECT max(id) FROM ledger_posting WHERE amount_minor <> -1)"
        ),
    ),
    ("a transfer has two legs", "DELETE FROM ledger_posting WHERE amount_minor > 0"),
    ("a leg is in its account's currency", "UPDATE ledger_posting SET currency = 'EUR'"),
    (
        "a reversal undoes its transfer",
        (
            "UPDATE ledger_posting SET amount_minor = amount_minor * 2 WHERE transfer_id IN"
            " (SELECT id FROM ledger_transfer WHERE reverses_id IS NOT NULL)"
        ),
    ),
    ("no account of one order is on the wrong side", "UPDATE ledger_posting SET amount_minor = -amount_minor"),
    ("an attempt is the sum of its parts", "UPDATE payments_attempt_part SET amount_minor = amount_minor + 1"),
    ("an attempt is the sum of its parts", "DELETE FROM payments_attempt_part"),
    ("no more of a part is given back than it took", "UPDATE payments_refund SET amount_minor = 99999"),
    ("a refund gives back money that came", "UPDATE payments_attempt SET state = 'failed'"),
    ("a refund gives back money that came", "UPDATE payments_attempt_part SET payable_id = gen_random_uuid()"),
    ("a refund gives back money that came", "UPDATE payments_attempt_part SET shop_id = gen_random_uuid()"),
    ("an attempt has an end", "UPDATE payments_attempt SET ended_at = NULL"),
    ("a refund has an end", "UPDATE payments_refund SET ended_at = NULL"),
    ("a refund that waits for its gateway", "UPDATE payments_refund SET next_try_at = NULL"),
    ("no shop was paid out more", "DELETE FROM ledger_posting WHERE amount_minor < 0"),
    ("a pay-out waits for its gateway", "UPDATE payments_payout SET ended_at = now()"),
    ("a pay-out waits for its gateway", "UPDATE payments_payout SET next_try_at = NULL"),
    ("a pay-out is booked as its state says", "UPDATE payments_payout SET state = 'succeeded' WHERE state = 'failed'"),
    ("a pay-out is booked as its state says", "UPDATE payments_payout SET amount_minor = amount_minor + 1"),
    ("a pay-out is booked as its state says", "DELETE FROM ledger_transfer WHERE kind = 'payout_ordered'"),
    (
        "no more is taken back of a split",
        (
            "UPDATE payments_payout SET kind = 'take_back',"
            " split_id = (SELECT id FROM payments_payout WHERE state = 'sending') WHERE state = 'succeeded'"
        ),
    ),
    (
        "no more of a payment is split off",
        (
            "UPDATE payments_payout SET kind = 'split', amount_minor = 999999,"
            " attempt_id = (SELECT max(attempt_id::text)::uuid FROM payments_attempt_part)"
        ),
    ),
    (
        "a notification is about",
        (
            "INSERT INTO payments_notification (gateway, notification_id, kind, subject_id, outcome,"
            " currency) VALUES ('sandbox', 'n', 'payment', gen_random_uuid(), 'succeeded', '')"
        ),
    ),
    (
        "the simulated provider has given back",
        (
            "INSERT INTO payments_sandbox_charge (merchant_reference, reference,"
            " amount_minor, currency, subject, notify_url, return_url, outcome, refunded_minor, expires_at, created_at)"
            " VALUES ('m', 'r', 5, 'CNY', '', '', '', 'succeeded', 3, now(), now())"
        ),
    ),
    ("a line is unit price times quantity", "UPDATE orders_line SET unit_minor = unit_minor + 1"),
    ("an order is the sum of its lines", "UPDATE orders_order SET freight_minor = freight_minor + 1"),
    ("an order is the sum of its lines", "DELETE FROM orders_line WHERE order_id = '{placed}'"),
    ("a case is the sum", "UPDATE orders_after_sale SET amount_minor = amount_minor + 1"),
    ("cases hold no more units or money", "UPDATE orders_after_sale_line SET quantity = 3"),
    ("cases hold no more units or money", "UPDATE orders_after_sale_line SET amount_minor = 667"),
    ("cases hold no more freight", "UPDATE orders_after_sale SET freight_minor = 501"),
    ("a state has its times", "UPDATE orders_order SET paid_at = NULL WHERE id = '{closed}'"),
    ("a state has its times", "UPDATE orders_order SET closed_at = now() WHERE id = '{placed}'"),
    ("the trail ends where the order stands", "UPDATE orders_order SET state = 'received' WHERE id = '{closed}'"),
    ("the trail ends where the order stands", "DELETE FROM orders_transition WHERE order_id = '{placed}'"),
    (
        "each step of the trail is one that an order",
        "DELETE FROM orders_transition WHERE order_id = '{closed}' AND state = 'shipped'",
    ),
    (
        "each step of the trail is one that an order",
        "DELETE FROM orders_transition WHERE order_id = '{closed}' AND state = 'placed'",
    ),
    ("the trail ends where the case stands", "UPDATE orders_after_sale SET state = 'withdrawn'"),
    ("each step of the trail is one that a case", "DELETE FROM orders_after_sale_transition WHERE state = 'refunding'"),
    ("a waiting case has a deadline", "UPDATE orders_after_sale SET due_at = NULL"),
    ("a waiting case has a deadline", "UPDATE orders_order SET state = 'closed' WHERE id = '{shipped}'"),
    ("parcels hold what the state says", "UPDATE orders_order SET state = 'shipped' WHERE id = '{partly shipped}'"),
    ("parcels hold what the state says", "DELETE FROM fulfilment_shipment_line"),
    ("every unit is reserved", "DELETE FROM stock_reservation WHERE owner_id = '{to_ship}'"),
    ("every unit is reserved", "UPDATE stock_reservation SET released = 0 WHERE owner_id = '{called off}'"),
    ("every unit is reserved", "UPDATE stock_reservation SET released = 2 WHERE owner_id = '{placed}'"),
    ("an order's reservation is held for a line", "UPDATE stock_reservation SET line_id = gen_random_uuid()"),
    ("a parcel holds lines of its own order", "UPDATE fulfilment_shipment SET order_id = '{placed}'"),
    ("a case is about lines of its own order", "UPDATE orders_after_sale SET order_id = '{placed}'"),
    ("a placed order is in the books", "DELETE FROM ledger_transfer WHERE key = 'order_placed:{placed}'"),
    ("the books of an order say", "UPDATE orders_order SET state = 'placed' WHERE id = '{to_ship}'"),
    ("the books of an order say", "DELETE FROM ledger_transfer WHERE key = 'order_settled:{closed}'"),
    ("the books of an order say", "DELETE FROM ledger_transfer WHERE kind = 'refund_ordered'"),
    ("a paid order names the payment", "UPDATE orders_order SET paid_attempt_id = gen_random_uuid()"),
    ("a paid order names the payment", "UPDATE orders_order SET paid_attempt_id = NULL"),
    ("a paid order names the payment", "UPDATE payments_attempt_part SET amount_minor = amount_minor + 1"),
    ("money that came for an order was taken", "DELETE FROM ledger_transfer WHERE kind = 'receipt_unapplied'"),
    ("a refund was booked", "DELETE FROM ledger_transfer WHERE kind = 'refund_sent'"),
    ("a refund was booked", "DELETE FROM ledger_transfer WHERE kind = 'refund_ordered'"),
    ("a case has its refund", "UPDATE payments_refund SET cause_id = gen_random_uuid()"),
    ("a case has its refund", "UPDATE orders_after_sale SET state = 'done' WHERE order_id = '{refunding}'"),
    ("the refund status is what has gone back", "UPDATE orders_order SET refund_status = 'part'"),
    ("a key that claimed a placement", "DELETE FROM orders_transition WHERE order_id = '{placed}'"),
    ("what a replay would be told exists", "DELETE FROM fulfilment_shipment"),
    ("what a replay would be told exists", "DELETE FROM orders_after_sale"),
    (
        "a purchase that was received stands behind it",
        "UPDATE orders_order SET received_at = NULL WHERE id = '{closed}'",
    ),
    ("the stars that are shown are those that were given", "UPDATE reviews_review SET stars = 1"),
    ("the stars that are shown are those that were given", "DELETE FROM reviews_tally"),
    (
        "a sub-total is what its account's postings sum to",
        (
            "INSERT INTO ledger_subtotal (shop_id, account_id, posting_id, debits_minor, credits_minor) "
            "SELECT shop_id, id, 1, 7, 7 FROM ledger_account"
        ),
    ),
    ("a document is of goods on sale", "UPDATE catalog_product SET status = 'draft'"),
    ("goods on sale have a document", "DELETE FROM search_document"),
    ("the words of a title are those of the document", "UPDATE search_document SET title_words = ''"),
    ("a word's count is that of the documents", "UPDATE search_term SET documents = documents + 1"),
    ("order_id names a row of orders_order", "DELETE FROM orders_order WHERE id = '{closed}'"),
    ("variant_id names a row of catalog_variant", "DELETE FROM catalog_variant"),
    ("shop_id names a row of shops_shop", "DELETE FROM shops_shop"),
    ("order_id names a row of the same shop", "UPDATE orders_line SET shop_id = gen_random_uuid()"),
]


@pytest.mark.django_db
def test_every_rule_speaks_up_when_it_is_broken() -> None:
    world = make_world(make_shop(freight_minor=500))
    assert_sound()
    orders = {name: str(order.id) for name, order in world.items()}
    checks = command.all_checks()
    silent = [
        (rule, statement)
        for rule, statement in BREAKAGES
        if not _speaks_up([check for check in checks if check.rule.startswith(rule)], statement.format(**orders))
    ]
    assert silent == []
    assert_sound()


def test_no_rule_is_left_untried() -> None:
    """Every rule of every room has a statement above that breaks it; references are tried by kind."""
    referenced = {check.rule for check in audit.reference_checks()}
    own = {check.rule for check in command.all_checks()} - referenced
    untried = {rule for rule in own if not any(rule.startswith(tried) for tried, _ in BREAKAGES)}
    assert untried == set()


def _speaks_up(checks: list[Check], statement: str) -> bool:
    """Break the world past triggers and constraints, ask, and undo it."""
    assert checks, statement
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "SELECT format('ALTER TABLE %I DROP CONSTRAINT %I', conrelid::regclass::text, conname)"
            " FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
            " AND conrelid <> 0 AND conrelid::regclass::text ~ '^(stock|orders|ledger|payments)_'"
        )
        for (drop,) in cursor.fetchall():
            cursor.execute(drop)
        cursor.execute(statement)
        found = list(audit.run(checks))
        transaction.set_rollback(True)
    return bool(found)


def test_the_command_says_sound_and_how_much_it_looked_at(committed_db: None) -> None:
    make_world(make_shop())
    result = CliRunner().invoke(command.command)
    assert result.exit_code == 0, result.output
    assert "orders_order " in result.output
    assert result.output.splitlines()[-1].startswith("sound: ")


def test_the_command_names_the_broken_row_and_fails(committed_db: None) -> None:
    order = make_order(shop=(shop := make_shop()), lines=[(make_variant(shop=shop), 1)])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_order SET state = 'paid' WHERE id = %s", [order.id])
    result = CliRunner().invoke(command.command)
    assert result.exit_code == 1
    assert "BROKEN orders_order: not true that the trail ends where the order stands" in result.output
    assert str(order.id) in result.output


def test_events_on_their_way_explain_a_difference(committed_db: None) -> None:
    order = make_order(shop=(shop := make_shop()), lines=[(make_variant(shop=shop), 1)])
    attempt_id = trade.start_payment(order)
    attempts.apply_answer(
        attempt_id=attempt_id,
        answer=GatewayAnswer(outcome=Outcome.SUCCEEDED, gateway_reference="r", amount=Money(order.total_minor, "CNY")),
    )
    assert broken_rows() == []  # paid at the gateway, not yet handed on
    trade.run_relay()
    assert_sound()
