from __future__ import annotations

import gc
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import selectors, services
from quanshi.catalog.errors import FileRefused, ImportRunning
from quanshi.catalog.models import Import, Media, Product, Variant
from quanshi.catalog.services import importing
from quanshi.catalog.services.importing import PRODUCTS_IN_A_CHUNK
from quanshi.catalog.types import ImportState, VariantInput
from quanshi.kernel.errors import NotAllowed
from quanshi.kernel.money import Money
from quanshi.shops.selectors import shop_by_slug
from quanshi.shops.types import ShopView
from quanshi.stock.models import Level, Movement
from tests.support.database import run_together
from tests.support.factories import make_actor, make_shop
from tests.support.product_lists import contents, dump, line_of, product_list, run_import, simple

LOGO = "https://no-such-host.invalid/a.jpg"
ROWS = PRODUCTS_IN_A_CHUNK + 20  # of one product each


def shirt(*sizes: str, **cells: str) -> bytes:
    first = simple("shirt", Option1_Name="Size", Option1_Value=sizes[0], Variant_Inventory_Qty="7", **cells)
    more = [
        {"Handle": "shirt", "Option1 Value": size, "Variant Price": "10.00", "Variant Inventory Qty": "7"}
        for size in sizes[1:]
    ]
    return product_list(first, *more)


def on_sale(shop: ShopView) -> list[str]:
    rows = Variant.objects.filter(shop_id=shop.id, is_withdrawn=False).order_by("position")
    return [row.options[0] for row in rows]


@pytest.mark.django_db
def test_an_import_updates_what_has_changed_and_only_that() -> None:
    shop = make_shop()
    run_import(shop, product_list(simple("cup"), simple("mug")))
    before = {row["handle"]: row for row in dump(shop)["Product"]}

    report = run_import(shop, product_list(simple("cup", Variant_Price="12"), simple("mug")))

    after = {row["handle"]: row for row in dump(shop)["Product"]}
    assert (report.products_updated, report.products_unchanged) == (1, 1)
    assert (report.variants_updated, report.variants_unchanged) == (1, 1)
    assert after["mug"] == before["mug"]
    assert (after["cup"]["id"], after["cup"]["price_from_minor"]) == (before["cup"]["id"], 1200)


@pytest.mark.django_db
def test_a_variant_that_is_gone_from_the_list_is_withdrawn_and_comes_back() -> None:
    shop = make_shop()
    run_import(shop, shirt("S", "M", "L"))
    known = set(Variant.objects.values_list("id", flat=True))

    report = run_import(shop, shirt("S", "L"))
    assert (on_sale(shop), report.variants_updated) == (["S", "L"], 2)  # M is withdrawn, L has moved up
    run_import(shop, shirt("S", "M", "L"))

    assert on_sale(shop) == ["S", "M", "L"]
    assert set(Variant.objects.values_list("id", flat=True)) == known


@pytest.mark.django_db
@pytest.mark.parametrize("damage", ["shirt,,bad\n", line_of({"Handle": "shirt", "Option1 Value": "M"})])
def test_a_damaged_row_withdraws_nothing(damage: str) -> None:
    shop = make_shop()
    run_import(shop, shirt("S", "M", Image_Src=LOGO))

    run_import(shop, shirt("S") + damage.encode())

    assert sorted(on_sale(shop)) == ["M", "S"]
    assert Media.objects.count() == 1


@pytest.mark.django_db
def test_opening_stock_is_placed_once_and_for_new_variants_only() -> None:
    shop = make_shop()
    run_import(shop, shirt("S"))
    run_import(shop, shirt("S", "M"))

    assert list(Level.objects.order_by("id").values_list("on_hand", flat=True)) == [7, 7]
    assert Movement.objects.count() == 2


@pytest.mark.django_db
def test_uploaded_pictures_and_words_survive_an_import() -> None:
    shop = make_shop()
    words = {"en": {"title": "Cup"}}
    product_id = services.save_product(
        actor=SYSTEM,
        shop_id=shop.id,
        handle="cup",
        title="杯",
        variants=[VariantInput(Money(100, "CNY"))],
        translations=words,
    )
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 6"></svg>'
    drawn = services.add_drawn_media(shop_id=shop.id, product_id=product_id, svg=svg, alt="")

    run_import(shop, product_list(simple("cup", Image_Src=LOGO)))

    order = Media.objects.order_by("position").values_list("id", "position")
    assert [(media_id == drawn, position) for media_id, position in order] == [(False, 1), (True, 2)]
    assert Product.objects.get().translations == words


@pytest.mark.django_db
def test_pictures_follow_their_positions_and_a_variants_own_is_tied_to_it() -> None:
    shop = make_shop()
    columns = ("Handle", "Title", "Option1 Name", "Option1 Value", "Variant Price", "Image Src", "Image Position")
    row = {"Handle": "cup", "Title": "Cup", "Option1 Name": "Size", "Option1 Value": "S", "Variant Price": "1"}
    source = product_list(
        {**row, "Image Src": f"{LOGO}?2", "Image Position": "2", "Variant Image": f"{LOGO}?1"},
        {"Handle": "cup", "Image Src": f"{LOGO}?1", "Image Position": "1"},
        {"Handle": "cup", "Option1 Value": "M", "Variant Price": "1", "Variant Image": f"{LOGO}?3"},
        columns=(*columns, "Variant Image"),
    )
    run_import(shop, source)

    media = dict(Media.objects.order_by("position").values_list("source", "position"))
    assert media == {f"{LOGO}?1": 1, f"{LOGO}?2": 2, f"{LOGO}?3": 3}
    tied = list(Variant.objects.order_by("position").values_list("media__position", flat=True))
    assert tied == [1, 3]
    before = dump(shop)
    assert run_import(shop, source).products_unchanged == 1
    assert dump(shop) == before


