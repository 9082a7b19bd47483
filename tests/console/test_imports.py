"""A catalogue file on its way from the form through the worker to its report."""

from __future__ import annotations

import csv
import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from quanshi.catalog.models import Import, ImportProblem, Product
from quanshi.interop import tasks
from quanshi.interop.uploads import IMPORT_TASK
from quanshi.kernel.formulas import FORMULA
from quanshi.shops.models import Membership
from quanshi.stock.models import Level
from quanshi.web.console.forms import IMPORT_MAX_BYTES
from tests.console.conftest import World, browser
from tests.support.factories import make_actor, make_person, make_shop

GOOD = (
    "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price\n"
    "gaiwan,Gaiwan,Title,Default Title,G-1,12,88.00\n"
    "teapot,Teapot,Title,Default Title,T-1,3,=1+1\n"
)


def _upload(world: World, text: str = GOOD) -> None:
    file = ContentFile(text.encode(), name="goods.csv")
    assert world.client.post(world.path("import"), {"file": file}).status_code == 302


def _work() -> None:
    """What the worker does with the jobs that wait."""
    for job in ProcrastinateJob.objects.filter(task_name=IMPORT_TASK, status="todo").order_by("id"):
        tasks.import_goods(**job.args)


def test_a_file_becomes_goods_with_stock(world: World) -> None:
    _upload(world)
    upload = ProcrastinateJob.objects.get(task_name=IMPORT_TASK).args["upload"]
    assert "waiting for its turn" in world.client.get(world.path("import")).content.decode()
    ProcrastinateJob.objects.filter(task_name=IMPORT_TASK).update(status="doing")
    taken = world.client.get(world.path("import")).content.decode()  # its run is not there to be seen yet
    assert "waiting for its turn" in taken
    assert "every 2s" in taken
    ProcrastinateJob.objects.filter(task_name=IMPORT_TASK).update(status="todo")
    _work()
    product = Product.objects.get(handle="gaiwan")
    assert product.shop_id == world.shop.id
    assert Level.objects.get(variant__product=product).on_hand == 12
    assert not storages["originals"].exists(upload)


def test_a_file_that_no_worker_finds_leaves_a_run_that_says_so(world: World) -> None:
    _upload(world)
    storages["originals"].delete(ProcrastinateJob.objects.get(task_name=IMPORT_TASK).args["upload"])
    _work()
    _work()  # once more, as after a crash
    run = Import.objects.get()
    page = world.client.get(world.path(f"import/{run.id}")).content.decode()
    assert (run.state, "is not where it was put" in page) == ("failed", True)


def test_a_file_that_was_worked_on_and_comes_once_more_is_no_failure(world: World) -> None:
    _upload(world)
    _work()
    _work()
    assert [run.state for run in Import.objects.all()] == ["done"]


def test_the_report_names_each_refused_row(world: World) -> None:
    _upload(world)
    _work()
    run = Import.objects.get()
    page = world.client.get(world.path(f"import/{run.id}")).content.decode()
    assert "row refused" in page
    assert "=1+1" in page
    assert not Product.objects.filter(handle="teapot").exists()


def test_problems_come_as_a_table_that_computes_nothing(world: World) -> None:
    _upload(world)
    _work()
    response = world.client.get(world.path(f"import/{Import.objects.get().id}/problems.csv"))
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert len(rows) - 1 == ImportProblem.objects.count() >= 1
    assert "'=1+1" in [cell for row in rows for cell in row]
    assert not any(FORMULA.match(cell) and not cell.startswith("'") for row in rows for cell in row)
    assert response["Content-Disposition"].startswith("attachment")


def test_reports_of_another_shop_are_not_found(world: World) -> None:
    _upload(world)
    _work()
    person = make_person()
    shop = make_shop(actor=make_actor(person=person))
    for rest in (f"import/{Import.objects.get().id}", f"import/{Import.objects.get().id}/problems.csv"):
        assert browser(person).get(f"/console/{shop.slug}/{rest}").status_code == 404
        assert browser(person).get(world.path(rest)).status_code == 403


