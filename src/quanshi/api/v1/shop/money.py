"""The shop's books: what each account holds, and its lines."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from quanshi.api.v1 import pages
from quanshi.api.v1.caller import Door
from quanshi.api.v1.shapes import In, MoneyOut
from quanshi.kernel.access import open_to, staff
from quanshi.ledger import selectors
from quanshi.ledger.types import AccountKind
from quanshi.shops import selectors as shops
from quanshi.shops.errors import ShopNotFound
from quanshi.shops.types import ShopView
from quanshi.tokens.types import Scope

router = Router(tags=["money"])


class BalanceOut(BaseModel):
    account: str
    balance: MoneyOut = Field(description="a debit is positive, what the shop is owed (shop_payable) negative")


class BalanceList(BaseModel):
    data: list[BalanceOut]


class StatementLineOut(BaseModel):
    posting_id: int
    transfer_id: UUID
    kind: str
    subject_id: UUID = Field(description="the order, or what else it is about")
    memo: str
    amount: MoneyOut
    balance: MoneyOut = Field(description="of the account, after this line")
    at: datetime


class StatementPage(BaseModel):
    account: str
    data: list[StatementLineOut]
    next: pages.Next


class StatementQuery(In):
    account: Literal[tuple(AccountKind)] = "shop_payable"  # type: ignore[valid-type] # each by its value
    cursor: pages.Cursor = ""
    limit: pages.Limit = pages.LIMIT


@router.get(
    "shops/{uuid:shop_id}/balances", response=BalanceList, operation_id="listBalances", auth=Door(Scope.READ_MONEY)
)
@open_to(staff("view_money"))
def list_balances(request: HttpRequest, shop_id: UUID) -> BalanceList:  # noqa: ARG001 - ninja names it
    """Every account of the shop that has been used."""
    found = selectors.balances(shop_id=shop_id)
    return BalanceList(data=[BalanceOut(account=b.account.value, balance=MoneyOut.of(b.balance)) for b in found])


@router.get(
    "shops/{uuid:shop_id}/statement", response=StatementPage, operation_id="readStatement", auth=Door(Scope.READ_MONEY)
)
@open_to(staff("view_money"))
def read_statement(request: HttpRequest, shop_id: UUID, query: Query[StatementQuery]) -> StatementPage:
    """One account's lines in the shop's currency, newest first. A page never changes while newer lines arrive."""
    page = selectors.statement(
        shop_id=shop_id,
        account=AccountKind(query.account),
        currency=shop_of(shop_id).currency,
        cursor=query.cursor,
        limit=query.limit,
    )
    return StatementPage(
        account=page.account.value,
        data=[
            StatementLineOut(
                posting_id=line.posting_id,
                transfer_id=line.transfer_id,
                kind=line.kind.value,
                subject_id=line.subject_id,
                memo=line.memo,
                amount=MoneyOut.of(line.amount),
                balance=MoneyOut.of(line.balance),
                at=line.at,
            )
            for line in page.lines
        ],
        next=pages.next_of(request, page.next_cursor),
    )


def shop_of(shop_id: UUID) -> ShopView:
    """The shop whose books are asked for. Raises: ShopNotFound."""
    shop = shops.shops_by_id(shop_ids=[shop_id], locale="").get(shop_id)
    if shop is None:
        raise ShopNotFound(shop_id=shop_id)
    return shop
