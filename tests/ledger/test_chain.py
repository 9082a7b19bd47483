"""What is sealed stays sealed: every way to meddle with the books past their triggers is found and named."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from quanshi.kernel import ids
from quanshi.ledger import chain, sealing, services
from quanshi.ledger.audit_chain import audit_chain
from quanshi.ledger.chain import GENESIS
from quanshi.ledger.models import Seal, Sealed, Transfer
from tests.support.chains import move
from tests.support.database import run_together
from tests.support.factories import make_shop


class Books:
    """One shop with three seals: of one, three and two transfers."""

    def __init__(self) -> None:
        self.shop_id = make_shop().id
        self.transfers: list[UUID] = []
        for count in (1, 3, 2):
            self.transfers += [move(self.shop_id, minor=100 + n) for n in range(count)]
            services.seal_transfers()

    def tamper(self, statement: str, *values: UUID | bytes) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(statement, values or None)

    def names(self) -> dict[str, object]:
        """What stands in braces in statements and rows."""
        return {"shop": self.shop_id, **{f"t{n}": transfer_id for n, transfer_id in enumerate(self.transfers)}}


def sound_books() -> Books:
    books = Books()
    report = audit_chain()
    assert (report.broken, report.waiting, report.books, report.seals, report.transfers) == ((), 0, 1, 3, 6)
    return books


COPY_OF_T1 = (
    "INSERT INTO ledger_transfer (id, shop_id, kind, subject_id, key)"
    " SELECT '{new}', shop_id, kind, subject_id, 'more' FROM ledger_transfer WHERE id = '{t1}';"
    "INSERT INTO ledger_posting (shop_id, transfer_id, account_id, amount_minor, currency)"
    " SELECT shop_id, '{new}', account_id, amount_minor, currency FROM ledger_posting WHERE transfer_id = '{t1}';"
)
WHAT_WAS_SEALED = "a sealed transfer and its postings are what was sealed"
HOLDS = "a seal holds as many transfers as it says"
HASH = "a seal's hash is that of what it holds"
# what somebody with all rights does, and (row, rule) that must be named; t0 ... t5 are the transfers
MEDDLING: dict[str, tuple[str, str, str]] = {
    "an amount": (
        "UPDATE ledger_posting SET amount_minor = amount_minor * 2 WHERE transfer_id = '{t2}'",
        "{t2}",
        WHAT_WAS_SEALED,
    ),
    "a key": ("UPDATE ledger_transfer SET key = key || 'x' WHERE id = '{t2}'", "{t2}", WHAT_WAS_SEALED),
    "a memo": ("UPDATE ledger_transfer SET memo = 'x' WHERE id = '{t2}'", "{t2}", WHAT_WAS_SEALED),
    "a kind": ("UPDATE ledger_transfer SET kind = 'order_paid' WHERE id = '{t0}'", "{t0}", WHAT_WAS_SEALED),
    "a subject": ("UPDATE ledger_transfer SET subject_id = '{new}' WHERE id = '{t0}'", "{t0}", WHAT_WAS_SEALED),
    "a moment": (
        "UPDATE ledger_transfer SET created_at = created_at + interval '1 microsecond' WHERE id = '{t0}'",
        "{t0}",
        WHAT_WAS_SEALED,
    ),
    "what it reverses": (
        "UPDATE ledger_transfer SET reverses_id = '{t1}' WHERE id = '{t0}'",
        "{t0}",
        WHAT_WAS_SEALED,
    ),
    "the shop of a transfer": (
        "UPDATE ledger_transfer SET shop_id = '{new}' WHERE id = '{t0}'",
        "{t0}",
        WHAT_WAS_SEALED,
    ),
    "the accounts changed over": (
        (
            "UPDATE ledger_posting SET account_id = (SELECT id FROM ledger_account AS other"
            " WHERE other.id <> ledger_posting.account_id LIMIT 1) WHERE transfer_id = '{t3}'"
        ),
        "{t3}",
        WHAT_WAS_SEALED,
    ),
    "an account's meaning": (
        "UPDATE ledger_account SET kind = 'refund_due' WHERE kind = 'buyer_due'",
        "{t5}",
        WHAT_WAS_SEALED,
    ),
    "an account gone": ("DELETE FROM ledger_account WHERE kind = 'buyer_due'", "{t5}", WHAT_WAS_SEALED),
    "a currency": ("UPDATE ledger_posting SET currency = 'JPY' WHERE transfer_id = '{t4}'", "{t4}", WHAT_WAS_SEALED),
    "a posting gone": (
        "DELETE FROM ledger_posting WHERE transfer_id = '{t3}' AND amount_minor > 0",
        "{t3}",
        WHAT_WAS_SEALED,
    ),
    "all postings gone": ("DELETE FROM ledger_posting WHERE transfer_id = '{t3}'", "{t3}", WHAT_WAS_SEALED),
    "postings more": (
        (
            "INSERT INTO ledger_posting (shop_id, transfer_id, account_id, amount_minor, currency)"
            " SELECT shop_id, transfer_id, account_id, amount_minor, currency "
            " FROM ledger_posting WHERE transfer_id = '{t3}'"
        ),
        "{t3}",
        WHAT_WAS_SEALED,
    ),
    "a transfer gone": ("DELETE FROM ledger_transfer WHERE id = '{t1}'", "{t1}", "a sealed transfer exists"),
    "a transfer and its place gone": (
        "DELETE FROM ledger_transfer WHERE id = '{t2}'; DELETE FROM ledger_sealed WHERE transfer_id = '{t2}'",
        "{shop} 2",
        HOLDS,
    ),
    "the last transfer and its place gone": (
        "DELETE FROM ledger_transfer WHERE id = '{t5}'; DELETE FROM ledger_sealed WHERE transfer_id = '{t5}'",
        "{shop} 3",
        HOLDS,
    ),
    "a place gone": (
        "DELETE FROM ledger_sealed WHERE transfer_id = '{t2}'",
        "{shop} 2 2",
        "the places in a seal are counted without a gap",
    ),
    "a seal gone": (
        "DELETE FROM ledger_seal WHERE sequence = 2",
        "{shop} 2",
        "no number is missing between two seals",
    ),
    "the last seal gone": ("DELETE FROM ledger_seal WHERE sequence = 3", "{t5}", "a sealed transfer's seal exists"),
    "a seal and all in it gone": (
        (
            "DELETE FROM ledger_transfer WHERE id IN ('{t1}', '{t2}', '{t3}'); DELETE FROM ledger_sealed"
            " WHERE sequence = 2; DELETE FROM ledger_seal WHERE sequence = 2"
        ),
        "{shop} 2",
        "no number is missing between two seals",
    ),
    "a seal cut out and the rest renumbered": (
        (
            "DELETE FROM ledger_sealed WHERE sequence = 2; DELETE FROM ledger_seal WHERE sequence = 2;"
            "UPDATE ledger_sealed SET sequence = 2 WHERE sequence = 3;"
            "UPDATE ledger_seal SET sequence = 2 WHERE sequence = 3"
        ),
        "{shop} 2",
        "a seal continues the one before it",
    ),
    "a transfer put into a seal": (
        (
            "{copy} INSERT INTO ledger_sealed (shop_id, transfer_id, sequence, position, hash)"
            " SELECT shop_id, '{new}', 2, 4, hash FROM ledger_sealed WHERE transfer_id = '{t1}'"
        ),
        "{new}",
        WHAT_WAS_SEALED,
    ),
    "a transfer put into a seal and counted": (
        (
            "{copy} INSERT INTO ledger_sealed (shop_id, transfer_id, sequence, position, hash)"
            " SELECT shop_id, '{new}', 2, 4, hash FROM ledger_sealed WHERE transfer_id = '{t1}';"
            "UPDATE ledger_seal SET count = 4, last_transfer_id = '{new}' WHERE sequence = 2"
        ),
        "{shop} 2",
        HASH,
    ),
    "a transfer that says to be old": (
        "{copy} UPDATE ledger_transfer SET created_at = now() - interval '2 hours' WHERE id = '{new}'",
        "{new}",
        "a transfer is sealed before those that are an hour younger",
    ),
    "two changed places": (
        (
            "UPDATE ledger_sealed SET position = -position WHERE sequence = 2;"
            "UPDATE ledger_sealed SET position = CASE position WHEN -1 THEN 2 WHEN -2 THEN 1 ELSE 3 END"
            " WHERE sequence = 2"
        ),
        "{shop} 2",
        HASH,
    ),
    "two transfers with each other's hash": (
        (
            "UPDATE ledger_sealed SET hash = (SELECT hash FROM ledger_sealed AS other WHERE other.position = 3 - "
            "ledger_sealed.position AND other.sequence = 2) WHERE sequence = 2 AND position IN (1, 2)"
        ),
        "{t1}",
        WHAT_WAS_SEALED,
    ),
    "a place's hash": (
        "UPDATE ledger_sealed SET hash = sha256('x') WHERE transfer_id = '{t2}'",
        "{t2}",
        WHAT_WAS_SEALED,
    ),
    "a seal's hash": ("UPDATE ledger_seal SET hash = sha256('x') WHERE sequence = 1", "{shop} 1", HASH),
    "a seal's past": ("UPDATE ledger_seal SET previous_hash = sha256('x') WHERE sequence = 2", "{shop} 2", HASH),
    "a seal's moment": (
        "UPDATE ledger_seal SET sealed_at = sealed_at + interval '1 microsecond' WHERE sequence = 3",
        "{shop} 3",
        HASH,
    ),
    "a seal's count": ("UPDATE ledger_seal SET count = 4 WHERE sequence = 2", "{shop} 2", HOLDS),
}


@pytest.mark.parametrize("what", MEDDLING)
def test_meddling_is_named(committed_db: None, what: str) -> None:
    books = sound_books()
    statement, row, rule = MEDDLING[what]
    names = books.names() | {"new": ids.new_id()}

    books.tamper(statement.replace("{copy}", COPY_OF_T1).format(**names))

    found = [(broken.id, broken.rule) for broken in audit_chain().broken]
    assert any(row.format(**names) == broken_id and said.startswith(rule) for broken_id, said in found), found


def test_a_change_with_its_hash_set_right_breaks_its_seal_and_that_set_right_the_next(committed_db: None) -> None:
    books = sound_books()
    books.tamper("UPDATE ledger_transfer SET memo = 'another story' WHERE id = %s", books.transfers[0])
    (seal, *_) = sealing.read_chain(shop_id=books.shop_id)
    (entry,) = seal.entries
    assert entry.transfer is not None
    right = replace(seal, entries=(replace(entry, hash=chain.transfer_hash(entry.transfer)),))

    books.tamper("UPDATE ledger_sealed SET hash = %s WHERE sequence = 1", right.entries[0].hash)
    assert [(broken.id, broken.rule) for broken in audit_chain().broken] == [(f"{books.shop_id} 1", HASH)]

    books.tamper("UPDATE ledger_seal SET hash = %s WHERE sequence = 1", chain.seal_hash(right))
    assert [(broken.id, broken.rule) for broken in audit_chain().broken] == [
        (f"{books.shop_id} 2", "a seal continues the one before it")
    ]


def test_a_transfer_is_sealed_once_and_a_second_pass_finds_nothing(committed_db: None) -> None:
    shop_ids = [make_shop().id, make_shop().id]
    transfers = {move(shop_id) for shop_id in shop_ids for _ in range(5)}

    first = services.seal_transfers()

    assert (first.count, first.seals) == (10, 2)
    assert services.seal_transfers().count == services.seal_transfers(since=first.since).count == 0
    assert set(Sealed.objects.values_list("transfer_id", flat=True)) == transfers
    assert set(Seal.objects.values_list("shop_id", "sequence", "count")) == {(shop_id, 1, 5) for shop_id in shop_ids}


def test_a_shop_has_a_chain_of_its_own(committed_db: None) -> None:
    one, other = make_shop().id, make_shop().id
    for shop_id in (one, other, one):
        move(shop_id)
        services.seal_transfers()

    assert sorted(Seal.objects.values_list("shop_id", "sequence")) == sorted([(one, 1), (one, 2), (other, 1)])
    assert [bytes(hash_) for hash_ in Seal.objects.filter(sequence=1).values_list("previous_hash", flat=True)] == [
        GENESIS,
        GENESIS,
    ]


def test_who_commits_late_is_sealed_by_the_next_short_pass(committed_db: None) -> None:
    """The late one has the smaller id and the older moment, and its books were sealed past it."""
    shop_id = make_shop().id
    move(shop_id)  # accounts exist
    since = services.seal_transfers().since

    def seal_meanwhile() -> tuple[UUID, str]:
        quick = move(shop_id)
        return quick, services.seal_transfers(since=since).since

    with transaction.atomic():
        late = move(shop_id)
        (answer,) = run_together(seal_meanwhile)
        assert isinstance(answer, tuple), answer
        quick, since = answer
        assert list(Sealed.objects.filter(sequence=2).values_list("transfer_id", flat=True)) == [quick]
        assert late < quick

    move(shop_id)
    assert services.seal_transfers(since=since).count == 2
    assert Sealed.objects.get(transfer_id=late).sequence == 3
    assert audit_chain().broken == ()


def test_what_is_rolled_back_is_never_sealed(committed_db: None) -> None:
    shop_id = make_shop().id
    since = services.seal_transfers().since
    with transaction.atomic():
        move(shop_id)
        transaction.set_rollback(True)

    assert services.seal_transfers(since=since).count == 0
    assert not Seal.objects.exists()


def test_several_sealers_and_writers_at_once_leave_one_sound_chain(committed_db: None) -> None:
    shop_id = make_shop().id
    move(shop_id)

    def write() -> None:
        for _ in range(40):
            move(shop_id)

    def seal() -> None:
        since = ""
        for _ in range(40):
            since = services.seal_transfers(since=since).since

    answers = run_together(*[write] * 4, *[seal] * 4)

    assert [answer for answer in answers if answer is not None] == []
    services.seal_transfers()
    assert Sealed.objects.count() == Transfer.objects.count() == 161
    report = audit_chain()
    assert (report.broken, report.transfers, report.waiting) == ((), 161, 0)
    assert report.seals > 1


def test_a_book_in_other_hands_is_left_to_them_and_not_forgotten(committed_db: None) -> None:
    shop_id = make_shop().id
    move(shop_id)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('ledger_seal ' || %s, 0))", [str(shop_id)])
        (answer,) = run_together(services.seal_transfers)
        assert not isinstance(answer, Exception)
        assert (answer.count, answer.since) == (0, "")

    assert services.seal_transfers(since=answer.since).count == 1


def test_a_transfer_without_postings_waits(committed_db: None) -> None:
    shop_id = make_shop().id
    Transfer.objects.create(shop_id=shop_id, kind="order_placed", subject_id=ids.new_id(), key="open")

    assert services.seal_transfers().count == 0
    assert audit_chain().waiting == 1


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO ledger_sealed SELECT shop_id, transfer_id, 2, 9, hash FROM ledger_sealed",
        "INSERT INTO ledger_seal SELECT * FROM ledger_seal",
        "UPDATE ledger_seal SET count = 1",
        "DELETE FROM ledger_seal",
        "TRUNCATE ledger_seal",
        "UPDATE ledger_sealed SET position = 1",
        "DELETE FROM ledger_sealed",
        "TRUNCATE ledger_sealed",
    ],
)
def test_the_database_refuses_a_second_seal_and_any_change(committed_db: None, statement: str) -> None:
    move(make_shop().id)
    services.seal_transfers()
    columns = "(shop_id, transfer_id, sequence, position, hash)"

    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute(statement.replace("INTO ledger_sealed", f"INTO ledger_sealed {columns}"))
    assert audit_chain().broken == ()


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
moves = st.tuples(texts, texts.filter(bool), st.integers(1, 2**53 - 1))


class BothSpellings(TestCase):
    """The database and Python spell the canonical form alike, whatever the texts and amounts."""

    @given(
        st.lists(st.tuples(texts, texts.filter(bool), st.integers(1, 2**53 - 1)), max_size=4, unique_by=lambda x: x[1])
    )
    def test_a_sealed_book_is_sound(self, moves: list[tuple[str, str, int]]) -> None:
        shop_id = make_shop().id
        transfers = [move(shop_id, minor=minor, memo=memo, key=key) for memo, key, minor in moves]
        with connection.cursor() as cursor:
            cursor.execute("SELECT ledger_seal_book(%s, %s::uuid[])", [shop_id, transfers])
            assert cursor.fetchone() == (len(moves),)

        seals = list(sealing.read_chain(shop_id=shop_id))

        assert [entry.transfer_id for seal in seals for entry in seal.entries] == transfers
        assert list(chain.faults(seals)) == []
