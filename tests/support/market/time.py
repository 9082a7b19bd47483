from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import rule

from quanshi.accounts.types import SYSTEM
from quanshi.kernel import clock
from quanshi.ledger import selectors as ledger
from quanshi.orders import services
from quanshi.orders.types import AfterSaleState, OrderState
from quanshi.payments import services as payments
from quanshi.payments.types import AttemptState, Outcome, RefundState
from quanshi.stock import services as stock
from tests.support.bank import Mood
from tests.support.market.goods import GoodsSteps
from tests.support.paper import TO_SHIP, Paper

SWEEPS: Final[Mapping[str, tuple[Callable[..., int], Callable[[Paper, datetime], int]]]] = {
    "cancel unpaid": (services.cancel_unpaid, Paper.cancel_unpaid),
    "receive": (services.receive_due, Paper.receive_due),
    "close": (services.close_due, Paper.close_due),
    "settle cases": (services.settle_after_sales_due, Paper.settle_cases_due),
    "release": (stock.release_expired, Paper.release_expired),
}
MINUTES: Final = (1, 5, 14, 16, 60, 300, 49 * 60, 8 * 24 * 60, 11 * 24 * 60)
ROUNDS: Final = 12  # that a run needs at most to come to its end, when everybody does their part


class TimeSteps(GoodsSteps):
    """The clock, also a wrong one; the timers at any moment; and the end of it all."""

    @rule(minutes=st.sampled_from(MINUTES), names=st.just([]) | st.permutations(list(SWEEPS)))
    def time_passes(self, minutes: int, names: list[str]) -> None:
        """Unseen by the timers, or with each of them at work soon after."""
        self.now += timedelta(minutes=minutes)
        for name in names:
            self.sweep(name)
        self.took("time passes", done=True, expected=True)

    @rule(minutes=st.sampled_from([2, 10, 16, 26 * 60]))
    def clock_is_set_back(self, minutes: int) -> None:
        self.now -= timedelta(minutes=minutes)
        self.took("clock set back", done=True, expected=True)

    @rule(names=st.lists(st.sampled_from(list(SWEEPS)), min_size=1, max_size=3))
    def timers_run(self, names: list[str]) -> None:
        """Any of them, in any order, the same one twice as well."""
        for name in names:
            self.sweep(name)

    def sweep(self, name: str) -> None:
        real, on_paper = SWEEPS[name]
        with clock.fixed(self.now):
            count = real(now=self.now)
        due = on_paper(self.paper, self.now)
        # goods held from two places are two rows of the stock room, and one entry on paper
        assert count == due or name == "release", f"{name}: {count} ended, {due} were due"
        self.took(f"timer: {name}", done=count > 0, expected=due > 0)

    def wind_up(self) -> None:
        """Sound now; and when everybody does their part, everything ends and every amount is where it belongs."""
        super().wind_up()
        if not self.goes_to_the_end:
            return
        rounds = 0
        while unfinished := self.unfinished():
            rounds += 1
            assert rounds <= ROUNDS, unfinished
            self.do_everything()
            self.now += timedelta(days=11)
        self.agree()
        self.check_the_end()

    def unfinished(self) -> list[object]:
        over = (OrderState.CLOSED, OrderState.CANCELLED)
        return [
            *(order for order in self.paper.orders.values() if order.state not in over),
            *(refund for refund in self.paper.refunds.values() if refund.state is not RefundState.SUCCEEDED),
            *(attempt for attempt in self.paper.attempts.values() if attempt.state is AttemptState.PENDING),
            *self.paper.events,
            *self.paper.carts,
        ]

    def do_everything(self) -> None:
        self.bank.mood, self.bank.refund_outcome = Mood.WELL, Outcome.SUCCEEDED
        for entry in self.bank.payments.values():
            if entry.outcome is Outcome.PENDING:  # its payer has gone
                entry.outcome = Outcome.FAILED
        for letter in self.bank.letters:
            self.open_letter(letter)
        for reference in self.undecided_refunds():
            self.bank.end_refund(reference, Outcome.SUCCEEDED)
        for order in self.paper.orders.values():
            if any(refund.state is RefundState.FAILED for refund in order.refunds):
                self.try_again(order, Mood.WELL, SYSTEM)
            if order.state in TO_SHIP and any(order.to_ship(line) for line in order.lines):
                self.send(order, {line.id: order.to_ship(line) for line in order.lines}, SYSTEM)
        self.does(lambda: payments.send_due_refunds(now=self.now))
        self.does(lambda: payments.ask_attempts(now=self.now))
        self.hear_answers()
        self.relay_all()
        for name in SWEEPS:
            self.sweep(name)

    def check_the_end(self) -> None:
        """Nothing is promised or owed any more but what was sold: the bank holds it, and the shops are to get it."""
        assert not any(self.paper.promised(variant) for _, variant in self.world.variants)
        assert all(case.state in _ENDED for case in self.paper.cases.values())
        owed = 0
        for shop in self.world.shops:
            for row in ledger.balances(shop_id=shop.view.id):
                lines = ledger.statement(shop_id=shop.view.id, account=row.account, currency="CNY", limit=10_000).lines
                assert sum(line.amount.minor for line in lines) == row.balance.minor
                assert not lines or lines[0].balance == row.balance
            settled = sum(order.settled for order in self.paper.orders.values() if order.shop == shop.view.id)
            kept = {row.account.value: row.balance.minor for row in ledger.balances(shop_id=shop.view.id)}
            assert {name: minor for name, minor in kept.items() if minor} == (
                {"gateway_clearing": settled, "shop_payable": -settled} if settled else {}
            )
            owed += settled
        disputed = sum(
            self.bank.payments[attempt.id].amount.minor
            for attempt in self.paper.attempts.values()
            if attempt.state is AttemptState.DISPUTED
        )
        assert self.bank.held() == owed + disputed


_ENDED: Final = (AfterSaleState.DONE, AfterSaleState.DECLINED, AfterSaleState.WITHDRAWN)