def test_a_file_that_is_no_list_fails_with_its_reason(world: World) -> None:
    _upload(world, "this,is\nno,catalogue\n")
    _work()
    run = Import.objects.get()
    assert run.state == "failed"
    assert "row refused" in world.client.get(world.path(f"import/{run.id}")).content.decode()


@pytest.mark.parametrize("crashes", [2, 3])
def test_a_file_that_kills_its_worker_is_given_up(world: World, crashes: int) -> None:
    _upload(world)
    upload = ProcrastinateJob.objects.get(task_name=IMPORT_TASK).args["upload"]
    for _ in range(crashes):  # what a killed worker leaves behind
        Import.objects.create(shop_id=world.shop.id, filename="goods.csv", upload=upload)
    _work()
    is_given_up = crashes == 3
    assert Product.objects.filter(handle="gaiwan").exists() != is_given_up
    assert not storages["originals"].exists(upload)
    states = list(Import.objects.order_by("id").values_list("state", flat=True))
    assert states == ["failed", "failed", "failed" if is_given_up else "done"]
    page = world.client.get(world.path(f"import/{Import.objects.latest('id').id}")).content.decode()
    assert ("was begun 3 times and never came to its end" in page) == is_given_up
    assert "every 2s" not in _runs_after_work(world)
    _upload(world)  # the way is free for another
    _work()
    assert Import.objects.latest("id").state == "done"


def test_who_has_left_the_shop_imports_nothing(world: World) -> None:
    _upload(world)
    Membership.objects.all().delete()
    _work()
    assert not Import.objects.exists()
    assert not Product.objects.filter(handle="gaiwan").exists()


def test_a_file_that_is_too_large_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ContentFile, "__len__", lambda self: self.size, raising=False)
    file = ContentFile(b"x" * (IMPORT_MAX_BYTES + 1), name="goods.csv")
    response = world.client.post(world.path("import"), {"file": file})
    assert response.status_code == 422
    assert "at most 50 MB" in response.content.decode()
    assert not ProcrastinateJob.objects.exists()


@pytest.mark.parametrize("file", [None, ContentFile(b"", name="empty.csv")])
def test_no_file_is_refused(world: World, file: ContentFile[bytes] | None) -> None:
    response = world.client.post(world.path("import"), {} if file is None else {"file": file})
    assert response.status_code == 422
    assert not ProcrastinateJob.objects.exists()


def test_a_shop_has_one_upload_at_a_time(world: World) -> None:
    kept = set(storages["originals"].listdir("imports")[1]) if storages["originals"].exists("imports") else set()
    _upload(world)
    for status in ("todo", "doing"):
        _set_jobs(status)
        file = ContentFile(GOOD.encode(), name="again.csv")
        response = world.client.post(world.path("import"), {"file": file})
        assert response.status_code == 422
        assert "Wait for its end." in response.content.decode()
    assert ProcrastinateJob.objects.count() == len(set(storages["originals"].listdir("imports")[1]) - kept) == 1
    _set_jobs("succeeded")
    _upload(world)
    assert ProcrastinateJob.objects.count() == 2


def test_polling_answers_with_the_table_alone(world: World) -> None:
    _upload(world)
    page = world.client.get(world.path("import"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert 'hx-trigger="every 2s"' in page
    _work()
    assert "every 2s" not in _runs_after_work(world)


def _runs_after_work(world: World) -> str:
    _set_jobs("succeeded")
    return world.client.get(world.path("import"), headers={"HX-Request": "true"}).content.decode()


def _set_jobs(status: str) -> None:
    with connection.cursor() as cursor:  # the queue's model is read-only to the application
        cursor.execute("UPDATE procrastinate_jobs SET status = %s::procrastinate_job_status", [status])
