"""What an auditor takes home is checked without us, and whatever is changed in it is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.db import connection, transaction
from tools import verify_chain

from quanshi.config.commands import audit as command
from quanshi.kernel import clock
from quanshi.ledger import services
from quanshi.ledger.models import Seal
from quanshi.shops.types import ShopView
from tests.support.chains import move, verify
from tests.support.factories import make_shop

Line = dict[str, Any]


@pytest.fixture
def shop(committed_db: None) -> ShopView:
    """Two seals, of one and of two transfers."""
    shop = make_shop()
    for count in (1, 2):
        for number in range(count):
            move(shop.id, memo=f'第 {number} 笔 | \n"')
        services.seal_transfers()
    return shop


def audit(*arguments: object) -> Result:
    return CliRunner().invoke(command.command, [str(argument) for argument in arguments])


def export(shop: ShopView, path: Path, *arguments: object) -> list[Line]:
    done = audit("--export-chain", path, "--shop", shop.slug, *arguments)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in path.read_text().splitlines()]


def write(path: Path, lines: list[Line]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_an_export_is_checked_by_the_standard_library_alone(shop: ShopView, tmp_path: Path) -> None:
    lines = export(shop, tmp_path / "chain")
    done = verify(tmp_path / "chain")
    assert (done.returncode, done.stderr) == (0, "")
    root = bytes(Seal.objects.get(sequence=2).hash).hex()
    assert f"sound, root {root}" in done.stdout
    assert lines[-1] == {"root": root, "sequence": 2, "seals": 2, "transfers": 3}


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inside is None:
        yield path
        return
    for name, held in inside:
        yield from leaves(held, (*path, name))


def changed(lines: list[Line], path: tuple[Any, ...]) -> list[Line]:
    copy: Any = deepcopy(lines)
    at = copy
    for name in path[:-1]:
        at = at[name]
    old = at[path[-1]]
    at[path[-1]] = old + 1 if isinstance(old, int) else f"{old[:-1]}{'0' if old.endswith('1') else '1'}"
    return list(copy)


def test_every_single_field_is_held(shop: ShopView, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = export(shop, tmp_path / "chain")
    unheld = {(0, "shop"), (0, "date")}  # a name beside the id, and which seals were asked for
    paths = [path for path in leaves(lines) if path not in unheld]
    assert len(paths) > 60

    missed = [path for path in paths if verify_chain.main([str(write(tmp_path / "x", changed(lines, path)))]) == 0]

    assert missed == []
    assert "BROKEN" in capsys.readouterr().out


def test_lines_and_transfers_cannot_go_come_or_change_places(shop: ShopView, tmp_path: Path) -> None:
    lines = export(shop, tmp_path / "chain")
    head, one, two, foot = lines
    fewer = {**two, "transfers": two["transfers"][:1]}
    swapped = {**two, "transfers": two["transfers"][::-1]}
    doubled = {**two, "transfers": [*two["transfers"], two["transfers"][0]]}
    renumbered = {**two, "sequence": 1, "previous_hash": "0" * 64}
    for attempt in (
        [one, two, foot],
        [head, two, foot],
        [head, one, foot],
        [head, one, two],
        [head, two, one, foot],
        [head, one, one, two, foot],
        [head, one, fewer, foot],
        [head, one, swapped, foot],
        [head, one, doubled, foot],
        [head, renumbered, foot],
        [head, foot],
        [],
    ):
        assert verify(write(tmp_path / "x", attempt)).returncode == 1, attempt


def test_one_seal_cannot_be_spelled_in_two_ways(shop: ShopView, tmp_path: Path) -> None:
    """A separator inside a field would let it pass for two."""
    head, one, two, foot = export(shop, tmp_path / "chain")
    transfer = one["transfers"][0]
    transfer["shop_id"] = f"{transfer['shop_id']}|{transfer['id']}"
    assert verify(write(tmp_path / "x", [head, one, two, foot])).returncode == 1


def test_a_chain_written_anew_is_not_the_one_of_an_older_export(shop: ShopView, tmp_path: Path) -> None:
    """Who may write everything may also seal everything anew; what an auditor took home still tells."""
    export(shop, tmp_path / "before")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE ledger_posting SET amount_minor = amount_minor * 2")
        cursor.execute("DELETE FROM ledger_sealed")
        cursor.execute("DELETE FROM ledger_seal")
    services.seal_transfers()
    export(shop, tmp_path / "after")

    assert audit("--chain").exit_code == 0
    assert verify(tmp_path / "after").returncode == 0
    done = verify(tmp_path / "before", tmp_path / "after")
    assert done.returncode == 1
    assert "is not the one in" in done.stdout


def test_days_are_exported_one_by_one_and_continue_each_other(shop: ShopView, tmp_path: Path) -> None:
    today = clock.now().date()
    yesterday = today - timedelta(days=1)
    assert [line["sequence"] for line in export(shop, tmp_path / "today", "--date", today)[1:-1]] == [1, 2]
    assert export(shop, tmp_path / "yesterday", "--date", yesterday)[-1]["seals"] == 0
    assert verify(tmp_path / "yesterday", tmp_path / "today").returncode == 0

    head, one, two, foot = export(shop, tmp_path / "today", "--date", today)
    first = write(tmp_path / "1", [head, one, {"root": one["hash"], "sequence": 1, "seals": 1, "transfers": 1}])
    second = write(tmp_path / "2", [head, two, foot | {"seals": 1, "transfers": 2}])
    assert verify(first, second).returncode == 0
    head_of_all = {**head, "date": None}
    assert verify(write(tmp_path / "3", [head_of_all, two, foot | {"seals": 1, "transfers": 2}])).returncode == 1


def test_the_command_says_sound_or_names_the_row(shop: ShopView) -> None:
    done = audit("--chain")
    assert (done.exit_code, done.output) == (0, "sound: 2 seals with 3 transfers in 1 books\n")
    waiting = move(shop.id)
    assert "1 transfers wait for their seal" in audit("--chain").output
    services.seal_transfers()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM ledger_posting WHERE transfer_id = %s", [waiting])
    done = audit("--chain")
    assert done.exit_code == 1
    assert f"  {waiting}  shop={shop.id}, seal=3" in done.output


@pytest.mark.parametrize(
    "arguments",
    [["--export-chain", "x"], ["--shop", "x"], ["--date", "2026-01-01"], ["--chain", "--shop", "x"]],
)
def test_options_that_make_no_sense_together_are_refused(committed_db: None, arguments: list[str]) -> None:
    assert audit(*arguments).exit_code == 2


def test_a_shop_that_is_not_there_is_named(committed_db: None, tmp_path: Path) -> None:
    done = audit("--export-chain", tmp_path / "x", "--shop", "nowhere")
    assert done.exit_code == 2
    assert "there is no shop nowhere" in done.output
