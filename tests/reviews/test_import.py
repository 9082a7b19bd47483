"""Reviews from elsewhere say so, count in no average, and come once."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from click.testing import CliRunner

from quanshi.accounts.types import SYSTEM, Actor
from quanshi.catalog import services as catalog
from quanshi.catalog.types import VariantInput
from quanshi.config.commands.import_reviews import command
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.kernel.money import Money
from quanshi.kernel.tables import TableRefused, write_sheet
from quanshi.reviews import selectors, services
from quanshi.reviews.models import Review
from quanshi.reviews.types import ImportedReviews
from quanshi.shops import services as shops
from quanshi.shops.types import Role, ShopView, StaffAction
from tests.support.audit import assert_sound
from tests.support.factories import make_actor, make_shop
from tests.support.record import deeds_of

pytestmark = pytest.mark.django_db
REAL = Path(__file__).resolve().parents[3] / "shared/data/catalogue/yanxuan-reviews.csv"
HEAD = "handle,stars,created_at,content\n"


def make_goods(shop: ShopView, handle: str) -> None:
    catalog.save_product(
        actor=SYSTEM, shop_id=shop.id, handle=handle, title=handle, variants=[VariantInput(price=Money(100, "CNY"))]
    )


@pytest.fixture
def shop() -> ShopView:
    shop = make_shop()
    make_goods(shop, "bowl")
    return shop


def bring(shop: ShopView, text: str | bytes, *, actor: Actor = SYSTEM) -> ImportedReviews:
    data = text if isinstance(text, bytes) else text.encode()
    return services.import_reviews(actor=actor, shop_id=shop.id, file=io.BytesIO(data), source="网易严选")


def test_good_rows_land_and_bad_ones_are_named(shop: ShopView) -> None:
    done = bring(
        shop,
        HEAD
        + "bowl,5,2018-02-01 10:00:00,很好\n"
        + "cup,5,2018-02-01,unknown goods\n"
        + "bowl,6,2018-02-01,too many stars\n"
        + "bowl,5,yesterday,when?\n"
        + "bowl,5,2999-01-01,tomorrow\n"
        + "bowl,4,2018-02-01,\n"
        + "bowl,5,0001-01-01,before the first day in UTC\n"
        + "bowl,5,9999-12-31T23:00:00-05:00,after the last\n",
    )
    assert (done.rows, done.imported, done.unchanged) == (8, 1, 0)
    assert [(row.line, row.column) for row in done.refused] == [
        (3, "handle"),
        (4, "stars"),
        (5, "created_at"),
        (6, "created_at"),
        (7, "content"),
        (8, "created_at"),
        (9, "created_at"),
    ]


def test_imported_reviews_say_where_from_and_move_no_average(shop: ShopView) -> None:
    bring(shop, HEAD + "bowl,1,2018-02-01 10:00:00,很好\n")
    product_id = Review.objects.get().product_id
    rating = selectors.ratings_of(product_ids=[product_id])[product_id]
    assert (rating.count, rating.average, rating.imported) == (0, None, 1)
    assert selectors.reviews_of_product(product_id=product_id).reviews == ()
    (view,) = selectors.reviews_of_product(product_id=product_id, imported=True).reviews
    assert (view.source, view.author, view.is_addable) == ("网易严选", "", False)
    assert view.written_at.isoformat() == "2018-02-01T02:00:00+00:00"
    assert_sound()


def test_the_same_file_again_changes_nothing(shop: ShopView) -> None:
    text = HEAD + "bowl,5,2018-02-01,好\nbowl,5,2018-02-01,好\nbowl,4,2018-02-02,不错\n"
    assert bring(shop, text).imported == 3  # the same words twice are two people's
    before = list(Review.objects.order_by("id").values())
    manager = make_actor()
    shops.add_member(actor=SYSTEM, shop_id=shop.id, person_id=manager.id, role=Role.GOODS)
    again = bring(shop, text, actor=manager)
    assert (again.imported, again.unchanged) == (0, 3)
    assert deeds_of(manager) == []
    assert list(Review.objects.order_by("id").values()) == before
    bring(shop, HEAD + "bowl,5,2018-02-03,好\n", actor=manager)
    assert deeds_of(manager) == [StaffAction.REVIEW_FILE_SENT]
    assert_sound()


def test_a_workbook_and_a_chinese_spreadsheet_are_read_too(shop: ShopView) -> None:
    sheet = write_sheet(
        heading=["商品", "星级", "时间", "内容"], rows=[["bowl", 5, "2018-02-01", "=不是公式"]], title="评价"
    )
    assert bring(shop, sheet).imported == 1
    assert bring(shop, "商品,星级,时间,内容\nbowl,3,2019-02-01,一般\n".encode("gb18030")).imported == 1
    assert set(Review.objects.values_list("text", flat=True)) == {"=不是公式", "一般"}


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"\xd0\xcf\x11\xe0old", b"PK\x03\x04broken", b"\xff\xff\xff"])
def test_what_is_no_list_of_reviews_is_refused_whole(shop: ShopView, data: bytes) -> None:
    with pytest.raises(TableRefused):
        bring(shop, data)
    assert not Review.objects.exists()


def test_strangers_and_nameless_sources_are_refused(shop: ShopView) -> None:
    data = io.BytesIO((HEAD + "bowl,5,2018-02-01,好\n").encode())
    with pytest.raises(NotAllowed):
        services.import_reviews(actor=make_actor(), shop_id=shop.id, file=data, source="x")
    with pytest.raises(InvalidInput):
        services.import_reviews(actor=SYSTEM, shop_id=shop.id, file=data, source=" ")
    assert not Review.objects.exists()


@pytest.mark.skipif(not REAL.exists(), reason=f"the real reviews are not at {REAL}")
def test_a_real_file_lands_whole(shop: ShopView) -> None:
    handles = {line.split(",")[0] for line in REAL.read_text().splitlines() if line.startswith("yx-")}
    for handle in handles:
        make_goods(shop, handle)
    done = bring(shop, REAL.read_bytes())
    assert (done.rows, done.imported, done.refused) == (994, 994, ())
    assert bring(shop, REAL.read_bytes()).unchanged == 994
    assert_sound()


def test_the_command_tells_what_landed_and_what_did_not(shop: ShopView, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.csv"
    file.write_text(HEAD + "bowl,5,2018-02-01,好\nbowl,9,2018-02-01,好\n")
    for again, told in ((False, "1 imported, 0 were"), (True, "0 imported, 1 were")):
        done = CliRunner().invoke(command, [str(file), "--shop", shop.slug])
        assert (done.exit_code, told in done.output, "use 1 to 5" in done.output) == (2, True, True), again
    assert Review.objects.get().source == "elsewhere"
    assert CliRunner().invoke(command, [str(file), "--shop", "nobody"]).exit_code == 1
