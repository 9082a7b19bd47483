"""docs/money.md tells one order's money; its figures come from here, so that the page cannot tell another story."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from quanshi.accounts.types import SYSTEM
from quanshi.fulfilment.types import ParcelLine
from quanshi.kernel import clock, ids
from quanshi.kernel.money import Money
from quanshi.ledger import selectors
from quanshi.ledger.types import AccountKind, StatementLine, TransferKind, TransferView
from quanshi.orders import services
from quanshi.orders.models import Order
from quanshi.orders.types import AfterSaleKind, AfterSaleWish, ShopWish
from quanshi.payments.models import Attempt
from tests.support import trade
from tests.support.audit import assert_sound
from tests.support.factories import make_address, make_guest, make_order, make_shop, make_variant

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "money.md"
WORDS: Final = {
    TransferKind.ORDER_PLACED: "the order is placed",
    TransferKind.ORDER_PAID: "the gateway confirms the payment",
    TransferKind.REFUND_ORDERED: "the shop agrees to a refund",
    TransferKind.REFUND_SENT: "the gateway confirms the refund",
    TransferKind.ORDER_SETTLED: "the order closes and is settled",
}


def live_the_story() -> Order:
    """Three cups at 128.00, freight of 12.00; one lid is chipped, 30.00 go back; then the time for claims is over."""
    shop = make_shop(freight_minor=1200)
    order = make_order(shop=shop, lines=[(make_variant(shop=shop, price_minor=12800), 3)])
    trade.pay(order)
    line = order.lines.get()
    services.ship(
        actor=SYSTEM,
        order_id=order.id,
        carrier="sf",
        tracking_number="SF1234567890",
        lines=[ParcelLine(order_line_id=line.id, quantity=3)],
        key=str(ids.new_id()),
    )
    services.confirm_receipt(actor=trade.buyer_of(order), order_id=order.id)
    case_id = services.request_after_sale(
        actor=trade.buyer_of(order),
        order_id=order.id,
        kind=AfterSaleKind.REFUND_ONLY,
        lines=[AfterSaleWish(order_line_id=line.id, quantity=0, amount=Money(3000, "CNY"))],
        with_freight=False,
        reason="A lid is chipped",
        key=str(ids.new_id()),
    )
    services.approve(actor=SYSTEM, after_sale_id=case_id)
    trade.end_refunds(order)
    assert order.after_sale_until is not None
    with clock.fixed(order.after_sale_until):
        services.close_due(now=clock.now())
    return order


def figure(minor: int) -> str:
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100:,}.{abs(minor) % 100:02}" if minor else ""


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, words: int) -> list[str]:
    """Markdown; the first `words` columns are text, the others are figures."""
    rules = ["---"] * words + ["---:"] * (len(header) - words)
    return [f"| {' | '.join(row)} |" for row in (header, rules, *rows)]


def journal(story: Sequence[TransferView]) -> list[str]:
    rows = []
    for number, transfer in enumerate(story, start=1):
        (debit,) = [leg for leg in transfer.legs if leg.amount.minor > 0]
        (credit,) = [leg for leg in transfer.legs if leg.amount.minor < 0]
        row = [str(number), WORDS[transfer.kind], f"`{debit.account}`", f"`{credit.account}`"]
        rows.append([*row, figure(debit.amount.minor)])
    return table(["", "what happened", "debit", "credit", "CNY"], rows, words=4)


def balances(story: Sequence[TransferView]) -> list[str]:
    used = [kind for kind in AccountKind if any(leg.account is kind for transfer in story for leg in transfer.legs)]
    standing: Counter[AccountKind] = Counter()
    columns: list[dict[AccountKind, int]] = []
    for transfer in story:
        for leg in transfer.legs:
            standing[leg.account] += leg.amount.minor
        columns.append(dict(standing))
    rows = [[f"`{kind}`", *(figure(column.get(kind, 0)) for column in columns)] for kind in used]
    rows.append(["sum", *(figure(sum(column.values())) or "0.00" for column in columns)])
    return table(["after", *map(str, range(1, len(story) + 1))], rows, words=1)


def statement(lines: Sequence[StatementLine], story: Sequence[TransferView]) -> list[str]:
    numbers = {transfer.id: str(number) for number, transfer in enumerate(story, start=1)}
    rows = []
    for line in reversed(lines):  # a page reads from the first to the last
        debit, credit = max(line.amount.minor, 0), max(-line.amount.minor, 0)
        side = "Dr" if line.balance.minor > 0 else "Cr"
        balance = f"{figure(abs(line.balance.minor))} {side}" if line.balance.minor else "0.00"
        rows.append([numbers[line.transfer_id], WORDS[line.kind], figure(debit), figure(credit), balance])
    return table(["", "what happened", "debit", "credit", "balance"], rows, words=2)


def tell(order: Order) -> str:
    story = selectors.story(subject_id=order.id)
    told = ["### The journal", "", *journal(story), "", "### Where the money stands after each", "", *balances(story)]
    told += ["", "### The statements"]
    for kind in AccountKind:
        page = selectors.statement(shop_id=order.shop_id, account=kind, currency="CNY")
        if page.lines:
            told += ["", f"`{kind}`", "", *statement(page.lines, story)]
    return "\n".join(told)


def buy_from_two_shops() -> tuple[Order, Order]:
    """Cups for 396.00 from one shop and tea for 120.00 from another, by one payment; the tea is called off."""
    shops = make_shop(freight_minor=1200), make_shop()
    goods = make_variant(shop=shops[0], price_minor=12800), make_variant(shop=shops[1], price_minor=6000)
    _quote, token = services.make_quote(
        actor=make_guest(),
        wishes=[ShopWish(shop.id, [(goods[n], 3 - n)]) for n, shop in enumerate(shops)],
        address=make_address(),
        locale="en",
    )
    cups, tea = (Order.objects.get(id=one.order_id) for one in services.place(token=token).placed)
    attempt_id = trade.pay(cups)
    assert Attempt.objects.get(id=attempt_id).amount_minor == 51600
    services.cancel(actor=trade.buyer_of(tea), order_id=tea.id)
    trade.end_refunds(tea)
    return cups, tea


def tell_of_two(cups: Order, tea: Order) -> str:
    told = []
    for title, order in (("The books of the shop with the cups", cups), ("The books of the shop with the tea", tea)):
        story = selectors.story(subject_id=order.id)
        assert selectors.story(subject_id=order.id, shop_id=order.shop_id) == story
        told += [f"### {title}", "", *journal(story), "", *balances(story), ""]
    return "\n".join(told[:-1])


def written(about: str) -> str:
    """What stands between the marks of the page."""
    page = PAGE.read_text()
    begin, end = f"<!-- {about}: begin -->\n\n", f"\n\n<!-- {about}: end -->"
    assert page.count(begin) == page.count(end) == 1
    return page.partition(begin)[2].partition(end)[0]


@pytest.mark.django_db
def test_the_page_tells_what_the_books_say() -> None:
    order = live_the_story()
    assert_sound()
    told = tell(order)
    assert written("figures") == told, f"put this between the marks of {PAGE.name}:\n{told}"


@pytest.mark.django_db
def test_the_page_tells_how_one_payment_reaches_several_books() -> None:
    cups, tea = buy_from_two_shops()
    assert_sound()
    told = tell_of_two(cups, tea)
    assert written("two shops") == told, f"put this between the marks of {PAGE.name}:\n{told}"
