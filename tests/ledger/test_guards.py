"""The books defend themselves against raw SQL: no Python of ours stands between these statements and the tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from quanshi.kernel import ids
from quanshi.kernel.money import Money
from quanshi.ledger import services
from quanshi.ledger.models import Account, Posting, Transfer
from quanshi.ledger.types import AccountKind, Leg, TransferKind
from tests.support.factories import make_shop

pytestmark = pytest.mark.django_db

POST = "INSERT INTO ledger_posting (shop_id, transfer_id, account_id, amount_minor, currency) VALUES "


class Books:
    """One shop with one balanced transfer and one that has no legs yet."""

    def __init__(self) -> None:
        self.shop_id = make_shop().id
        self.due = self.account(AccountKind.BUYER_DUE, "CNY")
        self.escrow = self.account(AccountKind.ORDER_ESCROW, "CNY")
        self.yen = self.account(AccountKind.ORDER_ESCROW, "JPY")
        self.written = services.post(
            shop_id=self.shop_id,
            kind=TransferKind.ORDER_PLACED,
            subject_id=ids.new_id(),
            key="written",
            legs=[
                Leg(AccountKind.BUYER_DUE, Money(500, "CNY")),
                Leg(AccountKind.ORDER_ESCROW, Money(-500, "CNY")),
            ],
        )
        self.open = self.transfer("open")

    def account(self, kind: AccountKind, currency: str) -> UUID:
        account_id: UUID = Account.objects.create(shop_id=self.shop_id, kind=kind, currency=currency).id
        return account_id

    def transfer(self, key: str) -> UUID:
        transfer = Transfer.objects.create(
            shop_id=self.shop_id, kind=TransferKind.ORDER_PLACED, subject_id=ids.new_id(), key=key
        )
        transfer_id: UUID = transfer.id
        return transfer_id

    def leg(self, transfer_id: UUID, account_id: UUID, minor: int, currency: str = "CNY") -> list[UUID | int | str]:
        return [self.shop_id, transfer_id, account_id, minor, currency]

    def insert(self, *legs: list[UUID | int | str]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                POST + ", ".join(["(%s, %s, %s, %s, %s)"] * len(legs)), [value for leg in legs for value in leg]
            )


@pytest.fixture
def books() -> Books:
    return Books()


@contextmanager
def assert_refused(constraint: str) -> Iterator[None]:
    before = (Transfer.objects.count(), list(Posting.objects.order_by("id").values_list()))
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        yield
    cause = caught.value.__cause__
    assert isinstance(cause, psycopg.errors.CheckViolation)
    assert cause.diag.constraint_name == constraint
    assert (Transfer.objects.count(), list(Posting.objects.order_by("id").values_list())) == before


def test_a_balanced_pair_lands(books: Books) -> None:
    books.insert(books.leg(books.open, books.due, 300), books.leg(books.open, books.escrow, -300))

    assert Posting.objects.filter(transfer_id=books.open).count() == 2


def test_a_single_leg_is_refused(books: Books) -> None:
    with assert_refused("ledger_posting_balanced"):
        books.insert(books.leg(books.open, books.due, 300))


def test_one_minor_unit_off_is_refused(books: Books) -> None:
    with assert_refused("ledger_posting_balanced"):
        books.insert(books.leg(books.open, books.due, 300), books.leg(books.open, books.escrow, -299))


def test_two_transfers_that_balance_only_together_are_refused(books: Books) -> None:
    other = books.transfer("other")
    with assert_refused("ledger_posting_balanced"):
        books.insert(books.leg(books.open, books.due, 300), books.leg(other, books.escrow, -300))


def test_two_currencies_that_balance_only_together_are_refused(books: Books) -> None:
    with assert_refused("ledger_posting_balanced"):
        books.insert(books.leg(books.open, books.due, 300), books.leg(books.open, books.yen, -300, "JPY"))


def test_a_currency_that_is_not_the_accounts_is_refused(books: Books) -> None:
    with assert_refused("ledger_posting_belongs"):
        books.insert(books.leg(books.open, books.due, 300), books.leg(books.open, books.yen, -300))


def test_an_account_of_another_shop_is_refused(books: Books) -> None:
    with assert_refused("ledger_posting_belongs"):
        books.insert(books.leg(books.open, books.due, 300), books.leg(books.open, Books().escrow, -300))


def test_a_transfer_of_another_shop_is_refused(books: Books) -> None:
    other = Books().open
    with assert_refused("ledger_posting_belongs"):
        books.insert(books.leg(other, books.due, 300), books.leg(other, books.escrow, -300))


def test_a_transfer_that_does_not_exist_is_refused(books: Books) -> None:
    nowhere = ids.new_id()
    with assert_refused("ledger_posting_belongs"):
        books.insert(books.leg(nowhere, books.due, 300), books.leg(nowhere, books.escrow, -300))


def test_a_balanced_pair_cannot_join_a_written_transfer(books: Books) -> None:
    with assert_refused("ledger_transfer_final"):
        books.insert(books.leg(books.written, books.due, 1), books.leg(books.written, books.escrow, -1))


def test_copy_is_checked_like_insert(books: Books) -> None:
    copy = "COPY ledger_posting (shop_id, transfer_id, account_id, amount_minor, currency) FROM STDIN"
    with (
        assert_refused("ledger_posting_balanced"),
        connection.cursor() as cursor,
        _as_integrity_error(),
        cursor.copy(copy) as rows,
    ):
        rows.write(f"{books.shop_id}\t{books.open}\t{books.due}\t300\tCNY\n")


@contextmanager
def _as_integrity_error() -> Iterator[None]:
    """A COPY leaves Django's cursor wrapper aside, so its error arrives unwrapped."""
    try:
        yield
    except psycopg.errors.CheckViolation as error:
        raise IntegrityError from error


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_posting SET amount_minor = amount_minor * 2",
        "UPDATE ledger_posting SET currency = 'JPY' WHERE false",
        "DELETE FROM ledger_posting",
        "TRUNCATE ledger_posting",
        "UPDATE ledger_transfer SET memo = 'another story'",
        "DELETE FROM ledger_transfer",
        "TRUNCATE ledger_transfer",
        "INSERT INTO ledger_transfer SELECT * FROM ledger_transfer ON CONFLICT (id) DO UPDATE SET memo = 'other'",
        "UPDATE ledger_account SET currency = 'JPY'",
        "DELETE FROM ledger_account",
        "TRUNCATE ledger_account",
    ],
)
@pytest.mark.usefixtures("books")
def test_what_is_written_stays(statement: str) -> None:
    with assert_refused("ledger_append_only"), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # pending foreign keys alone would refuse a truncation
        cursor.execute(statement)
