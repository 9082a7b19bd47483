"""The console's pages for whole catalogues: facts of goods, files out and in, many at once, missing pictures."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from django.core.files.base import ContentFile
from django.http import StreamingHttpResponse
from openpyxl import load_workbook
from procrastinate.contrib.django.models import ProcrastinateJob

from quanshi.catalog import tasks
from quanshi.catalog.models import BulkChange, Media, Product, Variant
from quanshi.catalog.services.bulk import APPLY_TASK
from quanshi.catalog.types import MediaState, ProductStatus
from quanshi.interop import tasks as uploads
from quanshi.interop.uploads import IMPORT_TASK
from tests.console.conftest import World, browser
from tests.support.factories import make_actor, make_person, make_shop
from tests.support.product_lists import product_list, run_import, simple

pytestmark = pytest.mark.django_db


def product(world: World) -> Product:
    return Product.objects.get(variants__id=world.variant_id)


def facts(world: World, **changes: str) -> dict[str, str]:
    """What the edit page sends."""
    goods = product(world)
    return {
        "title": goods.title,
        "body_html": "",
        "status": "active",
        "handle": goods.handle,
        f"price_{world.variant_id}": "12.50",
        **changes,
    }


def body(world: World, rest: str) -> str:
    response = world.client.get(world.path(rest))
    assert response.status_code == 200
    return response.content.decode()


def streamed(response: object) -> bytes:
    """All of a download."""
    assert isinstance(response, StreamingHttpResponse)
    return response.getvalue()


def test_the_facts_of_goods_are_kept_and_shown_to_shoppers(world: World) -> None:
    goods = product(world)
    sent = facts(
        world,
        handle="dragon-well",
        tags="green, spring，tea",
        attributes="Origin: Hangzhou\nPicked：before Qingming",
        seo_title="Real dragon well",
        seo_description="Pan-fired.",
        publish_at="2030-01-01T08:00",
        **{f"measure_{world.variant_id}": "250g", f"list_{world.variant_id}": "20"},
    )
    assert world.client.post(world.path(f"goods/{goods.id}"), sent).status_code == 302

    saved = product(world)
    assert saved.tags == ["green", "spring", "tea"]
    assert saved.attributes == [["Origin", "Hangzhou"], ["Picked", "before Qingming"]]
    assert saved.publish_at == datetime(2030, 1, 1, tzinfo=UTC)  # eight in the morning of the visitor
    page = browser().get(f"/s/{world.shop.slug}/p/dragon-well").content.decode()
    assert "<title>Real dragon well" in page
    assert "Hangzhou" in page
    assert "/ 100 g" in page
    assert "20.00" not in page  # nobody has ever been asked 20
    assert "on sale for seven days" in body(world, f"goods/{goods.id}")
    activity = body(world, "activity?kind=goods")
    assert "green, spring, tea" in activity
    assert "Jan 1, 2030 08:00" in activity
    assert "Origin: Hangzhou; Picked: before Qingming" in activity


def test_an_old_address_leads_to_the_new_one_and_never_in_a_circle(world: World) -> None:
    goods = product(world)
    old = goods.handle
    for handle in ("second", "third", old):
        assert world.client.post(world.path(f"goods/{goods.id}"), facts(world, handle=handle)).status_code == 302
    shop = f"/s/{world.shop.slug}/p"
    assert browser().get(f"{shop}/{old}").status_code == 200
    for former in ("second", "third"):
        response = browser().get(f"{shop}/{former}")
        assert (response.status_code, response["Location"]) == (301, f"{shop}/{old}")
    assert browser().get(f"{shop}/never").status_code == 404


def test_an_address_that_other_goods_have_is_refused_beside_its_field(world: World) -> None:
    run_import(world.shop, product_list(simple("cup")))
    goods = product(world)
    response = world.client.post(world.path(f"goods/{goods.id}"), facts(world, handle="cup", title="Changed"))
    assert response.status_code == 422
    assert "Other goods have this address already." in response.content.decode()
    assert product(world).title == goods.title


@pytest.mark.parametrize("form", ["csv", "tsv", "xml", "xlsx"])
def test_a_catalogue_leaves_by_the_console_and_comes_back(world: World, form: str) -> None:
    response = world.client.get(world.path(f"import/export.{form}"))
    data = streamed(response)
    assert f'filename="tea-house.{form}"' in response["Content-Disposition"]

    assert world.client.post(world.path("import"), {"file": ContentFile(data, name=f"x.{form}")}).status_code == 302
    before = product(world).updated_at
    for job in ProcrastinateJob.objects.filter(task_name=IMPORT_TASK, status="todo"):
        uploads.import_goods(**job.args)
    assert product(world).updated_at == before
    assert "Done" in body(world, "import")


def test_an_unknown_format_is_not_found_and_a_stranger_gets_no_file(world: World) -> None:
    assert world.client.get(world.path("import/export.pdf")).status_code == 404
    other = make_shop()
    assert world.client.get(f"/console/{other.slug}/import/export.csv").status_code == 403


def test_the_template_explains_every_column(world: World) -> None:
    response = world.client.get(world.path("import/template.xlsx"))
    book = load_workbook(io.BytesIO(streamed(response)))
    assert book.sheetnames == ["商品", "填写说明"]
    headers = [str(cell.value).strip("*") for cell in next(book["商品"].iter_rows())]
    assert headers == [row[0].value for row in book["填写说明"].iter_rows(min_row=2)]
    assert all(row[2].value for row in book["填写说明"].iter_rows(min_row=2))


def test_goods_are_found_by_tag(world: World) -> None:
    run_import(world.shop, product_list(simple("cup", Tags="blue"), simple("mug", Tags="red, blue")))
    page = body(world, "goods?tag=red")
    assert "Mug" in page
    assert "Cup" not in page


def test_many_goods_are_previewed_then_changed_by_the_worker(world: World) -> None:
    run_import(world.shop, product_list(simple("cup"), simple("mug")))
    response = world.client.post(world.path("goods/change?all=1&q=u"), {"kind": "price_amount", "amount": "-2.50"})
    bulk = BulkChange.objects.get()
    assert response["Location"] == world.path(f"goods/change/{bulk.id}")
    page = body(world, f"goods/change/{bulk.id}")
    assert "7.50" in page
    assert set(Variant.objects.exclude(id=world.variant_id).values_list("price_minor", flat=True)) == {1000}

    for _ in range(2):  # pressed twice
        world.client.post(world.path(f"goods/change/{bulk.id}/apply"))
    (job,) = ProcrastinateJob.objects.filter(task_name=APPLY_TASK)
    tasks.apply_bulk(**job.args)
    assert set(Variant.objects.exclude(id=world.variant_id).values_list("price_minor", flat=True)) == {750}
    assert body(world, "activity?kind=goods").count("changed many goods together") == 1
    report = streamed(world.client.get(world.path(f"goods/change/{bulk.id}/report.csv")))
    assert "10.00" in report.decode()


def test_chosen_goods_alone_are_changed(world: World) -> None:
    run_import(world.shop, product_list(simple("cup"), simple("mug")))
    cup = Product.objects.get(handle="cup")
    address = world.path(f"goods/change?goods={cup.id}&goods=nonsense")
    assert world.client.post(address, {"kind": "status", "status": "archived"}).status_code == 302
    assert BulkChange.objects.get().lines.get().product_id == cup.id


def test_a_change_without_goods_or_sense_is_refused_on_its_page(world: World) -> None:
    page = world.client.post(world.path("goods/change"), {"kind": "status", "status": "draft"})
    assert page.status_code == 422
    page = world.client.post(world.path("goods/change?all=1"), {"kind": "price_percent", "percent": "-100"})
    assert page.status_code == 422
    assert not BulkChange.objects.exists()


def test_missing_pictures_are_listed_with_their_reason_and_tried_again(world: World) -> None:
    run_import(world.shop, product_list(simple("cup", Image_Src="https://no-such-host.invalid/a.png")))
    media = Media.objects.get(state=MediaState.UNREACHABLE)
    Media.objects.update(next_try_at=None)
    assert "name is unknown" in body(world, "import/pictures")
    assert world.client.post(world.path(f"import/pictures/{media.id}/retry")).status_code == 302
    media.refresh_from_db()
    assert media.next_try_at is not None
    assert "Try again" in body(world, "import/pictures")
    assert "had a missing picture tried again" in body(world, "activity?kind=goods")


def test_a_scheduled_moment_is_seen_in_the_table(world: World) -> None:
    Product.objects.update(status=ProductStatus.DRAFT, publish_at=datetime(2030, 5, 6, 12, tzinfo=UTC))
    assert "on sale" in body(world, "goods")


@pytest.mark.parametrize("rest", ["goods/change?all=1", "goods/change/{bulk}/apply", "import/pictures/{media}/retry"])
def test_the_owner_of_another_shop_changes_nothing(world: World, rest: str) -> None:
    run_import(world.shop, product_list(simple("cup", Image_Src="https://no-such-host.invalid/a.png")))
    world.client.post(world.path("goods/change?all=1"), {"kind": "status", "status": "archived"})
    owner = make_person()
    other = make_shop(actor=make_actor(person=owner))
    path = rest.format(bulk=BulkChange.objects.get().id, media=Media.objects.get().id)
    tables = (Product, Media, BulkChange, ProcrastinateJob)
    before = [list(table.objects.order_by("pk").values()) for table in tables]

    sent = {"kind": "status", "status": "archived"}
    assert browser(owner).post(world.path(path), sent).status_code == 403
    assert browser(owner).post(f"/console/{other.slug}/{path}", sent).status_code in {404, 422}
    assert [list(table.objects.order_by("pk").values()) for table in tables] == before


def test_shelf_maker_and_english_words_are_kept_and_shown(world: World) -> None:
    goods = product(world)
    Product.objects.filter(id=goods.id).update(translations={"en": {"options": {"红": "Red"}}, "fr": {"title": "Thé"}})
    sent = facts(
        world,
        vendor="Meijiawu",
        path="Tea ＞ Green",
        title="龙井",
        title_en="Dragon well",
        body_en="<p>Pan-fired.</p><script>x</script>",
    )
    assert world.client.post(world.path(f"goods/{goods.id}"), sent).status_code == 302

    saved = product(world)
    assert saved.category is not None
    assert (saved.vendor, saved.category.path) == ("Meijiawu", ["Tea", "Green"])
    assert saved.translations == {
        "en": {"title": "Dragon well", "body_html": "<p>Pan-fired.</p>", "options": {"红": "Red"}},
        "fr": {"title": "Thé"},
    }
    edit = body(world, f"goods/{goods.id}")
    assert 'value="Tea &gt; Green"' in edit
    assert '<option value="Tea">' in edit  # a shelf above it, to choose from
    assert "Dragon well" in browser().get(f"/s/{world.shop.slug}/p/{goods.handle}").content.decode()
    activity = body(world, "activity?kind=goods")
    assert "Tea &gt; Green" in activity
    assert "Meijiawu" in activity

    assert world.client.post(world.path(f"goods/{goods.id}"), facts(world, title_en="", body_en="")).status_code == 302
    saved = product(world)
    assert (saved.vendor, saved.category) == ("", None)
    assert saved.translations == {"en": {"options": {"红": "Red"}}, "fr": {"title": "Thé"}}


@pytest.mark.parametrize("field", ["vendor", "path", "title_en"])
def test_words_that_are_too_long_are_refused_beside_their_field(world: World, field: str) -> None:
    goods = product(world)
    response = world.client.post(world.path(f"goods/{goods.id}"), facts(world, **{field: "x" * 400}, title="Changed"))
    assert response.status_code == 422
    assert f'aria-describedby="id_{field}' in response.content.decode()
    assert product(world).title == goods.title


def test_new_goods_are_made_with_shelf_maker_and_english_words(world: World) -> None:
    sent = {"title": "盖碗", "title_en": "Gaiwan", "vendor": "Jingdezhen", "path": "Ware", "status": "active"}
    response = world.client.post(world.path("goods/new"), {**sent, "rows": "1", "price_1": "88"})
    assert response.status_code == 302
    made = Product.objects.select_related("category").get(title="盖碗")
    assert made.category is not None
    assert (made.category.path, made.vendor, made.translations) == (["Ware"], "Jingdezhen", {"en": {"title": "Gaiwan"}})
