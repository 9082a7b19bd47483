"""What a period did to the shop's books: each account's opening, turnover and closing, and the lines between them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Annotated, Final
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import In, MoneyOut
from quanshi.api.v1.shop import files, money
from quanshi.kernel.access import open_to, staff
from quanshi.kernel.errors import InvalidInput
from quanshi.ledger import selectors
from quanshi.ledger.types import PeriodAccount, PeriodLine
from quanshi.orders import selectors as orders
from quanshi.shops import services
from quanshi.shops.types import StaffAction, beginning_of
from quanshi.tokens.types import Scope

router = Router(tags=["money"])

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(9000, 1, 1)
MOST_DAYS: Final = 366
CHUNK: Final = 2000  # lines whose orders' numbers are asked for at once
COLUMNS: Final = ("at", "account", "kind", "subject_id", "order_number", "memo", "amount_minor", "balance_minor",
                  "currency")  # fmt: skip


class PeriodQuery(In):
    """Whole days by the shop's calendar, at most 366 of them."""

    first_day: Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
    last_day: Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY, description="the last one that counts")]

    def bounds(self) -> tuple[datetime, datetime]:
        """From when until before when. Raises: InvalidInput."""
        if not timedelta() <= self.last_day - self.first_day < timedelta(days=MOST_DAYS):
            reason = f"must be the first day or up to {MOST_DAYS - 1} days later"
            raise InvalidInput(field="last_day", value=self.last_day.isoformat(), reason=reason)
        return beginning_of(self.first_day), beginning_of(self.last_day + timedelta(days=1))


class PeriodAccountOut(BaseModel):
    account: str
    opening: MoneyOut = Field(description="a debit is positive, what the shop is owed (shop_payable) negative")
    debits: MoneyOut
    credits: MoneyOut
    closing: MoneyOut = Field(description="opening + debits - credits; the opening of the day that follows")

    @classmethod
    def of(cls, account: PeriodAccount) -> PeriodAccountOut:
        return cls(
            account=account.account.value,
            opening=MoneyOut.of(account.opening),
            debits=MoneyOut.of(account.debits),
            credits=MoneyOut.of(account.credits),
            closing=MoneyOut.of(account.closing),
        )


class PeriodOut(BaseModel):
    first_day: date
    last_day: date
    accounts: list[PeriodAccountOut]


@router.get("shops/{uuid:shop_id}/period", response=PeriodOut, operation_id="readPeriod", auth=Door(Scope.READ_MONEY))
@open_to(staff("view_money"))
def read_period(request: HttpRequest, shop_id: UUID, query: Query[PeriodQuery]) -> PeriodOut:  # noqa: ARG001 - ninja names it
    """What a day, a month or any days did to each account, in the shop's currency. A past one never changes."""
    begin, end = query.bounds()
    accounts = selectors.period_accounts(
        shop_id=shop_id, currency=money.shop_of(shop_id).currency, begin=begin, end=end
    )
    return PeriodOut(
        first_day=query.first_day, last_day=query.last_day, accounts=[PeriodAccountOut.of(each) for each in accounts]
    )


@router.get(
    "shops/{uuid:shop_id}/files/period.csv",
    operation_id="downloadPeriod",
    auth=Door(Scope.READ_MONEY),
    openapi_extra=files.CSV,
)
@open_to(staff("view_money"))
def period_file(request: HttpRequest, shop_id: UUID, query: Query[PeriodQuery]) -> StreamingHttpResponse:
    """Every line of a period with its account's balance after it, oldest first. That it was taken is on record."""
    begin, end = query.bounds()
    shop = money.shop_of(shop_id)
    accounts = selectors.period_accounts(shop_id=shop_id, currency=shop.currency, begin=begin, end=end)
    lines = selectors.period_lines(shop_id=shop_id, currency=shop.currency, begin=begin, end=end, opened=accounts)
    name = f"{shop.slug}-{query.first_day}-{query.last_day}.csv"
    services.record_taking(
        actor=visitor_of(request).actor, shop_id=shop_id, action=StaffAction.MONEY_EXPORTED, subject=name
    )
    return files.download(name, COLUMNS, _cells(shop_id, lines))


def _cells(shop_id: UUID, lines: Iterator[PeriodLine]) -> Iterator[files.Cells]:
    while chunk := list(islice(lines, CHUNK)):
        numbers = orders.order_numbers(shop_id=shop_id, order_ids={line.subject_id for line in chunk})
        for line in chunk:
            yield (
                line.at.isoformat(),
                line.account.value,
                line.kind.value,
                str(line.subject_id),
                numbers.get(line.subject_id, ""),
                line.memo,
                line.amount.minor,
                line.balance.minor,
                line.amount.currency,
            )
