from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID


class Scope(StrEnum):
    """What a token may be used for, within what its maker may do at that moment."""

    READ_SHOP = "read_shop"
    WRITE_SHOP = "write_shop"
    READ_GOODS = "read_goods"
    WRITE_GOODS = "write_goods"  # imports as well
    READ_STOCK = "read_stock"
    WRITE_STOCK = "write_stock"
    READ_ORDERS = "read_orders"
    WRITE_ORDERS = "write_orders"
    READ_AFTER_SALES = "read_after_sales"
    WRITE_AFTER_SALES = "write_after_sales"
    READ_REVIEWS = "read_reviews"
    WRITE_REVIEWS = "write_reviews"  # the shop's answers
    READ_MONEY = "read_money"
    WRITE_MONEY = "write_money"  # what is said about differences with a provider's bill
    WRITE_REFUNDS = "write_refunds"
    WRITE_WEBHOOKS = "write_webhooks"
    READ_MEMBERS = "read_members"
    WRITE_MEMBERS = "write_members"  # who has it brings others in, up to the maker's own role
    READ_ACTIVITY = "read_activity"
    WRITE_DOMAIN = "write_domain"  # and reads it
    CLOSE_SHOP = "close_shop"  # announces its end, takes that back, closes it for good
    BUY = "buy"  # cart, quotes, one's own orders with their payment and reviews
    READ_ME = "read_me"  # one's own address book, sessions, consents, and copies of one's data
    WRITE_ME = "write_me"


PERSONAL_SCOPES: Final = tuple(Scope)
OF_A_PERSON: Final = frozenset({Scope.READ_ME, Scope.WRITE_ME})  # a guest has nothing of the kind
# a shop buys nothing, and its programs have no business with the address book of whoever made their token
SHOP_SCOPES: Final = tuple(scope for scope in Scope if scope not in OF_A_PERSON | {Scope.BUY})


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token as lists show it; the secret itself is known to nobody any more."""

    id: UUID
    person_id: UUID
    shop_id: UUID | None  # none: a personal one
    name: str
    hint: str  # how the secret begins
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None  # to the hour
    revoked_at: datetime | None
    has_left: bool  # a shop's token whose maker works there no more: it has ended

    def is_alive(self, now: datetime) -> bool:
        return self.revoked_at is None and not self.has_left and now < self.expires_at


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A new token with its secret, which is shown this once."""

    token: TokenView
    secret: str


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a secret speaks for: its maker, in so far as the scopes go, and in one shop alone if it is a shop's."""

    token_id: UUID
    person_id: UUID
    shop_id: UUID | None
    scopes: Collection[Scope]
