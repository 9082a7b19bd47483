"""The page where an owner names the shop's domain."""

from __future__ import annotations

from quanshi.kernel import clock
from quanshi.shops import services as shops
from quanshi.shops.models import Domain, Shop, StaffActionRow
from quanshi.shops.types import Role
from tests.console.conftest import World, browser
from tests.support.factories import make_person
from tests.support.name_server import name_server

PAGE = "settings/domain"


def test_an_owner_names_a_domain_reads_the_record_and_gives_it_up(world: World) -> None:
    path = world.path(PAGE)
    wrong = world.client.post(path, {"name": "https://tea.shop"})
    assert wrong.status_code == 422
    assert "Write a domain alone" in wrong.content.decode()
    assert world.client.post(path, {"name": "茶馆.com"}).status_code == 302
    row = Domain.objects.get()
    page = world.client.get(path).content.decode()
    for words in (f"_quanshi.{row.name}", f"quanshi-domain={row.token}", "Not proven yet"):
        assert words in page
    with name_server() as dns:
        dns.records[f"_quanshi.{row.name}"] = [f"quanshi-domain={row.token}"]
        assert world.client.post(path + "/check").status_code == 302
        shops.check_domains(now=clock.now(), texts=dns.texts)
    page = world.client.get(path).content.decode()
    assert "The shop is served at" in page
    assert f'href="http://{row.name}"' in page
    assert Shop.objects.get(id=world.shop.id).domain == row.name
    assert world.client.post(path + "/drop").status_code == 302
    assert Shop.objects.get(id=world.shop.id).domain == ""
    actions = StaffActionRow.objects.filter(action__startswith="shop.domain").order_by("id")
    assert list(actions.values_list("action", flat=True)) == ["shop.domain_named", "shop.domain_dropped"]


def test_a_manager_has_no_say_in_it(world: World) -> None:
    manager = make_person()
    shops.add_member(actor=world.actor, shop_id=world.shop.id, person_id=manager.id, role=Role.MANAGER)
    client = browser(manager)
    assert client.get(world.path(PAGE)).status_code == 403
    assert client.post(world.path(PAGE), {"name": "tea.shop"}).status_code == 403
    assert not Domain.objects.exists()