@pytest.mark.django_db
def test_a_stranger_imports_nothing_and_a_bad_file_is_a_failed_run() -> None:
    shop = make_shop()
    with pytest.raises(NotAllowed):
        services.import_products(
            actor=make_actor(),
            shop_id=shop.id,
            source=BytesIO(product_list(simple("cup"))),
            filename="list.csv",
            picture_folder=None,
            place_stock=lambda _: None,
            on_progress=None,
        )
    assert not Import.objects.exists()
    with pytest.raises(FileRefused):
        run_import(shop, b"no,list\n")

    run = Import.objects.get()
    assert (run.state, run.ended_at is not None) == (ImportState.FAILED, True)
    assert run.problems.count() == 1
    assert contents(shop) == {}


@pytest.mark.django_db
def test_progress_tells_rows_done_and_rows_in_all() -> None:
    told: list[tuple[int, int]] = []
    run_import(
        make_shop(),
        product_list(*(simple(f"p{n}") for n in range(ROWS))),
        on_progress=lambda done, rows: told.append((done, rows)),
    )
    assert told == [(PRODUCTS_IN_A_CHUNK, ROWS), (ROWS, ROWS)]


def test_two_imports_of_one_shop_do_not_run_at_once(committed_db: None) -> None:
    shop = make_shop()
    source = product_list(*(simple(f"p{n}") for n in range(300)))

    answers = run_together(*[lambda: run_import(shop, source)] * 3)

    done = [answer for answer in answers if not isinstance(answer, Exception)]
    assert done
    assert all(isinstance(answer, ImportRunning) for answer in answers if isinstance(answer, Exception))
    assert sum(report.products_created for report in done) == 300
    assert Product.objects.filter(shop_id=shop.id).count() == 300


IMPORTER = """
import sys
import django
django.setup()
from uuid import UUID
from pathlib import Path
from quanshi.accounts.types import SYSTEM
from quanshi.catalog import services
from quanshi.stock import services as stock

shop_id = UUID(sys.argv[1])

def place_stock(opening):
    stock.place_opening_stock(
        actor=SYSTEM, shop_id=shop_id, quantities=[(one.variant_id, one.quantity) for one in opening]
    )
    print("inside", flush=True)
    sys.stdin.readline()

services.import_products(
    actor=SYSTEM, shop_id=shop_id, source=Path(sys.argv[2]), filename="list.csv", picture_folder=None,
    place_stock=place_stock,
)
"""


@pytest.fixture
def importer(committed_db: None, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """An import of `list.csv` into `half`, in a process that waits for a line inside each chunk's transaction."""
    source = tmp_path / "list.csv"
    source.write_bytes(product_list(*(simple(f"p{n}", Variant_Inventory_Qty=str(n)) for n in range(1, ROWS + 1))))
    known = connection.settings_dict
    options = f"?host={quote(known['HOST'], safe='')}" if known["HOST"].startswith("/") else ""
    place = "" if options else f"{known['HOST']}:{known['PORT'] or 5432}"
    secret = f":{quote(known['PASSWORD'])}" if known["PASSWORD"] else ""
    process = subprocess.Popen(
        [sys.executable, "-c", IMPORTER, str(make_shop(slug="half").id), str(source)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "quanshi.config.settings",
            "DATABASE_URL": f"postgresql://{quote(known['USER'])}{secret}@{place}/{known['NAME']}{options}",
        },
    )
    with process:
        yield process
        process.kill()


def test_an_import_killed_in_the_middle_and_run_again_is_one_import(
    importer: subprocess.Popen[str], tmp_path: Path
) -> None:
    half = shop_by_slug(slug="half", locale="en")
    assert importer.stdin
    assert importer.stdout
    assert importer.stdout.readline() == "inside\n"
    importer.stdin.write("\n")  # the first chunk may land
    importer.stdin.flush()
    assert importer.stdout.readline() == "inside\n"
    importer.kill()  # the second is cut off inside its transaction
    importer.wait()
    assert Product.objects.filter(shop_id=half.id).count() == PRODUCTS_IN_A_CHUNK

    source = (tmp_path / "list.csv").read_bytes()
    report = run_import(half, source)
    whole = make_shop(slug="whole")
    run_import(whole, source)

    assert (report.products_created, report.products_unchanged) == (ROWS - PRODUCTS_IN_A_CHUNK, PRODUCTS_IN_A_CHUNK)
    assert contents(half) == contents(whole)
    levels = [sorted(Level.objects.filter(shop_id=s.id).values_list("on_hand", flat=True)) for s in (half, whole)]
    assert levels[0] == levels[1] == list(range(1, ROWS + 1))
    states = [run.state for run in selectors.import_runs(shop_id=half.id)]
    assert states == [ImportState.DONE, ImportState.FAILED]


@pytest.mark.django_db
def test_memory_does_not_grow_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times the rows, twice as scattered, and hardly more memory."""
    monkeypatch.setattr(importing, "PRODUCTS_IN_A_CHUNK", 50)  # else the small file would be less than one

    def peak(products: int) -> int:
        source = tmp_path / f"{products}.csv"
        with source.open("wb") as file:
            file.write(product_list())
            for n in range(products):
                file.write(line_of(simple(f"p{n}", **{"Body (HTML)": f"<p>{'word ' * 200}</p>"})).encode())
        shop = make_shop()
        gc.collect()
        tracemalloc.start()
        report = run_import(shop, source)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert report.products_created == products
        return most

    peak(100)  # what is loaded once
    # what waits for the next garbage collection varies; all the rows would be ten times as much
    assert peak(2000) < peak(200) * 4
