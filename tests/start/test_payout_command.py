"""`quanshi payout`: what an operator sees of paying a shop."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from quanshi.config.commands import payout as command
from quanshi.kernel.money import Money
from quanshi.payments.models import Payout
from tests.support.earnings import earn
from tests.support.factories import make_shop
from tests.support.jobs import run_due_jobs
from tests.support.sandbox import sandbox_in_process

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sandbox() -> Iterator[None]:
    with sandbox_in_process():
        yield


@pytest.fixture
def slug() -> str:
    shop = make_shop(slug="tea")
    earn(shop.id, Money(36600, "CNY"))
    return shop.slug


def run(*words: str) -> Result:
    return CliRunner().invoke(command.command, list(words))


def order(slug: str, amount: str = "300.00", *, key: str = "2026-11") -> Result:
    return run("order", slug, amount, "--account", "sandbox", "--to", "tea-shop", "--key", key, "--memo", "November")


def test_a_shop_is_paid_and_the_list_says_so(slug: str) -> None:
    ordered = order(slug)
    assert ordered.exit_code == 0, ordered.output
    assert "transfer 300.00 CNY by sandbox to tea-shop [2026-11]: requested" in ordered.output
    assert "simulated: no money moves" in ordered.output
    run_due_jobs()
    listed = run("list", slug).output
    assert "shop_payable: 66.00 CNY" in listed
    assert "[2026-11]: succeeded" in listed


def test_the_same_key_orders_nothing_again(slug: str) -> None:
    assert order(slug).output.split()[0] == order(slug).output.split()[0]
    assert Payout.objects.count() == 1


def test_what_is_refused_is_said_with_its_facts(slug: str) -> None:
    refused = order(slug, "366.01")
    assert refused.exit_code == 1
    assert "balance_too_low: account=shop_payable, wanted=366.01 CNY, balance=366.00 CNY" in refused.output
    assert "not a number" in order(slug, "much", key="k").output
    assert "shop_not_found" in order("coffee").output
    assert run("release", str(UUID(int=7))).exit_code == 1
    assert "payout_not_found" in run("take-back", str(UUID(int=7)), "1.00", "--key", "k").output
    assert not Payout.objects.exists()
