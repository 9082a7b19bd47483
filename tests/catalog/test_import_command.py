from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from quanshi.accounts.models import Person
from quanshi.catalog.models import Product
from quanshi.config.commands.import_ import command
from quanshi.shops.models import Membership, Shop
from tests.support.factories import make_person, make_shop
from tests.support.product_lists import product_list, simple

pytestmark = pytest.mark.django_db


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_bytes(product_list(simple("cup"), simple("mug")))
    return path


def test_a_shop_is_opened_and_all_rows_land(file: Path) -> None:
    person = make_person(email="owner@example.com")
    result = run(file, "--shop", "cups", "--create-shop", "Cups", "--owner", "Owner@example.com")

    assert (result.exit_code, Product.objects.count()) == (0, 2)
    assert "rows: 2 read, 0 refused" in result.stdout
    assert Membership.objects.get(shop=Shop.objects.get(slug="cups")).person_id == person.id
    assert run(file, "--shop", "cups", "--create-shop", "Cups").exit_code == 0
    assert Shop.objects.count() == 1


def test_refused_rows_give_exit_code_2_and_a_report_a_spreadsheet_can_open(file: Path, tmp_path: Path) -> None:
    file.write_bytes(product_list(simple("cup"), simple("mug", Variant_Price="=cmd()")))
    make_shop(slug="cups")
    report = tmp_path / "report.csv"

    result = run(file, "--shop", "cups", "--report", report)

    assert (result.exit_code, Product.objects.count()) == (2, 1)
    assert "Variant Price" in result.stdout
    with report.open(newline="", encoding="utf-8-sig") as rows:
        (row,) = csv.DictReader(rows)
    assert (row["line"], row["column"], row["value"], row["refused"]) == ("3", "Variant Price", "'=cmd()", "yes")


@pytest.mark.parametrize("damage", ["no shop", "no owner", "no file", "no list"])
def test_what_cannot_be_done_at_all_gives_exit_code_1(file: Path, damage: str) -> None:
    make_shop(slug="cups")
    arguments: list[object] = [file, "--shop", "cups"]
    if damage == "no shop":
        arguments[2] = "mugs"
    elif damage == "no owner":
        arguments += ["--owner", "nobody@example.com"]
    elif damage == "no file":
        arguments[0] = file.parent / "none.csv"
    else:
        file.write_bytes(b"PK\x03\x04")

    result = run(*arguments)

    assert result.exit_code == 1
    assert result.stderr.startswith("quanshi: ")
    assert not Product.objects.exists()
    assert not Person.objects.filter(email="nobody@example.com").exists()
