"""Taking a catalogue in: each format beside a bare COPY of the rows that it leaves.

    python bench/importing.py --quick

"COPY" puts the products, variants and prices that an import wrote into tables of the same columns, keys and indexes,
and does nothing else: no file is read, nothing is checked, looked up or reported. "import again" is the same file once
more, which writes nothing. Rates are rows of the file a second: a product's variants are rows of it.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from uuid import UUID

PRODUCTS = 10_000
QUICK_PRODUCTS = 1_500
VARIANTS = 2
WANTED = 0.1  # of COPY
TABLES = ("catalog_product", "catalog_variant", "catalog_price")


def main() -> None:
    options = harness.arguments(str(__doc__).partition("\n")[0])
    products = QUICK_PRODUCTS if options.quick else PRODUCTS
    with harness.own_database():
        from quanshi.kernel import memory

        memory.settle()  # as in the worker, which runs imports
        files = write_files(products)
        model = new_shop()
        take_in(model, files["csv"])
        copied = rows_of(model)
        contenders: dict[str, Callable[[], float]] = {
            "COPY": lambda: copy_in(copied, products),
            **{f"import {form}": lambda data=data: rate(new_shop(), data, products) for form, data in files.items()},
            "import again (csv)": lambda: rate(model, files["csv"], products),
        }
        found = harness.interleave(2 if options.quick else 4, contenders)
        rows = [[name, f"{harness.median(values):,.0f}", harness.spread(values)] for name, values in found.items()]
        harness.print_table("rows of the file a second", ["", "median", "range"], rows)
        medians = {name: harness.median(values) for name, values in found.items()}
    harness.finish(
        "importing",
        ratios={f"import_{form}_to_copy": medians[f"import {form}"] / medians["COPY"] for form in files},
        figures={f"{name.replace(' ', '_')}_rows_per_second": value for name, value in medians.items()},
        targets=[
            harness.Target(f"import {form}, of COPY", medians[f"import {form}"] / medians["COPY"], least=WANTED)
            for form in files
        ],
    )


def new_shop() -> UUID:
    from quanshi.accounts.types import SYSTEM
    from quanshi.kernel import ids
    from quanshi.shops import services as shops

    return shops.open_shop(actor=SYSTEM, slug=f"b-{ids.new_id().hex[-12:]}", name="Bench").id


def write_files(products: int) -> dict[str, bytes]:
    """The same catalogue in the four formats, by the export itself."""
    from quanshi.accounts.types import SYSTEM
    from quanshi.catalog import services
    from quanshi.catalog.types import Format

    shop_id = new_shop()
    columns = "Handle,Title,Body (HTML),Vendor,Type,Tags,Option1 Name,Option1 Value,Variant SKU,Variant Price"
    lines = [f"{columns}\n"]
    for n in range(products):
        words = f'商品 {n},"<p>轻奢纯棉，柔软亲肤。No. {n}</p>",远山,家居 > 床品,"夏季, 新品",尺码'
        lines.append(f"g-{n},{words},S,SKU-{n}-S,{n % 900 + 1}.90\n")
        lines += [f"g-{n},,,,,,,M{v},SKU-{n}-M{v},{n % 900 + 2}.90\n" for v in range(1, VARIANTS)]
    take_in(shop_id, "".join(lines).encode())
    return {
        form.value: b"".join(
            services.export_products(actor=SYSTEM, shop_id=shop_id, form=form, count_stock=lambda _: {})
        )
        for form in Format
    }


def take_in(shop_id: UUID, data: bytes) -> None:
    from quanshi.accounts.types import SYSTEM
    from quanshi.catalog import services

    report = services.import_products(
        actor=SYSTEM,
        shop_id=shop_id,
        source=io.BytesIO(data),
        filename="bench",
        picture_folder=None,
        place_stock=lambda _opening: None,
    )
    if report.rows_refused:
        raise SystemExit(f"rows were refused: {report.issues[:3]}")


def rate(shop_id: UUID, data: bytes, products: int) -> float:
    started = time.perf_counter()
    take_in(shop_id, data)
    return products * VARIANTS / (time.perf_counter() - started)


def rows_of(shop_id: UUID) -> dict[str, bytes]:
    """What the import has left of the shop, as COPY writes it."""
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL EXCLUDING IDENTITY)")
            with cursor.copy(f"COPY (SELECT * FROM {table} WHERE shop_id = '{shop_id}') TO STDOUT") as copy:  # noqa: S608
                found[table] = b"".join(bytes(block) for block in copy)
    return found


def copy_in(rows: dict[str, bytes], products: int) -> float:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(", ".join(["TRUNCATE bench_catalog_product", *(f"bench_{table}" for table in TABLES[1:])]))
        started = time.perf_counter()
        for table, data in rows.items():
            with cursor.copy(f"COPY bench_{table} FROM STDIN") as copy:
                copy.write(data)
        return products * VARIANTS / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
