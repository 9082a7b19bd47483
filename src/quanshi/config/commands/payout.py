"""Pay shops what they have earned, out of the account at a payment provider, and see what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

import click

from quanshi.kernel.errors import DomainError
from quanshi.kernel.money import Money, parse_money
from quanshi.ledger import selectors as ledger
from quanshi.ledger.types import AccountKind
from quanshi.payments import selectors, services
from quanshi.payments.types import PayoutReceiver, PayoutView
from quanshi.shops import selectors as shops
from quanshi.shops.types import ShopView

LOCALE: Final = "en"
SANDBOX: Final = "sandbox"


@click.group()
def command() -> None:
    """Pay a shop what it has earned: from the platform's account at a provider to the shop's own account there.

    The money leaves the shop's `shop_payable` when it is ordered. The worker sends it, asks until the provider has
    answered, and gives it back to `shop_payable` when the answer is no.
    """


@command.command()
@click.argument("slug", metavar="SHOP")
@click.argument("amount")
@click.option("--account", required=True, help="wechat, alipay, stripe or sandbox: where the money lies.")
@click.option("--to", "receiver", required=True, help="The shop's own account there: openid, merchant number, acct_...")
@click.option("--name", default="", help="The receiver's name as the provider knows it.")
@click.option("--key", required=True, help="A name of your own, such as 2026-11: one key is paid once.")
@click.option("--memo", default="", help="What the receiver reads.")
@click.option("--from-payment", "attempt_id", type=click.UUID, help="Split it from this payment instead.")
def order(
    *, slug: str, amount: str, account: str, receiver: str, name: str, key: str, memo: str, attempt_id: UUID | None
) -> None:
    """Order AMOUNT of what SHOP has earned to be paid to it. The same key again orders nothing."""
    with _refusals():
        shop = _shop(slug)
        payout = services.request_payout(
            shop_id=shop.id,
            account=account,
            receiver=PayoutReceiver(account=receiver, name=name),
            amount=parse_money(amount, shop.currency),
            key=key,
            memo=memo,
            attempt_id=attempt_id,
        )
        _show(payout)


@command.command("list")
@click.argument("slug", metavar="SHOP")
def list_(slug: str) -> None:
    """What SHOP has earned and not been paid, and its pay-outs, newest first."""
    with _refusals():
        shop = _shop(slug)
        for row in ledger.balances(shop_id=shop.id):
            if row.account in {AccountKind.SHOP_PAYABLE, AccountKind.PAYOUT_DUE}:
                click.echo(f"{row.account}: {-row.balance}")
        for payout in selectors.payouts_of(shop_id=shop.id):
            _show(payout)


@command.command("take-back")
@click.argument("payout_id", type=click.UUID)
@click.argument("amount")
@click.option("--currency", default="CNY", show_default=True)
@click.option("--key", required=True, help="A name of your own: one key is taken back once.")
@click.option("--memo", default="", help="What the receiver reads.")
def take_back(*, payout_id: UUID, amount: str, currency: str, key: str, memo: str) -> None:
    """Take AMOUNT of a split that has arrived back from its receiver."""
    with _refusals():
        wanted: Money = parse_money(amount, currency)
        _show(services.take_back_split(payout_id=payout_id, amount=wanted, key=key, memo=memo))


@command.command()
@click.argument("attempt_id", type=click.UUID)
def release(attempt_id: UUID) -> None:
    """Let the provider go what it still holds back of a payment for splits."""
    with _refusals():
        services.release_rest(attempt_id=attempt_id)
        click.echo(f"payment {attempt_id}: nothing is held back any more")


def _shop(slug: str) -> ShopView:
    return shops.kept_shop_by_slug(slug=slug, locale=LOCALE)


def _show(payout: PayoutView) -> None:
    simulated = " (simulated: no money moves)" if payout.account == SANDBOX else ""
    click.echo(
        f"{payout.id} {payout.created_at:%Y-%m-%d %H:%M} {payout.kind} {payout.amount} by {payout.account} to"
        f" {payout.receiver.account} [{payout.key}]: {payout.state} {payout.reason}{simulated}"
    )
    if payout.confirmation and payout.ended_at is None:
        click.echo(f"  the receiver has to agree to it in WeChat, with this package: {payout.confirmation}")


@contextmanager
def _refusals() -> Iterator[None]:
    """What cannot be done is said in one line, with its facts."""
    try:
        yield
    except DomainError as refusal:
        facts = ", ".join(f"{name}={value}" for name, value in refusal.details.items())
        raise click.ClickException(f"{refusal.message} ({refusal.code}: {facts})") from refusal
