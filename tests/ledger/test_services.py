from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from quanshi.kernel import ids
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.ledger import selectors, services
from quanshi.ledger.errors import AlreadyReversed, BalanceTooLow, TransferConflict, TransferNotFound, Unbalanced
from quanshi.ledger.models import Posting, Transfer
from quanshi.ledger.types import AccountKind, Leg, StatementLine, TransferKind
from tests.support.database import run_together
from tests.support.factories import make_shop

KINDS = list(AccountKind)
Step = tuple[int, AccountKind, AccountKind, int, str, bool]


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


def move(
    minor: int, debit: AccountKind = AccountKind.BUYER_DUE, credit: AccountKind = AccountKind.ORDER_ESCROW
) -> list[Leg]:
    return [Leg(debit, cny(minor)), Leg(credit, cny(-minor))]


def post(shop_id: UUID, key: str, legs: list[Leg], subject_id: UUID | None = None) -> UUID:
    return services.post(
        shop_id=shop_id,
        kind=TransferKind.ORDER_PLACED,
        subject_id=subject_id or UUID(int=7),
        key=key,
        legs=legs,
        memo="NO-1",
    )


def balance(shop_id: UUID, account: AccountKind, currency: str = "CNY") -> int:
    return next(
        found.balance.minor
        for found in selectors.balances(shop_id=shop_id)
        if (found.account, found.balance.currency) == (account, currency)
    )


@pytest.mark.django_db
def test_a_transfer_moves_money_between_its_accounts_alone() -> None:
    shop_id = make_shop().id
    post(shop_id, "a", move(1200))

    by_account = {found.account: found for found in selectors.balances(shop_id=shop_id)}
    assert {kind: found.balance.minor for kind, found in by_account.items() if found.balance} == {
        AccountKind.BUYER_DUE: 1200,
        AccountKind.ORDER_ESCROW: -1200,
    }
    assert (by_account[AccountKind.ORDER_ESCROW].debits, by_account[AccountKind.ORDER_ESCROW].credits) == (
        cny(0),
        cny(1200),
    )


@pytest.mark.django_db
def test_a_replay_answers_the_same_and_writes_nothing() -> None:
    shop_id = make_shop().id
    first = post(shop_id, "a", move(1200))

    assert post(shop_id, "a", list(reversed(move(1200)))) == first
    assert Posting.objects.filter(shop_id=shop_id).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("legs", "subject_id"),
    [
        (move(1201), UUID(int=7)),
        (move(1200, AccountKind.GATEWAY_CLEARING), UUID(int=7)),
        ([*move(1200), *move(1200)], UUID(int=7)),
        (move(1200), UUID(int=8)),
    ],
)
def test_a_key_with_other_content_is_a_conflict(legs: list[Leg], subject_id: UUID) -> None:
    shop_id = make_shop().id
    post(shop_id, "a", move(1200))

    with pytest.raises(TransferConflict):
        post(shop_id, "a", legs, subject_id)
    assert balance(shop_id, AccountKind.BUYER_DUE) == 1200


@pytest.mark.django_db
def test_the_same_key_in_two_shops_is_two_transfers() -> None:
    one, other = make_shop().id, make_shop().id

    assert post(one, "a", move(5)) != post(other, "a", move(7))
    assert (balance(one, AccountKind.BUYER_DUE), balance(other, AccountKind.BUYER_DUE)) == (5, 7)


@pytest.mark.django_db
@pytest.mark.parametrize("legs", [[], move(5)[:1], [*move(5), *move(1)[:1]], move(0)])
def test_what_is_no_transfer_is_a_bug_and_writes_nothing(legs: list[Leg]) -> None:
    shop_id = make_shop().id

    with pytest.raises(Unbalanced):
        post(shop_id, "a", legs)
    assert not Transfer.objects.filter(shop_id=shop_id).exists()


