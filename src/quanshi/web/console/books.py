"""The ledger in the words of a shop: an account that owes is shown as what it owes, not as a negative number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from quanshi.kernel.money import Money
from quanshi.ledger.types import AccountBalance, AccountKind, StatementLine, TransferKind, TransferView
from quanshi.web.console import words

ASSETS: Final = frozenset({AccountKind.BUYER_DUE, AccountKind.GATEWAY_CLEARING})


@dataclass(frozen=True, slots=True)
class AccountCard:
    account: AccountKind
    word: str
    hint: str
    amount: Money


@dataclass(frozen=True, slots=True)
class BookLine:
    posting_id: int
    kind: TransferKind
    order_id: UUID
    order_number: str  # empty for what is about no order of this shop
    memo: str
    amount: Money
    balance: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class StoryLeg:
    word: str
    amount: Money


@dataclass(frozen=True, slots=True)
class StoryEntry:
    kind: TransferKind
    at: datetime
    legs: tuple[StoryLeg, ...]


def held(account: AccountKind, amount: Money) -> Money:
    """`amount` (debit positive) as people count it: more is more, for what one has and for what one owes."""
    return amount if account in ASSETS else -amount


def cards(balances: Iterable[AccountBalance], *, currency: str) -> tuple[AccountCard, ...]:
    """One card an account in the order in which a shop asks; an account without postings shows zero."""
    known = {b.account: b.balance for b in balances if b.balance.currency == currency}
    return tuple(
        AccountCard(
            account=account,
            word=str(words.ACCOUNTS[account]),
            hint=str(words.ACCOUNT_HINTS[account]),
            amount=held(account, known.get(account, Money(0, currency))),
        )
        for account in map(AccountKind, words.ACCOUNTS)
    )


def lines(
    account: AccountKind, statement_lines: Iterable[StatementLine], *, numbers: Mapping[UUID, str]
) -> tuple[BookLine, ...]:
    """The lines of a statement, each with the number of the order that it is about."""
    return tuple(
        BookLine(
            posting_id=line.posting_id,
            kind=line.kind,
            order_id=line.subject_id,
            order_number=numbers.get(line.subject_id, ""),
            memo=line.memo,
            amount=held(account, line.amount),
            balance=held(account, line.balance),
            at=line.at,
        )
        for line in statement_lines
    )


def story(transfers: Iterable[TransferView]) -> tuple[StoryEntry, ...]:
    """What happened to an order's money, each step with the accounts that it moved."""
    return tuple(
        StoryEntry(
            kind=transfer.kind,
            at=transfer.at,
            legs=tuple(
                StoryLeg(word=str(words.ACCOUNTS[leg.account]), amount=held(leg.account, leg.amount))
                for leg in transfer.legs
            ),
        )
        for transfer in transfers
    )
