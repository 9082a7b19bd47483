"""Placing orders: through HTTP, by pgbench with the very same SQL, without HTTP, and the straightforward ORM way.

    python bench/orders.py                        everything; an hour, and 30 GB of disk while it runs
    python bench/orders.py --quick                two minutes; the big table is a small one
    python bench/orders.py --only rush process    some of the parts

Everybody places orders with durable commits on the same database, in turn. The HTTP figure pays for the client, the
server and the database on the same machine.

rush     128 HTTP clients beside pgbench, for one-line orders of one variant ("hot") and of 1,000 ("wide"), for orders
         of three lines, and for two-shop purchases (two orders a request; orders are counted)
process  32 tasks that call edge's batcher in one process, beside the ORM at 32 clients and at the number it likes best
growth   the rush in a database of 10,000 orders and in one of 5,000,000
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from growth import World
    from placing import Http

PARTS = ("rush", "process", "growth")
BATCH = 64
BATCH_CLIENTS = 2
SINGLE_CLIENTS = 16
WIDE = 1000
ORM_CLIENTS = (1, 2, 4, 8, 16, 32)


@dataclass(frozen=True)
class Size:
    """How much is done."""

    rounds: int
    http: int  # requests a round and kind
    batch: int
    single: int
    callers: int
    orm: int
    grown: int  # requests a round and kind in a database that is to keep its size
    large: int  # orders in the large database
    small: int = 10_000


FULL = Size(rounds=7, http=20_000, batch=20_480, single=3_200, callers=20_000, orm=640, grown=5_120, large=5_000_000)
QUICK = Size(rounds=3, http=5_000, batch=5_120, single=640, callers=4_000, orm=160, grown=2_560, large=100_000)


@dataclass
class Report:
    ratios: dict[str, float] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    targets: list[harness.Target] = field(default_factory=list)

    def add(self, other: Report) -> None:
        self.ratios |= other.ratios
        self.figures |= other.figures
        self.targets += other.targets

    def ratio(self, name: str, value: float, *, least: float | None = None) -> None:
        self.ratios[name] = value
        if least is not None:
            self.targets.append(harness.Target(name, value, least=least))


def main() -> None:
    options = harness.arguments(str(__doc__).partition("\n")[0], parts=PARTS)
    size = QUICK if options.quick else FULL
    report = Report()
    # a process for each: Django speaks to one database for as long as it lives
    alone = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=alone, max_tasks_per_child=1) as pool:
        for part in options.only:
            report.add(pool.submit(run_part, part, size).result())
    if "growth" not in options.only:
        print("\nThe cost of growing tables was left out.")
    elif size.large < FULL.large:
        print(f"\nThe large database had {size.large:,} orders; the full form has {FULL.large:,}.")
    harness.finish("orders", ratios=report.ratios, figures=report.figures, targets=report.targets)


def run_part(name: str, size: Size) -> Report:
    parts: dict[str, Callable[[Size, Report, Path], None]] = {"rush": rush, "process": process, "growth": growth}
    report = Report()
    with harness.own_database() as home:
        parts[name](size, report, home)
    return report


# through HTTP, beside the statement itself


def rush(size: Size, report: Report, home: Path) -> None:
    from placing import Goods, Http, by_pgbench, open_shelf

    many = open_shelf("wide", variants=WIDE)
    kinds = {
        "hot": Goods([open_shelf("hot", variants=1)]),
        "wide": Goods([many]),
        "three lines": Goods([many], lines=3),
        "two shops": Goods([many, open_shelf("second", variants=WIDE)]),
    }
    with harness.running_server(home) as port:
        https = {name: Http(goods, port=port, home=home) for name, goods in kinds.items()}
        contenders: dict[str, Callable[[], float]] = {}
        for name, goods in kinds.items():
            https[name].warm_up(size.http // 10)
            contenders[f"{name}: HTTP"] = partial(https[name].run, size.http)
            contenders[f"{name}: pgbench, {BATCH} a call"] = partial(
                by_pgbench, goods, batch=BATCH, clients=BATCH_CLIENTS, count=size.batch
            )
            contenders[f"{name}: pgbench, 1 a call"] = partial(
                by_pgbench, goods, batch=1, clients=SINGLE_CLIENTS, count=size.single
            )
        found = harness.interleave(size.rounds, contenders)
    least = {"hot": (0.5, 3.5), "wide": (0.5, 1.6)}
    for name in kinds:
        _report_rush(name, found, https[name], report, least=least.get(name, (None, None)))
    report.ratio("hot_to_wide", harness.median(found["hot: HTTP"]) / harness.median(found["wide: HTTP"]), least=0.9)


def _report_rush(
    name: str,
    found: Mapping[str, list[float]],
    http: Http,
    report: Report,
    *,
    least: tuple[float | None, float | None],
) -> None:
    ways = {way: values for title, values in found.items() for kind, _, way in [title.partition(": ")] if kind == name}
    over_http, batch, single = (harness.median(values) for values in ways.values())
    p50, p99 = http.latencies("p50_ms"), http.latencies("p99_ms")
    harness.print_table(
        f"{name}: orders a second (HTTP: p50 {harness.median(p50):.1f} ms,"
        f" p99 {harness.median(p99):.1f} ms, {min(p99):.1f} - {max(p99):.1f})",
        ["", "median", "range", "HTTP is"],
        [
            [
                way,
                f"{harness.median(values):,.0f}",
                harness.spread(values),
                f"{over_http / harness.median(values):.2f} x",
            ]
            for way, values in ways.items()
        ],
    )
    key = name.replace(" ", "_")
    report.ratio(f"{key}_http_to_pgbench_batch", over_http / batch, least=least[0])
    report.ratio(f"{key}_http_to_pgbench_single", over_http / single, least=least[1])
    if least[0] is not None:
        report.targets.append(harness.Target(f"{key}_http_p99_ms", harness.median(p99), most=60))
    report.figures |= {
        f"{key}_http_per_second": over_http,
        f"{key}_http_p50_ms": harness.median(p50),
        f"{key}_http_p99_ms": harness.median(p99),
        f"{key}_http_p99_ms_least": min(p99),
        f"{key}_http_p99_ms_most": max(p99),
        f"{key}_pgbench_batch_per_second": batch,
        f"{key}_pgbench_single_per_second": single,
    }


# without HTTP, beside the ORM


def process(size: Size, report: Report, home: Path) -> None:
    from placing import CALLERS, Goods, by_callers, by_orm, open_shelf

    goods = Goods([open_shelf("hot", variants=1)])
    log = home / "callers.log"
    by_callers(goods, count=size.callers // 10, log=log)
    tried = {
        clients: by_orm(goods, clients=clients, count=max(size.orm // 4, 2 * clients), home=home)
        for clients in ORM_CLIENTS
    }
    best = max(tried, key=lambda clients: tried[clients])
    ours, at_most, at_best = f"{CALLERS} callers", f"ORM, {CALLERS} clients", f"ORM, {best} clients"
    contenders = {
        ours: partial(by_callers, goods, count=size.callers, log=log),
        at_most: partial(by_orm, goods, clients=CALLERS, count=size.orm, home=home),
        at_best: partial(by_orm, goods, clients=best, count=size.orm, home=home),
    }
    found = harness.interleave(size.rounds, contenders)
    medians = {name: harness.median(values) for name, values in found.items()}
    trials = ", ".join(f"{clients}: {rate:,.0f}" for clients, rate in tried.items())
    harness.print_table(
        f"hot, in process: orders a second (the ORM's clients were tried beforehand: {trials})",
        ["", "median", "range", "callers are"],
        [
            [name, f"{medians[name]:,.0f}", harness.spread(values), f"{medians[ours] / medians[name]:.1f} x"]
            for name, values in found.items()
        ],
    )
    report.ratio("callers_to_orm_at_32_clients", medians[ours] / medians[at_most], least=45)
    report.ratio("callers_to_orm_at_its_best", medians[ours] / medians[at_best], least=45)
    report.figures |= {
        "callers_per_second": medians[ours],
        "orm_at_32_clients_per_second": medians[at_most],
        "orm_at_its_best_per_second": medians[at_best],
        "orm_best_clients": float(best),
    }


# in a small and a large database


def growth(size: Size, report: Report, home: Path) -> None:
    from growth import grow
    from placing import Http, by_pgbench

    def over_http(world: World, name: str) -> float:
        world.renew()
        http = Http(world.goods(name), port=ports[world.database], home=home)
        http.warm_up(500)
        return http.run(size.grown)

    def by_statement(world: World, name: str) -> float:
        world.renew()
        goods = world.goods(name)
        return by_pgbench(goods, batch=BATCH, clients=BATCH_CLIENTS, count=size.grown, database=world.database)

    worlds = grow(small=size.small, large=size.large, wide=WIDE)
    contenders = {
        f"{name}: {way}, {world.orders:,} orders": partial(run, world, name)
        for name in ("hot", "wide")
        for way, run in (("HTTP", over_http), ("pgbench", by_statement))
        for world in worlds
    }
    with ExitStack() as stack:
        ports = {
            world.database: stack.enter_context(harness.running_server(home, database=world.database))
            for world in worlds
        }
        found = harness.interleave(size.rounds, contenders)
    harness.print_table(
        "as tables grow: orders a second",
        ["", "median", "range"],
        [[name, f"{harness.median(values):,.0f}", harness.spread(values)] for name, values in found.items()],
    )
    for name in ("hot", "wide"):
        for way, least in (("HTTP", 0.8), ("pgbench", None)):
            small, large = (harness.median(found[f"{name}: {way}, {world.orders:,} orders"]) for world in worlds)
            report.ratio(f"growth_{name}_{way.lower()}", large / small, least=least)
            report.figures[f"growth_{name}_{way.lower()}_per_second"] = large
    report.figures["growth_orders"] = float(size.large)


if __name__ == "__main__":
    main()