@pytest.mark.django_db
def test_a_reversal_undoes_and_names_what_it_undid() -> None:
    shop_id, order_id = make_shop().id, ids.new_id()
    first = post(shop_id, "a", move(900), order_id)
    second = services.reverse(shop_id=shop_id, transfer_key="a", kind=TransferKind.ORDER_CANCELLED, key="undo")

    assert services.reverse(shop_id=shop_id, transfer_key="a", kind=TransferKind.ORDER_CANCELLED, key="undo") == second
    assert balance(shop_id, AccountKind.BUYER_DUE) == 0
    story = selectors.story(subject_id=order_id)
    assert [(view.id, view.reverses_id, view.key) for view in story] == [(first, None, "a"), (second, first, "undo")]
    assert story[1].legs == tuple(Leg(leg.account, -leg.amount) for leg in story[0].legs)
    assert selectors.story(subject_id=order_id, shop_id=make_shop().id) == ()


@pytest.mark.django_db
def test_a_transfer_is_reversed_once_whatever_the_key() -> None:
    shop_id = make_shop().id
    post(shop_id, "a", move(900))
    services.reverse(shop_id=shop_id, transfer_key="a", kind=TransferKind.ORDER_CANCELLED, key="undo")

    with pytest.raises(AlreadyReversed):
        services.reverse(shop_id=shop_id, transfer_key="a", kind=TransferKind.ORDER_CANCELLED, key="undo again")
    assert balance(shop_id, AccountKind.BUYER_DUE) == 0


@pytest.mark.django_db
def test_nothing_to_reverse_is_said() -> None:
    shop_id = make_shop().id
    post(make_shop().id, "a", move(900))

    with pytest.raises(TransferNotFound):
        services.reverse(shop_id=shop_id, transfer_key="a", kind=TransferKind.ORDER_CANCELLED, key="undo")


@pytest.mark.usefixtures("committed_db")
def test_many_at_once_with_one_key_post_one_transfer() -> None:
    shop_id = make_shop().id

    answers = run_together(*[lambda: post(shop_id, "a", move(10))] * 6)

    assert len(set(answers)) == 1
    assert isinstance(answers[0], UUID)
    assert Posting.objects.filter(shop_id=shop_id).count() == 2


@pytest.mark.usefixtures("committed_db")
def test_many_at_once_open_each_account_once() -> None:
    shop_id = make_shop().id

    answers = run_together(
        *[lambda n=n: post(shop_id, f"k{n}", move(10, KINDS[n % 5], KINDS[(n + 1) % 5])) for n in range(6)]
    )

    assert all(isinstance(answer, UUID) for answer in answers), answers
    assert sum(found.balance.minor for found in selectors.balances(shop_id=shop_id)) == 0
    assert Transfer.objects.filter(shop_id=shop_id).count() == 6


@pytest.mark.django_db
def test_a_cursor_from_nowhere_is_refused() -> None:
    for cursor in ("x", "-1", "1.5", "9" * 30, "9" * 5000, "１"):
        with pytest.raises(InvalidInput):
            selectors.statement(shop_id=make_shop().id, account=AccountKind.BUYER_DUE, currency="CNY", cursor=cursor)


@pytest.mark.django_db
def test_pages_of_a_statement_neither_skip_nor_repeat_while_lines_arrive() -> None:
    shop_id = make_shop().id
    for n in range(1, 8):
        post(shop_id, f"k{n}", move(n))
    read: list[StatementLine] = []
    cursor = ""
    while True:
        page = selectors.statement(
            shop_id=shop_id, account=AccountKind.BUYER_DUE, currency="CNY", cursor=cursor, limit=3
        )
        read += page.lines
        post(shop_id, f"late{cursor}", move(100))
        if not (cursor := page.next_cursor):
            break

    assert [line.amount.minor for line in read] == [7, 6, 5, 4, 3, 2, 1]
    assert [line.balance.minor for line in read] == [28, 21, 15, 10, 6, 3, 1]
    assert {line.memo for line in read} == {"NO-1"}


@pytest.mark.django_db
def test_reading_takes_a_fixed_number_of_queries(django_assert_num_queries: object) -> None:
    shop_id, order_id = make_shop().id, ids.new_id()
    for n in range(1, 8):
        post(shop_id, f"k{n}", move(n), order_id)

    with django_assert_num_queries(3):  # type: ignore[operator]
        selectors.balances(shop_id=shop_id)
        selectors.statement(shop_id=shop_id, account=AccountKind.BUYER_DUE, currency="CNY")
        selectors.story(subject_id=order_id)


