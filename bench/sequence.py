"""From a product's id to a paid order: how many guests a second get through, over the public HTTP surface alone.

    python bench/sequence.py --quick

16 buyers at a time, each a new guest with a cookie jar and a connection of their own: cart and quote (with the
address), place and begin to pay, and the payer's decision on the simulated provider's page. An order counts when the
database says that it is paid: the provider has notified us over HTTP and the worker has relayed it. The clock runs from
the first request until the last order is paid, with durable commits. "scarce" has fewer units than guests: there must
be exactly as many orders as units. "one by one" makes five requests of the three: the cart and the beginning of the
payment have their own. Afterwards `quanshi audit` has to find nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import harness

if TYPE_CHECKING:
    from uuid import UUID

BUYERS = 16
LEAST_A_SECOND = 150
MOST_REQUESTS = 5
GUESTS = 3000
QUICK_GUESTS = 300
PATIENCE_SECONDS = 60
BUYERS_PROGRAM = Path(__file__).resolve().parent / "support" / "buyers.py"
QUANSHI = Path(sys.executable).parent / "quanshi"
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    options = harness.arguments(str(__doc__).partition("\n")[0])
    guests = QUICK_GUESTS if options.quick else GUESTS
    rounds = 3 if options.quick else 5
    with harness.own_database() as home:
        # every guest has an address of their own, which only a proxy can say
        os.environ["QUANSHI_BEHIND_PROXY"] = "1"
        with harness.running_server(home) as port, running_worker(home, port):
            sale = Sale(port=port, parts=parts_of(home))
            sale.run("warm-up", units=guests, guests=guests // 5)  # connections, plans
            found = harness.interleave(
                rounds,
                {
                    "plenty": lambda: sale.run("plenty", units=guests, guests=guests),
                    "scarce": lambda: sale.run("scarce", units=guests // 2, guests=guests // 2 + 40),
                    "one by one": lambda: sale.run("one by one", units=guests, guests=guests, is_one_by_one=True),
                },
            )
            audit()
    report(found, sale)


@contextmanager
def running_worker(home: Path, port: int) -> Iterator[None]:
    with (home / "worker.log").open("wb") as log:
        worker = subprocess.Popen([str(QUANSHI), "worker"], env=os.environ | {"QUANSHI_PORT": str(port)}, stderr=log)
        try:
            yield
        finally:
            worker.terminate()
            worker.wait(timeout=30)


class Sale:
    """A product for each round, the guests who want it, and what came of it."""

    def __init__(self, *, port: int, parts: dict[str, list[int]]) -> None:
        from quanshi.accounts.types import SYSTEM
        from quanshi.shops import services as shops

        self._shop = shops.open_shop(actor=SYSTEM, slug="sale", name="Sale")
        self._port = port
        self._parts = parts
        self._guests = 0
        self._products = 0
        self.results: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def run(self, name: str, *, units: int, guests: int, is_one_by_one: bool = False) -> float:
        """Orders a second of `guests` guests who want `units` units."""
        product_id, variant_id = self._make_product(units)
        before = {part: cpu_seconds(pids) for part, pids in self._parts.items()}
        command = [sys.executable, str(BUYERS_PROGRAM), str(product_id), "--port", str(self._port)]
        command += ["--buyers", str(BUYERS), "--guests", str(guests), "--first", str(self._guests + 1)]
        command += ["--one-by-one"] if is_one_by_one else []
        self._guests += guests
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        result = json.loads(done.stdout.splitlines()[-1])
        wanted = min(units, guests)
        if result["outcomes"].get("paid") != wanted:
            raise SystemExit(f"{wanted} guests should have paid: {result['outcomes']}")
        seconds = wait_until_paid(variant_id, wanted) - result["began_at"]
        check_stock(variant_id, units=units, sold=wanted)
        result["requests_an_order"] = result["requests"] / guests
        result["cpu_ms"] = {
            part: (cpu_seconds(pids) - before[part]) * 1000 / wanted for part, pids in self._parts.items()
        }
        result["cpu_ms"]["buyers"] = result["cpu_seconds"] * 1000 / wanted
        self.results[name].append(result)
        print(f"{name}: cpu {result['cpu_ms']}", file=sys.stderr)
        return wanted / seconds

    def _make_product(self, units: int) -> tuple[UUID, UUID]:
        from quanshi.accounts.types import SYSTEM
        from quanshi.catalog import selectors as catalog_reads
        from quanshi.catalog import services as catalog
        from quanshi.catalog.types import VariantInput
        from quanshi.kernel.money import Money
        from quanshi.stock import services as stock

        self._products += 1
        product_id = catalog.save_product(
            actor=SYSTEM,
            shop_id=self._shop.id,
            handle=f"goods-{self._products}",
            title="一件好东西",
            variants=[VariantInput(price=Money(1999, "CNY"))],
        )
        variant_id = catalog_reads.only_variant(product_id=product_id)
        stock.place_opening_stock(actor=SYSTEM, shop_id=self._shop.id, quantities=[(variant_id, units)])
        return product_id, variant_id


def wait_until_paid(variant_id: UUID, count: int) -> float:
    """When the last of `count` orders of the variant was paid, by the wall clock."""
    from quanshi.orders.models import OrderLine
    from quanshi.orders.types import OrderState

    give_up_at = time.time() + PATIENCE_SECONDS
    while time.time() < give_up_at:
        paid = OrderLine.objects.filter(
            variant_id=variant_id, order__state=OrderState.TO_SHIP, order__paid_at__isnull=False
        )
        if paid.count() >= count:
            return time.time()
        time.sleep(0.02)
    raise SystemExit(f"not every order was paid within {PATIENCE_SECONDS} s")


def check_stock(variant_id: UUID, *, units: int, sold: int) -> None:
    """Not one order more than units, and not one unit less promised than ordered."""
    from quanshi.orders.models import OrderLine
    from quanshi.stock import selectors as stock

    ordered = sum(OrderLine.objects.filter(variant_id=variant_id).values_list("quantity", flat=True))
    left = stock.available(variant_ids=[variant_id])[variant_id]
    if ordered != sold or left != units - sold:
        raise SystemExit(f"{units} units, {ordered} ordered, {left} left")


def audit() -> None:
    """Stop the benchmark unless all books and states add up."""
    subprocess.run([str(QUANSHI), "audit"], check=True, stdout=subprocess.DEVNULL)


def parts_of(home: Path) -> dict[str, list[int]]:
    """The processes that share the machine, each with what it has started."""
    postmaster = int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    ours = children(os.getpid())
    named = {pid: Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode() for pid in ours}
    return {
        "database": [postmaster],
        "web": [pid for pid, command in named.items() if " serve" in command],
        "worker": [pid for pid, command in named.items() if " worker" in command],
    }


def children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has ended meanwhile
                continue
            if int(fields[1]) == pid:
                found.append(int(entry.name))
    return found


def cpu_seconds(pids: list[int]) -> float:
    """What the processes and all that they have started, ended ones included, have used."""
    total = 0.0
    for pid in pids:
        with suppress(OSError):  # one that has ended meanwhile counts with its parent
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(int(field) for field in fields[11:15]) / TICKS + cpu_seconds(children(pid))
    return total


def report(found: dict[str, list[float]], sale: Sale) -> None:
    plenty = sale.results["plenty"]
    requests = max(result["requests_an_order"] for result in plenty)
    p50 = harness.median([result["p50_ms"] for result in plenty])
    p99 = harness.median([result["p99_ms"] for result in plenty])
    harness.print_table(
        f"{BUYERS} buyers, {requests:.0f} requests an order (whole sequence: p50 {p50:.0f} ms, p99 {p99:.0f} ms)",
        ["orders a second", "median", "range"],
        [[name, f"{harness.median(values):,.0f}", harness.spread(values)] for name, values in found.items()],
    )
    cpu = {part: harness.median([result["cpu_ms"][part] for result in plenty]) for part in plenty[0]["cpu_ms"]}
    harness.print_table(
        "where the processors' time goes",
        ["", "ms an order"],
        [[part, f"{value:.2f}"] for part, value in {**cpu, "all": sum(cpu.values())}.items()],
    )
    figures = {f"{name.replace(' ', '_')}_per_second": harness.median(values) for name, values in found.items()}
    figures |= {f"cpu_ms_{part}": value for part, value in cpu.items()}
    harness.finish(
        "sequence",
        ratios={},
        figures={**figures, "requests_an_order": requests, "p50_ms": p50, "p99_ms": p99},
        targets=[
            harness.Target("orders a second", figures["plenty_per_second"], least=LEAST_A_SECOND),
            harness.Target("requests an order", requests, most=MOST_REQUESTS + 0.001),
        ],
    )


if __name__ == "__main__":
    main()
