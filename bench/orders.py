"""Placing orders: through HTTP, by pgbench with the very same SQL, and the straightforward ORM way.

    python bench/orders.py --quick

Everybody places one-line orders with durable commits on the same database, in turn. The HTTP figure pays for the
client, the server and the database on the same machine. "hot": all want one variant. "wide": 1,000 variants.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from placing import Goods, Http

BATCH = 64
PGBENCH_BATCH_CLIENTS = 2
PGBENCH_SINGLE_CLIENTS = 16
WIDE = 1000
COUNTS = {"http": 20_000, "batch": 20_480, "single": 3_200, "orm": 480}
QUICK_COUNTS = {"http": 8_000, "batch": 8_192, "single": 800, "orm": 160}


def main() -> None:
    options = harness.arguments(str(__doc__).partition("\n")[0])
    counts = QUICK_COUNTS if options.quick else COUNTS
    rounds = 3 if options.quick else 7
    ratios: dict[str, float] = {}
    figures: dict[str, float] = {}
    with harness.own_database() as home, harness.running_server() as port:
        from placing import Goods, Http

        for name, goods in {"hot": Goods(count=1), "wide": Goods(count=WIDE)}.items():
            http = Http(goods, port=port, home=home)
            http.run(counts["http"] // 10)  # connections, plans, pages
            http.results.clear()
            found = harness.interleave(rounds, contenders(goods, http, counts))
            report(name, found, http, ratios, figures)
    harness.finish("orders", ratios=ratios, figures=figures)


def contenders(goods: Goods, http: Http, counts: Mapping[str, int]) -> dict[str, Callable[[], float]]:
    from placing import by_orm, by_pgbench

    return {
        "HTTP": lambda: http.run(counts["http"]),
        f"pgbench, {BATCH} a call": lambda: by_pgbench(
            goods, batch=BATCH, clients=PGBENCH_BATCH_CLIENTS, count=counts["batch"]
        ),
        "pgbench, 1 a call": lambda: by_pgbench(goods, batch=1, clients=PGBENCH_SINGLE_CLIENTS, count=counts["single"]),
        "ORM in process": lambda: by_orm(goods, count=counts["orm"]),
    }


def report(
    name: str, found: dict[str, list[float]], http: Http, ratios: dict[str, float], figures: dict[str, float]
) -> None:
    medians = {contender: harness.median(values) for contender, values in found.items()}
    over_http = medians["HTTP"]
    p50 = harness.median([result["p50_ms"] for result in http.results])
    p99 = harness.median([result["p99_ms"] for result in http.results])
    harness.print_table(
        f"{name}: orders a second (HTTP: p50 {p50:.1f} ms, p99 {p99:.1f} ms)",
        ["", "median", "range", "HTTP is"],
        [
            [contender, f"{medians[contender]:,.0f}", harness.spread(values), f"{over_http / medians[contender]:.2f} x"]
            for contender, values in found.items()
        ],
    )
    _http, batch, single, orm = medians
    ratios[f"{name}_http_to_pgbench_batch"] = over_http / medians[batch]
    ratios[f"{name}_http_to_pgbench_single"] = over_http / medians[single]
    ratios[f"{name}_http_to_orm"] = over_http / medians[orm]
    figures |= {f"{name}_http_per_second": over_http, f"{name}_http_p50_ms": p50, f"{name}_http_p99_ms": p99}
    figures |= {
        f"{name}_pgbench_batch_per_second": medians[batch],
        f"{name}_pgbench_single_per_second": medians[single],
        f"{name}_orm_per_second": medians[orm],
    }


if __name__ == "__main__":
    main()