class AnySequence(TestCase):
    """Whatever is posted, replayed and reversed, the books agree with a tiny model."""

    @settings(max_examples=25, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.integers(0, 5),
                st.sampled_from(KINDS),
                st.sampled_from(KINDS),
                st.integers(-(10**12), 10**12).filter(bool),
                st.sampled_from(["CNY", "JPY"]),
                st.booleans(),
            ),
            max_size=12,
        )
    )
    def test_books_keep_every_invariant(
        self, steps: list[tuple[int, AccountKind, AccountKind, int, str, bool]]
    ) -> None:
        shop_id = make_shop().id
        model: dict[str, list[Leg]] = {}
        reversed_keys: set[str] = set()
        for number, debit, credit, minor, currency, undo in steps:
            key = f"k{number}"
            legs = [Leg(debit, Money(minor, currency)), Leg(credit, Money(-minor, currency))]
            if undo and key in model:
                services.reverse(shop_id=shop_id, transfer_key=key, kind=TransferKind.ORDER_CANCELLED, key=f"un{key}")
                reversed_keys.add(key)
            elif key in model and sorted(map(str, model[key])) != sorted(map(str, legs)):
                with pytest.raises(TransferConflict):
                    post(shop_id, key, legs)
            else:
                post(shop_id, key, legs)
                model[key] = legs
        expected = [leg for key, legs in model.items() if key not in reversed_keys for leg in legs]
        self.check_books(shop_id, expected)

    def check_books(self, shop_id: UUID, expected: list[Leg]) -> None:
        for found in selectors.balances(shop_id=shop_id):
            currency = found.balance.currency
            of_account = [
                leg.amount.minor for leg in expected if (leg.account, leg.amount.currency) == (found.account, currency)
            ]
            assert found.balance.minor == sum(of_account)
            assert found.balance == found.debits - found.credits
            lines = selectors.statement(shop_id=shop_id, account=found.account, currency=currency, limit=100).lines
            running = 0
            for line in reversed(lines):
                running += line.amount.minor
                assert line.balance.minor == running
            assert running == found.balance.minor
        for currency in ("CNY", "JPY"):
            books = selectors.balances(shop_id=shop_id)
            assert sum(found.balance.minor for found in books if found.balance.currency == currency) == 0


# taking from a balance


def take(shop_id: UUID, minor: int, key: str) -> UUID:
    return services.take_from_balance(
        shop_id=shop_id,
        kind=TransferKind.PAYOUT_ORDERED,
        subject_id=UUID(int=8),
        key=key,
        source=AccountKind.SHOP_PAYABLE,
        target=AccountKind.PAYOUT_DUE,
        amount=cny(minor),
    )


@pytest.mark.django_db
def test_no_more_is_taken_than_an_account_holds() -> None:
    shop_id = make_shop().id
    with pytest.raises(BalanceTooLow):
        take(shop_id, 1, "early")
    post(shop_id, "earned", move(100, AccountKind.ORDER_ESCROW, AccountKind.SHOP_PAYABLE))
    first = take(shop_id, 60, "a")
    with pytest.raises(BalanceTooLow) as refusal:
        take(shop_id, 41, "b")
    assert refusal.value.details == {"account": AccountKind.SHOP_PAYABLE, "wanted": cny(41), "balance": cny(40)}
    take(shop_id, 40, "b")
    assert take(shop_id, 60, "a") == first  # a replay is no second taking, though nothing is left
    with pytest.raises(TransferConflict):
        take(shop_id, 61, "a")
    assert balance(shop_id, AccountKind.SHOP_PAYABLE) == 0


@pytest.mark.usefixtures("committed_db")
def test_takers_at_once_see_each_other() -> None:
    shop_id = make_shop().id
    post(shop_id, "earned", move(100, AccountKind.ORDER_ESCROW, AccountKind.SHOP_PAYABLE))
    answers = run_together(*[lambda n=n: take(shop_id, 30, f"k{n}") for n in range(6)])
    assert sum(isinstance(answer, UUID) for answer in answers) == 3, answers
    assert balance(shop_id, AccountKind.SHOP_PAYABLE) == -10
